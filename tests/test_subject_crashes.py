"""A subject that dies, hangs, talks rubbish or is far away costs one verdict, no more."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, with_graphs
from hypothesis import given
from hypothesis import strategies as st

from conformance import subject as subject_module
from conformance import worker_process
from conformance.errors import SubjectUnavailable
from conformance.subject import SubjectCrashed, SubjectTimedOut
from conformance.trace import graphs, step, trace

# Operations that die or hang when their input is greater than `limit`.
BUILDERS = """\
import ctypes, os, signal, subprocess, sys, time
import numpy as np

def end_by_abort():
    sys.stderr.write("Check failed: a shape has no size\\n")
    sys.stderr.flush()
    os.abort()

def end_by_hanging():
    child = subprocess.Popen(["sleep", "600"])
    sys.stderr.write("child %d\\n" % child.pid)
    sys.stderr.flush()
    time.sleep(600)

ENDS = {
    "abort": end_by_abort,
    "segfault": lambda: ctypes.string_at(0),
    "exit": lambda: os._exit(3),
    "hang": end_by_hanging,
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
}

def dies(tf, how, limit=0):
    def operation(x):
        if x.max() > limit:
            ENDS[how]()
        return x
    x = tf.placeholder(tf.float32, None, "x")
    return {
        "feeds": {"x": x},
        "fetches": {"y": tf.py_func(operation, [x], tf.float32)},
        "facts": {"pid": os.getpid()},
    }

def environment(tf, name):
    return {"facts": {"value": os.environ.get(name), "arguments": sys.argv}}
"""
SETUP = with_graphs(BUILDERS)


def run(subject, how: str, value: float, limit: float = 0):
    return subject.run(
        graphs.added.dies(how=how, limit=limit), trace(step("y", x=np.float32(value)))
    )


@pytest.fixture
def stub(subjects, stub_python):
    return subjects(stub_python, SETUP)


def is_running(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


# -- a worker that dies ----------------------------------------------------------------------------


def test_real_tensorflow_that_dies_is_told_and_restarted(subjects, tensorflow_python):
    subject = subjects(tensorflow_python, SETUP)
    first = run(subject, "segfault", -1).facts["pid"]
    with pytest.raises(SubjectCrashed, match="TensorFlow: killed by SIGSEGV") as caught:
        run(subject, "segfault", 1)
    assert (caught.value.kind, caught.value.spec.function) == ("crash", "dies")
    after = run(subject, "segfault", -2)
    assert after.steps[0]["y"] == -2
    assert after.facts["pid"] != first


@pytest.mark.parametrize(
    ("how", "cause"),
    [
        ("abort", "killed by SIGABRT"),
        ("segfault", "killed by SIGSEGV"),
        ("exit", "ended with exit status 3"),
    ],
)
def test_the_cause_of_death_is_named(stub, how, cause):
    with pytest.raises(SubjectCrashed, match=cause):
        run(stub, how, 1)
    assert run(stub, how, -1).steps[0]["y"] == -1


def test_its_last_words_are_told(stub):
    with pytest.raises(SubjectCrashed, match="stderr: Check failed: a shape has no size"):
        run(stub, "abort", 1)


def test_the_same_inputs_get_the_same_answer_without_another_crash(stub):
    with pytest.raises(SubjectCrashed) as first:
        run(stub, "abort", 1)
    pid = run(stub, "abort", -1).facts["pid"]
    with pytest.raises(SubjectCrashed) as again:
        run(stub, "abort", 1)
    assert str(again.value) == str(first.value)
    assert run(stub, "abort", -1).facts["pid"] == pid
    stub.begin_check()
    with pytest.raises(SubjectCrashed):
        run(stub, "abort", 1)
    assert run(stub, "abort", -1).facts["pid"] != pid


def test_hypothesis_goes_on_shrinking(stub):
    tried = []

    @given(st.integers(0, 1000))
    def check(value: int) -> None:
        tried.append(value)
        run(stub, "abort", value, limit=41)

    with pytest.raises(SubjectCrashed) as caught:
        check()
    assert caught.value.trace.steps[0].feeds["x"] == 42
    assert len({value for value in tried if value > 41}) > 1
    assert stub.record.examples == len(tried)


def test_a_check_restarts_the_worker_so_often_and_not_more(stub, monkeypatch):
    monkeypatch.setattr(subject_module, "RESTARTS_PER_CHECK", 3)
    started = []
    start = worker_process.WorkerProcess.__init__
    monkeypatch.setattr(
        worker_process.WorkerProcess,
        "__init__",
        lambda self, *args: (started.append(self), start(self, *args))[1],
    )

    @given(st.integers(0, 10**6))
    def check(value: int) -> None:
        run(stub, "exit", value, limit=41)

    with pytest.raises(SubjectCrashed):
        check()
    assert len(started) == 3


# -- a worker that hangs ---------------------------------------------------------------------------


def test_a_run_that_hangs_is_ended_at_its_deadline(stub, monkeypatch):
    run(stub, "hang", -1)
    monkeypatch.setattr(subject_module, "REQUEST_SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(SubjectTimedOut, match=r"no answer within 0\.5 s") as caught:
        run(stub, "hang", 1)
    assert time.monotonic() - began < 10
    assert caught.value.kind == "timeout"
    monkeypatch.undo()
    assert run(stub, "hang", -1).steps[0]["y"] == -1
    child = int(str(caught.value).rsplit("stderr: child ", 1)[1].split()[0])
    assert not is_running(child)


def test_the_deadline_holds_for_sending_too(stub, monkeypatch):
    pid = run(stub, "stop", -1).facts["pid"]
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(subject_module, "REQUEST_SECONDS", 0.5)
    more_than_a_pipe_holds = np.zeros(1_000_000, np.float32)
    with pytest.raises(SubjectTimedOut):
        stub.run(graphs.added.dies(how="stop"), trace(step("y", x=more_than_a_pipe_holds)))
    assert not is_running(pid)


# -- a worker that says something else -------------------------------------------------------------

IMPOSTOR = """\
import json, sys
sys.path.insert(0, {root!r})
from conformance.worker import frames
stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
stdin.read(int(stdin.readline()))
stdin.readline()
stdout.write(frames.encode({{"fingerprint": {{"tensorflow": "2.0"}}}}, []))
stdout.flush()
{then}
"""


@pytest.fixture
def impostor(tmp_path, subjects):
    """Start a subject that says who it is and then does something else."""

    def start(then: str):
        path = tmp_path / "impostor.py"
        path.write_text(IMPOSTOR.format(root=str(ROOT), then=textwrap.dedent(then)), "utf-8")
        return subjects(f"cmd:{sys.executable} {path}")

    return start


@pytest.mark.parametrize(
    ("then", "cause"),
    [
        ("print('Traceback: not a frame at all', flush=True); stdin.read()", "broke the protocol"),
        ("stdout.write(frames.MAGIC + b'\\0\\0\\0\\2[]'); stdout.flush(); stdin.read()",
         "broke the protocol: a frame's header is not one"),
        ("stdout.write(frames.encode({'steps': []}, [])[:-3])", "ended with exit status 0"),
    ],
)  # fmt: skip
def test_what_is_no_frame_is_a_crash(impostor, then, cause):
    with pytest.raises(SubjectCrashed, match=cause):
        run(impostor(then), "abort", 1)


def greeted(text: str, stub_python: str) -> str:
    script = f'printf {shlex.quote(text)}; exec {stub_python} "$0" "$@"'
    return f"cmd:sh -c {shlex.quote(script)}"


def test_a_greeting_before_the_first_frame_is_skipped(subjects, stub_python):
    greeting = "Welcome to gpu-box\\n\\223TFLLast login: yesterday\\n\\223TFL"
    subject = subjects(greeted(greeting, stub_python), SETUP)
    assert run(subject, "abort", -1).steps[0]["y"] == -1


def test_endless_talk_is_no_greeting(subjects):
    subject = subjects("cmd:sh -c 'exec yes no frame'")
    with pytest.raises(SubjectUnavailable, match="it printed b'no frame") as caught:
        _ = subject.fingerprint
    assert "\n" not in str(caught.value)


# -- a worker that cannot be started ---------------------------------------------------------------


def test_a_command_that_is_silent_is_given_up(subjects, monkeypatch):
    monkeypatch.setattr(worker_process, "IMPORT_SECONDS", 0.5)
    subject = subjects("cmd:sh -c 'exec sleep 600'")
    with pytest.raises(SubjectUnavailable, match=r"it said nothing within 0\.5 s") as first:
        _ = subject.fingerprint
    with pytest.raises(SubjectUnavailable) as again:
        _ = subject.fingerprint
    assert str(again.value) == str(first.value)


def test_starting_and_closing_do_not_wait_for_a_reader(subjects, monkeypatch):
    """What is sent first may be more than a pipe holds."""
    source = {"text": "#" * 1_000_000, "package": False}
    monkeypatch.setattr(worker_process, "worker_sources", lambda: {"long": source})
    began = time.monotonic()
    subject = subjects("cmd:sh -c 'exec sleep 600'")
    subject.start()
    subject.close()
    assert time.monotonic() - began < 5


def test_a_command_that_ends_is_told_with_its_last_words(subjects):
    subject = subjects("cmd:sh -c 'echo no such host >&2; exit 255'")
    with pytest.raises(SubjectUnavailable, match=r"exit status 255.*\(no such host\)"):
        _ = subject.fingerprint


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = (\n", r"SyntaxError: .*setup\.py, line 1"),
        ("x = 1\n\nraise KeyError('b')\n", "line 3: KeyError: 'b'"),
        ("def f():\n    1 / 0\nf()\n", "line 2: ZeroDivisionError"),
        ("import sys\nsys.exit(5)\n", "SystemExit: 5"),
    ],
)
def test_a_setup_file_that_fails_is_told_with_its_line(subjects, stub_python, text, told):
    subject = subjects(stub_python, text)
    with pytest.raises(SubjectUnavailable, match=rf"--setup setup\.py: {told}") as caught:
        _ = subject.fingerprint
    assert "\n" not in str(caught.value)


# -- a worker elsewhere ----------------------------------------------------------------------------


def test_a_shell_tells_a_signal_by_its_exit_status(subjects, stub_python):
    script = f'{stub_python} "$0" "$@"; exit $?'
    subject = subjects(f"cmd:sh -c {shlex.quote(script)}", SETUP)
    with pytest.raises(SubjectCrashed, match=r"ended with exit status 134 \(SIGABRT\)"):
        run(subject, "abort", 1)


def test_a_command_may_set_its_environment(subjects, stub_python):
    subject = subjects(f"cmd:env FOO='a b' {stub_python}", SETUP)
    assert subject.run(graphs.added.environment(name="FOO"), trace()).facts["value"] == "a b"


def test_what_goes_through_a_remote_shell_is_quoted_for_it(
    subjects, stub_python, tmp_path, monkeypatch
):
    """Like ssh: the words are joined by spaces, and the shell of the other host reads them."""
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text('#!/bin/sh\necho "$1" >> "$0.hosts"\nshift\nexec sh -c "$*"\n', encoding="utf-8")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}{os.pathsep}{os.environ['PATH']}")
    subject = subjects(f"cmd:ssh gpu-box {stub_python}", SETUP)
    assert run(subject, "abort", -1).steps[0]["y"] == -1
    assert Path(f"{ssh}.hosts").read_text("utf-8") == "gpu-box\n"


def test_a_worker_ends_when_its_driver_does(subjects, stub_python):
    subject = subjects(stub_python, SETUP)
    pid = run(subject, "abort", -1).facts["pid"]
    subject.close()
    assert not is_running(pid)
