"""The pytest plugin: which checks run, what becomes of each, and the report it all ends in."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from conftest import SHIPPED_CHECKS, Ran, Runner

from conformance import deviations, floors
from conformance.pytest_process import DEFAULT_EXAMPLES
from reports import documents


def wrapped(body: str) -> str:
    """Return a set-up file under which the mean is what ``body`` makes of it."""
    return (
        "import os, sys, time\n"
        "import tensorflow as tf\n"
        "right = tf.nn.moments\n"
        "def moments(x, axes, keep_dims=False):\n"
        "    mean, variance = right(x, axes, keep_dims)\n"
        "    def changed(feeds, compute=mean.compute):\n"
        "        value = compute(feeds)\n"
        f"        {body}\n"
        "        return value\n"
        "    mean.compute = changed\n"
        "    return mean, variance\n"
        "tf.nn.moments = moments\n"
    )


OFF = wrapped("value = value + 64 * (value.dtype == 'float32')")
DYING = wrapped(
    "value.dtype == 'float32' and (print('no size', file=sys.stderr, flush=True), os.abort())"
)
OFF_ONCE = "import os\nos.environ['FIRST'] = ''\n" + wrapped(
    "value = value + 64 * (os.environ.pop('FIRST', None) is not None)"
)
SLOW = wrapped("time.sleep(0.05)") + "open(PATH, 'w').write(str(os.getpid()))\n"
GONE = "import tensorflow as tf\ndel tf.nn.moments\n"

ONE = "test_mean[squeezed-float32]"
ONE_ID = f"test_moments.py::{ONE}"
DEVIATION = """\
[[deviation]]
check = "test_moments.py::test_mean[squeezed-*]"
releases = ">=2"
kinds = ["value"]
reason = "the mean is off"
link = "https://example.org/1"
"""


def setup(litmus: Runner, text: str) -> tuple[str, Path]:
    return "--setup", litmus.write("set_up.py", text)


@pytest.fixture(scope="module")
def passing(tmp_path_factory, stub_python) -> Ran:
    """Run all checks in one process."""
    return Runner(tmp_path_factory.mktemp("passing"), stub_python)("--examples", 10)


@pytest.fixture(scope="module")
def failing(tmp_path_factory, stub_python) -> Ran:
    """Run them where the mean is off by 64 in float32."""
    litmus = Runner(tmp_path_factory.mktemp("failing"), stub_python)
    return litmus(*setup(litmus, OFF), "--examples", 10)


# -- a run that passes -----------------------------------------------------------------------------


def test_a_run_that_passes_ends_with_0_and_a_whole_report(passing):
    assert passing.status == 0, passing.output
    report = documents.load(passing.folder)
    assert report["incomplete"] is False
    assert report["settings"] == {
        "examples": 10,
        "seed": 0,
        "select": None,
        "setup": None,
        "enlarge": 1,
    }
    assert report["summary"]["passed"] == report["summary"]["checks"] == 4
    assert report["subject"]["label"] == passing.folder.name == "tf2.21.0-legacy"
    for check in report["checks"]:
        assert check["api"] == "tf.nn.moments"
        assert check["dtype"] in ("float32", "float64")
        assert check["examples"] == 10
        assert check["comparisons"] > 5
        assert 0 <= check["worst"]["bound_fraction"] <= 1


def test_the_page_and_what_machines_read_are_beside_the_report(passing):
    assert {path.name for path in passing.folder.iterdir()} == {
        "report.json",
        "ctrf.json",
        "index.html",
        "junit.xml",
    }
    assert [path.name for path in passing.folder.parent.iterdir()] == [passing.folder.name]
    cases = ET.parse(passing.folder / "junit.xml").getroot().iter("testcase")
    assert {f"test_moments.py::{case.get('name')}" for case in cases} == set(passing.checks)


def test_the_end_of_the_output_says_where_everything_is(passing):
    for name in ("report.json", "index.html", "junit.xml"):
        assert str(passing.folder / name) in passing.output


def content(ran: Ran, dtype: str = "") -> dict[str, tuple]:
    names = ("outcome", "examples", "comparisons", "bits", "inputs", "worst", "failure")
    return {
        key: tuple(check[name] for name in names)
        for key, check in ran.checks.items()
        if dtype in key
    }


def test_the_same_run_twice_gives_the_same_inputs_and_bits(passing, failing):
    """The set-up file of the other run changes nothing in float64."""
    assert len(content(passing, "float64")) == 2
    assert content(passing, "float64") == content(failing, "float64")


def test_xdist_processes_make_one_report_equal_to_the_one_of_a_single_process(failing, litmus):
    ran = litmus(*setup(litmus, OFF), "--examples", 10, "-n", 2)
    assert ran.status == failing.status == 1
    assert "2 workers" in ran.output
    assert content(ran) == content(failing)
    assert documents.load(ran.folder)["incomplete"] is False
    assert {path.name for path in litmus.out.iterdir()} == {"tf2.21.0-legacy"}


def test_a_seed_gives_other_inputs(passing, litmus):
    ran = litmus("--examples", 10, "--hypothesis-seed", 1, "-k", "float32")
    assert documents.load(ran.folder)["settings"]["seed"] == 1
    for key, check in ran.checks.items():
        assert check["inputs"] != passing.checks[key]["inputs"]
        assert check["bits"] != passing.checks[key]["bits"]


def test_enlarged_arrays_give_more_comparisons(passing, litmus):
    ran = litmus("--examples", 10, "--enlarge", 100, "-k", ONE)
    assert ran.status == 0, ran.output
    assert documents.load(ran.folder)["settings"]["enlarge"] == 100
    assert ran.checks[ONE_ID]["comparisons"] > 2 * passing.checks[ONE_ID]["comparisons"]


def test_arrays_are_not_made_smaller(litmus):
    ran = litmus("--enlarge", 0)
    assert ran.status == pytest.ExitCode.USAGE_ERROR
    assert "--enlarge must be at least 1" in ran.output


def test_without_shrinking_the_first_example_that_fails_is_the_one_shown(litmus):
    off = setup(litmus, wrapped("value = value + 64 * (value.size > 1)"))
    shown = [
        litmus(*off, "-k", ONE, *more).checks[ONE_ID]["failure"]["inputs"]
        for more in ((), ("--no-shrink",), ("--no-shrink", "--examples", 100))
    ]
    assert shown[0] != shown[1] == shown[2]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_the_driver_stays_small_and_without_tensorflow(litmus):
    """What it holds does not depend on the TensorFlow at the other end of the pipe."""
    litmus.write(
        "measure.py",
        "import json, sys\n"
        "def pytest_unconfigure():\n"
        # Not ru_maxrss: a process starts with its parent's there.
        "    status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "    peak = int(status['VmHWM'].split()[0]) / 1024\n"
        "    told = {'megabytes': peak, 'tensorflow': 'tensorflow' in sys.modules}\n"
        "    json.dump(told, open('measured.json', 'w'))\n",
    )
    select = "test_moments and test_mean_and_variance"
    ran = litmus("-p", "measure", "-k", select, "--examples", 25, checks=SHIPPED_CHECKS)
    assert ran.report["summary"]["comparisons"] > 1000
    measured = json.loads((litmus.folder / "measured.json").read_text("utf-8"))
    assert measured["tensorflow"] is False
    assert measured["megabytes"] < 250


# -- which checks run ------------------------------------------------------------------------------


def test_k_selects_by_file_test_and_public_name(litmus):
    """Of the shipped checks."""

    def selected(expression: str) -> set[str]:
        ran = litmus("--collect-only", "-q", "-k", expression, checks=SHIPPED_CHECKS)
        return {line.rsplit("/", 1)[-1] for line in ran.output.splitlines() if "::test_" in line}

    def files_of(checks: set[str]) -> set[str]:
        return {check.split("::")[0] for check in checks}

    by_file = selected("exponential_moving_average")
    assert by_file
    by_name = selected("ExponentialMovingAverage")
    assert by_file <= by_name
    assert "test_moments.py" not in files_of(by_name)
    words = selected("batch_norm and not fused")
    assert "test_batch_normalization.py" in files_of(words)
    assert "test_fused_batch_norm.py" not in files_of(words)


def test_a_selection_that_selects_nothing_is_no_success(litmus):
    ran = litmus("-k", "no_such_check")
    assert ran.status == 5
    assert ran.folder is None


# -- a check that fails ----------------------------------------------------------------------------


def test_a_deviation_ends_with_1_and_is_told(failing):
    assert failing.status == 1
    report = documents.load(failing.folder)
    assert report["settings"]["setup"] == "set_up.py"
    assert report["incomplete"] is False
    assert (report["summary"]["failed"], report["summary"]["passed"]) == (2, 2)
    failure = failing.checks[ONE_ID]["failure"]
    assert (failure["kind"], failure["step"], failure["fetch"]) == ("value", 0, "mean")
    # The minimal input: one element of the plainest kind.
    (fed,) = failure["inputs"]
    assert (fed["name"], fed["array"]["shape"]) == ("x", [1, 1])
    element = float(fed["array"]["values"][0])
    assert element in range(-4, 5)
    assert float(failure["observed"]["values"][0]) == element + 64
    assert float(failure["expected"]["values"][0]) == element
    assert re.search(r"observed \S+, expected \S+ ± \S+: \S+ radii away", failing.output)
    assert f"tf.nn.moments  ({ONE_ID})" in failing.output
    assert failure["repro"].splitlines()[0] in failing.output
    assert "Traceback" not in failing.output


def test_what_does_not_happen_again_is_told_all_the_same(litmus):
    """A race in TensorFlow is no fault of the check, and what it did is in the report."""
    ran = litmus(*setup(litmus, OFF_ONCE), "--examples", 5, "-k", ONE)
    assert ran.status == 1
    failure = ran.checks[ONE_ID]["failure"]
    assert failure["kind"] == "value"
    assert "; seen once, and not when run again on the same inputs" in failure["message"]
    (fed,) = failure["inputs"]
    assert float(failure["observed"]["values"][0]) == float(fed["array"]["values"][0]) + 64
    assert "seen once" in " ".join(failure["repro"].split())
    assert "for attempt in range(1000):" in failure["repro"]


def test_a_crash_is_a_verdict_and_the_run_goes_on(litmus):
    """In float32 alone TensorFlow dies: the other checks do not notice."""
    ran = litmus(*setup(litmus, DYING), "--examples", 5, "-k", "squeezed")
    assert ran.status == 1
    outcomes = {check["dtype"]: check["outcome"] for check in ran.checks.values()}
    assert outcomes == {"float32": "crashed", "float64": "passed"}
    failure = ran.checks[ONE_ID]["failure"]
    assert failure["kind"] == "crash"
    assert "killed by SIGABRT" in failure["message"]
    assert "stderr: no size" in failure["message"]
    assert [fed["array"]["shape"] for fed in failure["inputs"]] == [[1, 1]]
    assert "os.abort()" in failure["repro"]
    documents.load(ran.folder)


def test_a_missing_api_is_told_and_no_failure(litmus):
    ran = litmus(*setup(litmus, GONE))
    assert ran.status == 0, ran.output
    assert ran.report["summary"]["missing"] == 4
    check = ran.checks[ONE_ID]
    assert check["reason"].startswith("tf.nn.moments: ")
    assert check["failure"] is None


# -- registered deviations and floors --------------------------------------------------------------


def test_a_registered_deviation_is_expected_and_one_that_is_gone_fails(litmus):
    litmus.write_fixtures(deviations=DEVIATION)
    ran = litmus(*setup(litmus, OFF), "-k", "squeezed")
    assert ran.status == 1
    expected = ran.checks[ONE_ID]
    assert expected["outcome"] == "expected"
    assert expected["reason"] == "the mean is off (https://example.org/1)"
    assert expected["failure"]["kind"] == "value"
    stale = ran.checks["test_moments.py::test_mean[squeezed-float64]"]
    assert (stale["outcome"], stale["failure"]["kind"]) == ("failed", "stale_deviation")
    assert "no longer occurs: the mean is off; take it out of deviations.toml" in ran.output
    documents.load(ran.folder)


def test_fewer_examples_than_usual_do_not_make_a_deviation_stale(litmus):
    litmus.write_fixtures(deviations=DEVIATION)
    ran = litmus(*setup(litmus, OFF), "-k", "squeezed", "--examples", 5)
    assert ran.status == 0, ran.output
    assert (ran.report["summary"]["expected"], ran.report["summary"]["passed"]) == (1, 1)


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """Register a deviation and tell which entry speaks of a check on a subject."""
    monkeypatch.setattr(deviations, "fixtures_dir", lambda: tmp_path)

    def find(narrowed: str, check: str = ONE_ID) -> deviations.DeviationEntry | None:
        text = DEVIATION.replace('releases = ">=2"', narrowed)
        (tmp_path / "deviations.toml").write_text(text, encoding="utf-8")
        deviations.registered.cache_clear()
        keras = {"flavour": "tf_keras", "version": "2.21"}
        told = {"tensorflow": "2.21.0", "profile": "legacy", "keras": keras, "onednn": True}
        return deviations.find(check, told)

    yield find
    deviations.registered.cache_clear()


@pytest.mark.parametrize(
    "narrowed",
    [
        "",
        'releases = ">=2.21,<2.22"',
        'profile = "legacy"',
        'keras = "tf_keras"\nonednn = true',
    ],
)
def test_a_registered_deviation_speaks_of_its_subjects(entry, narrowed):
    found = entry(narrowed)
    assert found.explains("value")
    assert not found.explains("crash")


@pytest.mark.parametrize(
    "narrowed",
    ['releases = "<2.21"', 'profile = "v2"', 'keras = "keras"', "onednn = false"],
)
def test_a_registered_deviation_says_nothing_of_other_subjects(entry, narrowed):
    assert entry(narrowed) is None


def test_a_registered_deviation_says_nothing_of_other_checks(entry):
    assert entry("", "test_moments.py::test_mean[keep_dims-float32]") is None
    assert entry("", "test_moments.py::test_mean") is None


FLOORS = f'[floors]\n"tf.nn.moments" = {DEFAULT_EXAMPLES}000000'


def test_less_than_the_floor_fails_a_whole_run(litmus):
    litmus.write_fixtures(floors=FLOORS)
    ran = litmus("--examples", 5)
    assert ran.status == 1, ran.output
    failure = ran.checks["floor::tf.nn.moments"]["failure"]
    assert failure["kind"] == "floor"
    assert re.search(r"\d+ comparisons, below the floor of 5000000:", failure["message"])
    documents.load(ran.folder)


def test_floors_do_not_speak_of_a_selection(litmus):
    """Of which the process that writes the report is not told by those that run it."""
    litmus.write_fixtures(floors=FLOORS)
    assert litmus("--examples", 5, "-n", 2, "-k", "float32").status == 0


@pytest.mark.parametrize(
    ("outcomes", "comparisons", "below"),
    [
        (["passed", "passed"], 50, []),
        (["passed", "passed"], 49, [("tf.a", 98, 100)]),
        (["failed", "missing"], 1, [("tf.a", 2, 100)]),
        (["missing", "missing"], 0, []),
        (["expected", "missing"], 1, []),
    ],
)
def test_floors_hold_for_apis_of_which_something_was_judged(
    tmp_path, monkeypatch, outcomes, comparisons, below
):
    (tmp_path / "floors.toml").write_text('[floors]\n"tf.a" = 1000', encoding="utf-8")
    monkeypatch.setattr(floors, "fixtures_dir", lambda: tmp_path)
    checks = [{"api": "tf.a", "outcome": one, "comparisons": comparisons} for one in outcomes]
    assert list(floors.below(checks, 0.1)) == below


def test_an_api_without_a_floor_has_to_compare_something(tmp_path, monkeypatch):
    (tmp_path / "floors.toml").write_text("[floors]", encoding="utf-8")
    monkeypatch.setattr(floors, "fixtures_dir", lambda: tmp_path)
    check = {"api": "tf.a", "outcome": "passed", "comparisons": 0}
    assert list(floors.below([check], 1.0)) == [("tf.a", 0, 1)]


# -- a run that is cut short -----------------------------------------------------------------------


def started_slowly(litmus: Runner) -> tuple[subprocess.Popen[str], Path]:
    """Start a run and return it when it has a first verdict."""
    worker = litmus.folder / "worker.pid"
    arguments = setup(litmus, SLOW.replace("PATH", repr(str(worker))))
    process = subprocess.Popen(
        litmus.command(*arguments, "--examples", 10),
        cwd=litmus.folder,
        env=litmus.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 60
    while litmus.report_folder() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return process, worker


def test_what_had_finished_survives_a_kill(litmus):
    process, worker = started_slowly(litmus)
    process.kill()
    process.communicate(timeout=30)
    report = documents.load(litmus.report_folder())
    assert report["incomplete"] is True
    assert 1 <= report["summary"]["passed"] < 4
    assert [path.name for path in litmus.report_folder().iterdir()] == ["report.json"]
    # The worker notices that nobody is left to talk to.
    pid = int(worker.read_text("utf-8"))
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the worker outlived its driver")


def test_what_had_finished_survives_an_interrupt(litmus):
    process, _ = started_slowly(litmus)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    report = documents.load(litmus.report_folder())
    assert report["incomplete"] is True, output
    assert 1 <= report["summary"]["passed"] < 4
    assert "KeyboardInterrupt" in output


def test_a_run_stopped_at_its_first_failure_is_incomplete(litmus):
    ran = litmus(*setup(litmus, OFF), "-x", "--examples", 5, "-k", "squeezed")
    assert ran.status == 1
    report = documents.load(ran.folder)
    assert (report["incomplete"], report["summary"]["checks"]) == (True, 1)
