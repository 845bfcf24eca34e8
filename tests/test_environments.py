"""Environments made with uv: complete, shared between processes, and never half believed.

They install two small distributions from the package index instead of a TensorFlow.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from conformance import environments, interpreters
from conformance.errors import SubjectUnavailable
from conformance.interpreters import PythonNotFound, find_python
from conformance.releases import Specification

ROOT = Path(__file__).resolve().parent.parent
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
SIX = Specification("9.1", HERE, "six==1.16.0", ("six==1.16.0",), gigabytes=0.001)

# Makes SIX in another process and prints its interpreter.
PROGRAM = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from conformance.environments import make
from conformance.releases import Specification
print(make(Specification("9.1", {HERE!r}, "six==1.16.0", ("six==1.16.0",), gigabytes=0.001)).python)
"""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_LITMUS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    return tmp_path / "cache"


def version_of(python: Path, distribution: str) -> str:
    program = f"from importlib.metadata import version; print(version({distribution!r}))"
    command = [str(python), "-I", "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def attempts(cache: Path) -> list[Path]:
    return list((cache / "environments" / SIX.name).glob("*/"))


def test_an_environment_is_made_once_and_then_found(cache):
    assert environments.ready(SIX) is None
    made = environments.make(SIX)
    assert version_of(made.python, "six") == "1.16.0"
    assert made.packages == ("six==1.16.0",)
    assert made.size > 10_000
    assert environments.make(SIX) == environments.ready(SIX) == made
    assert len(attempts(cache)) == 1


def test_the_running_environment_is_not_the_one_installed_into(cache, monkeypatch):
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    made = environments.make(SIX)
    assert cache in made.python.parents
    assert version_of(made.python, "six") == "1.16.0"


def test_another_specification_of_the_same_name_is_made_anew(cache):
    old = environments.make(SIX)
    changed = replace(SIX, package="six==1.15.0", requirements=("six==1.15.0",))
    assert environments.ready(changed) is None
    made = environments.make(changed)
    assert version_of(made.python, "six") == "1.15.0"
    assert not old.python.exists()
    assert len(attempts(cache)) == 1


@pytest.mark.parametrize("harm", ["no marker", "torn marker", "no interpreter"])
def test_half_an_environment_is_made_anew(cache, harm):
    made = environments.make(SIX)
    marker = cache / "environments" / SIX.name / "environment.json"
    if harm == "no marker":
        marker.unlink()
    elif harm == "torn marker":
        marker.write_bytes(marker.read_bytes()[:40])
    else:
        made.python.unlink()
    assert environments.ready(SIX) is None
    assert version_of(environments.make(SIX).python, "six") == "1.16.0"


def test_an_interrupted_install_is_not_taken_for_a_finished_one(cache):
    """Killed in the middle, without a chance to clean up."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not any(folder.joinpath("pyvenv.cfg").exists() for folder in attempts(cache)):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # Its uv lives on and may still write into the folder of that attempt.
    assert environments.ready(SIX) is None
    assert version_of(environments.make(SIX).python, "six") == "1.16.0"


def test_processes_at_once_share_one_environment(cache):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    pythons = {process.communicate(timeout=120)[0] for process in processes}
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert pythons == {f"{environments.ready(SIX).python}\n"}
    assert len(attempts(cache)) == 1


def test_a_full_disk_is_found_before_anything_is_installed(cache, monkeypatch):
    monkeypatch.setattr(environments, "_free_bytes", lambda _folder: 500_000_000)
    with pytest.raises(SubjectUnavailable) as caught:
        environments.make(replace(SIX, gigabytes=1.6))
    message = str(caught.value)
    assert "needs about 1.6 GB" in message
    assert "0.5 GB free" in message
    assert "TF_LITMUS_CACHE" in message
    assert attempts(cache) == []


@pytest.mark.usefixtures("cache")
def test_a_wheel_that_does_not_exist_is_told_in_one_line():
    absent = replace(SIX, package="six==999.1", requirements=("six==999.1",))
    with pytest.raises(SubjectUnavailable) as caught:
        environments.make(absent)
    message = str(caught.value)
    assert "there is no version of six==999.1" in message
    assert "try again" in message
    assert "\n" not in message
    assert environments.ready(absent) is None


@pytest.mark.usefixtures("cache")
def test_an_index_that_cannot_be_reached_is_told_in_one_line(monkeypatch):
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(SubjectUnavailable) as caught:
        environments.make(SIX)
    assert "127.0.0.1:9" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert environments.ready(SIX) is None


def test_a_cache_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("TF_LITMUS_CACHE", str(tmp_path / "file"))
    with pytest.raises(SubjectUnavailable, match="set TF_LITMUS_CACHE to a folder"):
        environments.make(SIX)


@pytest.mark.usefixtures("cache")
def test_overrides_keep_out_what_a_distribution_asks_for():
    """python-dateutil asks for six, as tf_keras asks for tensorflow."""
    requirement = "python-dateutil==2.9.0"
    with_six = Specification("9.2", HERE, requirement, (requirement,), gigabytes=0.001)
    without = replace(with_six, name="9.3", overrides=("six; python_version < '0'",))
    assert any(p.startswith("six==") for p in environments.make(with_six).packages)
    assert not any(p.startswith("six==") for p in environments.make(without).packages)


@pytest.mark.usefixtures("cache")
def test_settings_of_the_current_folder_do_not_count(tmp_path, monkeypatch):
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[tool.uv]\nno-index = true\n", encoding="utf-8")
    monkeypatch.chdir(project)
    assert version_of(environments.make(SIX).python, "six") == "1.16.0"


def test_prune_frees_everything(cache):
    environments.make(SIX)
    (cache / "environments" / SIX.name / "unfinished").mkdir()
    freed, busy = environments.prune()
    assert busy == []
    assert freed > 10_000
    assert environments.ready(SIX) is None
    assert sum(p.stat().st_size for p in cache.rglob("*") if p.is_file()) < 1000


def test_prune_leaves_an_environment_that_is_being_made(cache):
    environments.make(SIX)
    holder = (
        "import sys, filelock\n"
        "lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True)\n"
        "sys.stdin.read()"
    )
    lock = cache / "environments" / SIX.name / "lock"
    command = [sys.executable, "-c", holder, str(lock)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        assert environments.prune()[1] == [SIX.name]
        assert environments.ready(SIX) is not None
        other.stdin.close()


def test_the_folder_may_be_deleted_at_any_time(cache):
    first = environments.make(SIX)
    subprocess.run(["rm", "-r", str(cache)], check=True)
    assert environments.ready(SIX) is None
    assert environments.make(SIX).python != first.python


@pytest.mark.usefixtures("cache")
def test_progress_is_one_line_in_a_log():
    log = io.StringIO()
    environments.make(SIX, Console(file=log))
    assert log.getvalue().count("\n") == 1
    assert "TensorFlow 9.1" in log.getvalue()
    environments.make(SIX, Console(file=log))
    assert log.getvalue().count("\n") == 1, "a ready environment is not announced"


def test_the_marker_records_what_was_resolved(cache):
    environments.make(SIX)
    marker = cache / "environments" / SIX.name / "environment.json"
    recorded = json.loads(marker.read_text(encoding="utf-8"))
    assert recorded["specification"]["requirements"] == ["six==1.16.0"]
    assert recorded["packages"] == ["six==1.16.0"]


@pytest.fixture
def no_python(tmp_path, monkeypatch):
    """Leave no interpreter to be found but the running one; return an empty folder on PATH."""
    find_python.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(interpreters, "_uv", lambda _version: iter(()))
    (tmp_path / "bin").mkdir()
    yield tmp_path
    find_python.cache_clear()


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.usefixtures("no_python")
def test_the_running_interpreter_comes_first():
    assert find_python(HERE) == Path(sys.executable)


def test_a_shim_that_fails_is_not_believed(no_python):
    script(
        no_python / "bin" / "python3.6", "echo 'pyenv: python3.6: command not found' >&2; exit 127"
    )
    for patch in ("3.6.9", "3.6.15", "3.6.15-debug"):
        script(no_python / "pyenv/versions" / patch / "bin/python", "echo 3.6")
    assert find_python("3.6") == no_python / "pyenv/versions/3.6.15/bin/python"


def test_an_interpreter_of_another_version_is_not_believed(no_python):
    script(no_python / "bin" / "python3.6", "echo 3.7")
    with pytest.raises(PythonNotFound):
        find_python("3.6")


@pytest.mark.usefixtures("no_python")
@pytest.mark.parametrize(
    ("version", "how"),
    [
        ("3.6", "with `pyenv install 3.6`"),
        ("3.9", "`uv python install 3.9` or `pyenv install 3.9`"),
    ],
)
def test_a_missing_python_says_what_to_install(version, how):
    with pytest.raises(PythonNotFound) as caught:
        find_python(version)
    assert f"Python {version}" in str(caught.value)
    assert how in str(caught.value)
    assert caught.value.exit_status == 3


@pytest.mark.usefixtures("no_python")
def test_a_missing_python_leaves_nothing_behind(cache):
    with pytest.raises(PythonNotFound):
        environments.make(replace(SIX, python="3.6"))
    assert not os.path.exists(cache)
