"""The command line: what it starts, what it writes, and its exit statuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sample_reports
from click.testing import CliRunner

from conformance import cli, inventory, pytest_process, run_command
from conformance.errors import SubjectUnavailable, UsageError
from conformance.pytest_process import Options, most_severe, run_checks
from conformance.subjects import Launch

ROOT = Path(__file__).resolve().parent.parent


def invoke(*arguments: object):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Runs:
    """Stands for the subjects and for the pytest processes, and records what was started."""

    def __init__(self) -> None:
        self.started = []
        self.status = {}
        self.reports = {}
        self.unavailable = set()

    def resolve(self, subject: str, *, make: bool = True) -> Launch:
        """Stand for `conformance.subjects.resolve`."""
        if subject == "9.9":
            raise UsageError("TensorFlow 9.9 is not in the releases table")
        if subject in self.unavailable or not make:
            raise SubjectUnavailable(f"{subject}: no Python 3.6")
        return Launch(subject, ("python",))

    def run_checks(self, subject: str, profile: str, options: Options) -> tuple[int, str | None]:
        """Stand for `conformance.pytest_process.run_checks`."""
        self.started.append((subject, profile, options))
        if subject in self.reports:
            report = self.reports[subject]
            folder = options.out / report["subject"]["label"]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
        return self.status.get(subject, 0), None


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stand_in = Runs()
    monkeypatch.setattr(run_command, "resolve", stand_in.resolve)
    monkeypatch.setattr(run_command, "run_checks", stand_in.run_checks)
    return stand_in


@pytest.fixture
def pair():
    return sample_reports.pair()


@pytest.fixture
def files(here, pair):
    """Two reports on disk: a file, and a folder with one <label>/report.json."""
    base, candidate = pair
    (here / "base.json").write_text(json.dumps(base), encoding="utf-8")
    (here / "new" / "tf2.21.0-legacy").mkdir(parents=True)
    path = here / "new" / "tf2.21.0-legacy" / "report.json"
    path.write_text(json.dumps(candidate), encoding="utf-8")
    return "base.json", "new"


# -- help ------------------------------------------------------------------------------------------


def test_every_command_is_listed_with_what_it_does():
    result = invoke("--help")
    _, _, listed = result.output.partition("Commands:\n")
    commands = dict(line.split(maxsplit=1) for line in listed.splitlines() if line[2:3].strip())
    package = Path(cli.__file__).parent
    files = {path.stem.split("_command")[0] for path in package.glob("*_command*.py")}
    assert set(commands) == files | {"merge"}


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_teaches_by_example(flag):
    result = invoke(flag)
    assert result.exit_code == 0
    lines = [line.strip() for line in result.output.splitlines()]
    assert any(line.startswith("tf-litmus diff 1.15 2.21  ") for line in lines)
    assert any(line.startswith("2.21+tf_keras  ") for line in lines)
    assert '"cmd:ssh gpu-box python3"' in lines
    assert "3  a subject could not be started" in lines


@pytest.mark.parametrize("command", ["run", "diff", "subjects"])
def test_each_command_has_help(command):
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert f"Usage: main {command}" in result.output


def test_the_package_can_be_run_as_a_module():
    result = subprocess.run(
        [sys.executable, "-m", "conformance", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.startswith("Usage: tf-litmus ")


# -- run -------------------------------------------------------------------------------------------


def test_run_needs_no_arguments(runs, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    result = invoke("run")
    assert result.exit_code == 0
    assert runs.started == [("installed", "legacy", Options(Path("reports/out")))]


@pytest.mark.parametrize(
    ("cores", "arguments", "workers"),
    [
        (2, (), "2"),
        (64, (), "4"),
        (2, ("-n", "0"), "0"),
        (2, ("-k", "moments"), None),
        (2, ("--pdb",), None),
        (2, ("-xs",), None),
        (2, ("-m", "published"), None),
        (2, ("test_moments.py::test_gradient",), None),
        (2, ("-q", "-x", "--hypothesis-seed", "7", "--maxfail", "3", "--showlocals"), "2"),
    ],
)
def test_all_checks_are_shared_among_the_cores(runs, monkeypatch, cores, arguments, workers):
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert invoke("run", *arguments).exit_code == 0
    assert [options.workers for _, _, options in runs.started] == [workers]


def test_run_passes_every_option_on(runs):
    Path("setup.py").touch()
    arguments = "--tf 2.15 -k ema --profile v2 --examples 7 --out o --setup setup.py -n 2"
    result = invoke("run", *arguments.split(), "-x", "--maxfail", "3", "--durations=5")
    assert result.exit_code == 0, result.output
    expected = Options(
        Path("o"), "ema", 7, Path("setup.py"), "2", ("-x", "--maxfail", "3", "--durations=5")
    )
    assert runs.started == [("2.15", "v2", expected)]


def test_run_takes_subjects_and_profiles_in_turn(runs):
    result = invoke("run", "--tf", "2.15", "--tf", "1.15", "--profile", "both")
    # TensorFlow 1.x has no v2 behaviour to check.
    assert [(s, p) for s, p, _ in runs.started] == [
        ("2.15", "legacy"),
        ("2.15", "v2"),
        ("1.15", "legacy"),
    ]
    assert result.exit_code == 0
    assert "1.15 (legacy): as expected" in result.output


def test_v2_of_tensorflow_1_is_wrong_usage(runs):
    result = invoke("run", "--tf", "1.15", "--profile", "v2")
    assert result.exit_code == 2
    assert "1.15 has no v2 behaviour" in result.output
    assert runs.started == []


def test_one_subject_that_cannot_be_started_does_not_stop_the_others(runs):
    runs.unavailable = {"1.12"}
    runs.status = {"2.15": 1}
    result = invoke("run", "--tf", "1.12", "--tf", "2.15", "--tf", "2.21")
    assert result.exit_code == 3
    assert [subject for subject, *_ in runs.started] == ["2.15", "2.21"]
    assert "tf-litmus: 1.12: no Python 3.6\n" in result.output
    assert "1.12 (legacy): could not be started" in result.output
    assert "2.15 (legacy): deviations" in result.output


def test_a_misspelt_release_stops_everything_before_it_begins(runs):
    result = invoke("run", "--tf", "2.15", "--tf", "9.9")
    assert result.exit_code == 2
    assert "TensorFlow 9.9 is not in the releases table; the nearest is" in result.output
    assert len(result.output.splitlines()) == 1
    assert runs.started == []


def test_an_interrupt_ends_the_whole_run(runs):
    runs.status = {"2.15": 130}
    result = invoke("run", "--tf", "2.15", "--tf", "2.21")
    assert result.exit_code == 130
    assert [subject for subject, *_ in runs.started] == ["2.15"]


def test_a_setup_file_that_is_not_there_is_named(runs):
    result = invoke("run", "--setup", "patch.py")
    assert result.exit_code == 2
    assert result.output == "tf-litmus: --setup patch.py: there is no such file\n"
    assert runs.started == []


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("command", [["run"], ["diff", "base.json", "new"]])
def test_an_out_that_cannot_be_written_is_named_before_the_run(runs, command):
    Path("taken").write_text("a file", encoding="utf-8")
    result = invoke(*command, "--out", "taken/below")
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert "taken/below: Not a directory" in result.output
    assert runs.started == []


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [([], 0), ([0, 0], 0), ([0, 1], 1), ([1, 2, 0], 2), ([3, 1, 2], 3), ([3, 130], 130)],
)
def test_the_most_severe_status_wins(statuses, worst):
    assert most_severe(statuses) == worst


# -- diff ------------------------------------------------------------------------------------------


def test_diff_of_reports_writes_what_changed_and_where(files, here):
    result = invoke("diff", *files, "--out", "out")
    assert result.exit_code == 1, result.output
    document = json.loads((here / "out/diff.json").read_text(encoding="utf-8"))
    assert document["counts"]["regression"] > 0
    assert "<html" in (here / "out/index.html").read_text(encoding="utf-8")
    assert str(Path("out/diff.json")) in result.output
    assert str(Path("out/index.html")) in result.output


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("severity", ["none", "drift", "regression"])
@pytest.mark.parametrize("fail_on", ["never", "drift", "regression"])
def test_fail_on_decides_the_status(severity, fail_on):
    base = sample_reports.report("2.15.1", [sample_reports.check("t.py::a", "tf.a")])
    changes = {"none": {}, "drift": {"bits": "0" * 64}, "regression": {"comparisons": 1}}
    check = sample_reports.check("t.py::a", "tf.a", **changes[severity])
    candidate = sample_reports.report("2.21.0", [check])
    for name, report in (("base.json", base), ("candidate.json", candidate)):
        Path(name).write_text(json.dumps(report), encoding="utf-8")
    result = invoke("diff", "base.json", "candidate.json", "--fail-on", fail_on)
    order = ["none", "drift", "regression"]
    fails = fail_on != "never" and order.index(severity) >= order.index(fail_on)
    assert result.exit_code == int(fails), result.output


def test_diff_selects_checks_of_existing_reports(files, here):
    result = invoke("diff", *files, "-k", "exponentialmovingaverage and not zero_debias")
    assert result.exit_code in (0, 1), result.output
    document = json.loads((here / "reports/out/diff.json").read_text(encoding="utf-8"))
    assert document["checks"]
    assert {check["api"] for check in document["checks"]} == {sample_reports.EMA}
    assert not any("zero_debias" in check["id"] for check in document["checks"])


@pytest.mark.parametrize(
    ("expression", "message"),
    [("nothing_like_it", "no check in the report of"), ("a and (", "-k 'a and ('")],
)
def test_diff_refuses_an_expression_that_selects_nothing(files, here, expression, message):
    result = invoke("diff", *files, "-k", expression)
    assert result.exit_code == 2
    assert message in result.output
    assert not (here / "reports/out/diff.json").exists()


def test_diff_runs_subjects_and_keeps_their_reports_apart(runs, pair, here):
    base, candidate = pair
    runs.reports = {"2.15": base, "2.21": candidate}
    result = invoke("diff", "2.15", "2.21", "--out", "o", "-k", "moment", "--examples", 3)
    assert result.exit_code in (0, 1), result.output
    assert [(s, o.out, o.select, o.examples) for s, _, o in runs.started] == [
        ("2.15", Path("o/base"), "moment", 3),
        ("2.21", Path("o/candidate"), "moment", 3),
    ]
    document = json.loads((here / "o/diff.json").read_text(encoding="utf-8"))
    assert document["base"]["subject"] == base["subject"]
    assert document["candidate"]["subject"] == candidate["subject"]


@pytest.mark.usefixtures("files")
def test_diff_takes_the_report_of_this_run_not_one_left_from_before(runs, pair, here):
    base, candidate = pair
    stale = here / "o/candidate/a-stale-label/report.json"
    stale.parent.mkdir(parents=True)
    stale.write_text(json.dumps(base), encoding="utf-8")
    runs.reports = {"2.21": candidate}
    assert invoke("diff", "base.json", "2.21", "--out", "o").exit_code == 1
    document = json.loads((here / "o/diff.json").read_text(encoding="utf-8"))
    assert document["candidate"]["subject"] == candidate["subject"]


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("status", [2, 3, 130])
def test_diff_stops_with_the_status_of_a_side_that_could_not_run(runs, here, status):
    runs.status = {"2.21": status}
    assert invoke("diff", "base.json", "2.21", "--out", "o").exit_code == status
    assert not (here / "o/diff.json").exists()


@pytest.mark.usefixtures("here")
def test_diff_reads_its_reports_before_it_runs_anything(runs):
    Path("broken.json").write_text('{"schema": "tf-lit', encoding="utf-8")
    result = invoke("diff", "2.15", "broken.json")
    assert result.exit_code == 2
    assert result.output.startswith("tf-litmus: broken.json: not JSON")
    assert result.output.count("\n") == 1
    assert runs.started == []


@pytest.mark.usefixtures("here")
def test_diff_names_what_is_neither_report_nor_subject():
    result = invoke("diff", "no-such-report", "2.21")
    assert result.exit_code == 2
    assert result.output.startswith("tf-litmus: there is no no-such-report; give a report.json")


def test_diff_of_a_folder_with_several_reports_asks_which(files, here):
    (here / "new" / "other").mkdir()
    (here / "new" / "other" / "report.json").touch()
    result = invoke("diff", *files)
    assert result.exit_code == 2
    assert "did you mean" in result.output


# -- subjects --------------------------------------------------------------------------------------


def test_subjects_shows_each_release_and_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_LITMUS_CACHE", str(tmp_path))
    result = invoke("subjects")
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.output.splitlines() if line.strip()}
    assert "tensorflow" in lines["1.12"]
    assert "first run" in lines["1.12"] or "Python 3.6" in lines["1.12"]
    assert "2.21+tf_keras" in lines
    assert str(tmp_path) in result.output


def test_subjects_says_which_python_to_install(tmp_path, monkeypatch):
    def find_python(version):
        raise inventory.PythonNotFound(f"no working Python {version} on this machine")

    monkeypatch.setenv("TF_LITMUS_CACHE", str(tmp_path))
    monkeypatch.setattr(inventory, "find_python", find_python)
    row = next(row for row in inventory.rows() if row.subject == "1.12")
    assert (row.python, row.ready) == (None, False)
    assert row.missing == "no working Python 3.6 on this machine"


def test_subjects_prune_says_what_it_freed(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_LITMUS_CACHE", str(tmp_path))
    result = invoke("subjects", "--prune")
    assert result.exit_code == 0
    assert result.output == f"freed 0.00 GB in {tmp_path}\n"


# -- the pytest process ----------------------------------------------------------------------------

STUB = """
import pathlib

def pytest_addoption(parser):
    for option in ("--tf", "--profile", "--litmus-out", "--examples", "--setup"):
        parser.addoption(option)

def pytest_sessionfinish(session):
    out = pathlib.Path(session.config.getoption("--litmus-out"))
    out.mkdir(parents=True, exist_ok=True)
    names = ("--tf", "--profile", "--examples", "--setup")
    out.joinpath("told").write_text(repr({name: session.config.getoption(name) for name in names}))
"""

CHECKS = """
import os, signal, subprocess, sys, time

def test_passes(): pass
def test_fails(): assert False
def test_dies(): os.kill(os.getpid(), signal.SIGKILL)
def test_is_not_shadowed():
    import reports
    assert "mine" in vars(reports)
def test_waits():
    print("waiting", flush=True)
    time.sleep(30)
def test_draws():
    from hypothesis import given, strategies
    given(strategies.floats())(lambda x: None)()
"""


@pytest.fixture
def suite(tmp_path, monkeypatch):
    """Put a small suite in place of ours, in a folder that would spoil a careless run."""
    root = tmp_path / "root"
    (root / "package" / "checks").mkdir(parents=True)
    (root / "package" / "checks" / "test_checks.py").write_text(CHECKS, encoding="utf-8")
    (root / "package" / "pytest.ini").write_text(
        "[pytest]\naddopts = -p stub_plugin -p no:cacheprovider\n", encoding="utf-8"
    )
    (root / "stub_plugin.py").write_text(STUB, encoding="utf-8")
    (root / "reports").mkdir()
    (root / "reports" / "__init__.py").write_text("mine = True\n", encoding="utf-8")
    monkeypatch.setattr(pytest_process, "_PACKAGE", root / "package")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("TF_LITMUS_CACHE", str(tmp_path / "cache"))
    foreign = tmp_path / "foreign"
    (foreign / "reports").mkdir(parents=True)
    (foreign / "reports" / "__init__.py").touch()
    (foreign / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", encoding="utf-8")
    (foreign / "conftest.py").write_text("raise RuntimeError('foreign')\n", encoding="utf-8")
    monkeypatch.chdir(foreign)
    return root


@pytest.mark.usefixtures("suite")
@pytest.mark.parametrize(
    ("select", "status", "reason"),
    [
        ("passes", 0, None),
        ("is_not_shadowed", 0, None),
        ("passes or fails", 1, None),
        ("nothing_like_it", 2, "no check is selected by -k 'nothing_like_it'"),
        ("a and (", 2, None),
        ("dies", 3, "pytest was ended by SIGKILL"),
    ],
)
def test_the_exit_status_of_a_run(select, status, reason):
    got, why = run_checks("2.15", "legacy", Options(Path("out"), select))
    assert got == status
    assert (why or "").startswith(reason or "")


@pytest.mark.usefixtures("suite")
def test_the_plugin_is_told_what_the_user_said():
    options = Options(Path("o"), "passes", 7, Path("s.py"), pytest_args=("-q", "--maxfail", "3"))
    assert run_checks("cmd:ssh a b", "v2", options) == (0, None)
    assert Path("o/told").read_text(encoding="utf-8") == repr(
        {"--tf": "cmd:ssh a b", "--profile": "v2", "--examples": "7", "--setup": "s.py"}
    )


@pytest.mark.usefixtures("suite")
def test_a_run_leaves_nothing_in_the_current_folder_but_its_out():
    before = set(Path().iterdir())
    run_checks("2.15", "legacy", Options(Path("out"), "draws"))
    assert set(Path().iterdir()) - before == {Path("out")}


@pytest.mark.parametrize("whole_group", [True, False], ids=["terminal", "kill"])
def test_an_interrupted_run_still_writes_its_report(suite, whole_group):
    """Ctrl-C reaches both processes; `kill -INT` only ours."""
    program = (
        "import sys; from pathlib import Path\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from conformance import pytest_process as p\n"
        f"p._PACKAGE = Path({str(suite / 'package')!r})\n"
        f"p._in_foreground = lambda: {whole_group}\n"
        "status, reason = p.run_checks('2.15', 'legacy', p.Options(Path('out'), 'waits', "
        "pytest_args=('-s',)))\n"
        "print(reason); sys.exit(status)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if "waiting" in line:
            break
    start = time.monotonic()
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    output = process.communicate(timeout=20)[0]
    assert process.returncode == 130
    assert time.monotonic() - start < 15
    assert output.endswith("interrupted\n")
    assert Path("out/told").exists()


def test_the_shipped_settings_name_the_plugin_and_write_no_cache():
    settings = (ROOT / "conformance" / "pytest.ini").read_text(encoding="utf-8")
    assert "-p conformance.plugin" in settings
    assert "-p no:cacheprovider" in settings
