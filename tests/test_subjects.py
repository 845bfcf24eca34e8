"""From what the user writes to the command that starts a Python."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import environments
from conformance.environments import Environment
from conformance.errors import SubjectUnavailable, UsageError
from conformance.subjects import Launch, is_subject, resolve


@pytest.fixture
def made(monkeypatch):
    """Pretend to make environments, and record for which specification."""
    specifications = []

    def make(specification):
        specifications.append(specification)
        return Environment(Path("/made") / specification.name / "bin/python", 1, ())

    monkeypatch.setattr(environments, "ready", lambda _specification: None)
    monkeypatch.setattr(environments, "make", make)
    return specifications


def test_installed_is_the_running_interpreter():
    launch = resolve("installed")
    assert launch.argv == (sys.executable,)
    assert "tensorflow" not in sys.modules
    if launch.package:
        name, version = launch.package.split("==")
        assert importlib.metadata.version(name) == version


def test_a_release_is_made_at_first_use(made):
    launch = resolve("2.15")
    assert launch == Launch(
        "2.15", ("/made/2.15/bin/python", "-I"), package=made[0].package, remote_shell=False
    )
    assert launch.package.endswith("==2.15.1")


def test_a_keras_flavour_has_its_own_environment_and_variable(made):
    launch = resolve("2.21+tf_keras")
    assert launch.argv[0] == "/made/2.21+tf_keras/bin/python"
    assert launch.env == {"TF_USE_LEGACY_KERAS": "1"}
    assert any(requirement.startswith("tf_keras==") for requirement in made[0].requirements)


def test_without_make_an_environment_that_is_not_ready_is_unavailable(made):
    with pytest.raises(SubjectUnavailable, match=r"`tf-litmus run --tf 2\.15` makes it"):
        resolve("2.15", make=False)
    assert made == []


def test_an_interpreter_is_kept_as_the_link_it_is(tmp_path):
    link = tmp_path / "bin" / "python"
    link.parent.mkdir()
    link.symlink_to(sys.executable)
    assert resolve(str(link)).argv == (str(link),)


def test_an_interpreter_may_be_given_relative_to_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "python").symlink_to(sys.executable)
    monkeypatch.chdir(tmp_path)
    launch = resolve("./python")
    assert launch.name == "./python"
    assert launch.argv == (str(tmp_path / "python"),)


@pytest.mark.parametrize(
    ("subject", "argv", "remote_shell"),
    [
        ("cmd:sh -c 'exec python3 \"$@\"' sh", ("sh", "-c", 'exec python3 "$@"', "sh"), False),
        ("cmd:/usr/local/bin/ssh -p 22 box python3", None, True),
    ],
)
def test_a_command_is_split_as_a_shell_would(monkeypatch, subject, argv, remote_shell):
    monkeypatch.setattr("shutil.which", lambda name: name)
    launch = resolve(subject)
    assert launch.argv == (argv or tuple(subject.removeprefix("cmd:").split()))
    assert launch.remote_shell is remote_shell


def test_a_command_really_starts_a_python():
    launch = resolve(f"cmd:env A=1 {sys.executable}")
    command = [*launch.argv, "-c", "import os; print(os.environ['A'])"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "1\n"


@pytest.mark.parametrize(
    ("subject", "error", "message"),
    [
        ("2.99", UsageError, "nearest is 2.21"),
        ("1.15.1", UsageError, "1.15 means 1.15.5"),
        ("2.15+nothing", UsageError, "no Keras flavour 'nothing'"),
        ("no/such/python", UsageError, "no subject no/such/python; a SUBJECT is `installed`"),
        ("tensorflow", UsageError, "no subject tensorflow"),
        ("cmd:", UsageError, "cmd: names no command"),
        ("cmd:'ssh", UsageError, "No closing quotation"),
        ("cmd:no-such-command-x python3", SubjectUnavailable, "no command 'no-such-command-x'"),
    ],
)
def test_a_mistake_is_told_in_one_line(subject, error, message):
    with pytest.raises(error) as caught:
        resolve(subject)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_told_from_its_interpreter(tmp_path):
    with pytest.raises(UsageError, match="is a folder; give the interpreter in it"):
        resolve(str(tmp_path))


def test_a_file_that_cannot_be_run_is_unavailable(tmp_path):
    (tmp_path / "python").touch(mode=0o644)
    with pytest.raises(SubjectUnavailable, match="is not executable"):
        resolve(str(tmp_path / "python"))


def test_what_is_written_like_a_subject():
    for text in ("installed", "2.15", "9.99", "tf2.15", "2.21+tf_keras", "nightly", "cmd:x"):
        assert is_subject(text)
    for text in ("./2.15", "report.json", "out", "/usr/bin/python3"):
        assert not is_subject(text)
