"""Repro scripts: what is pasted into an issue runs with tensorflow and numpy alone."""

from __future__ import annotations

import ast
import importlib.resources
import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest
from conftest import SHIPPED_CHECKS, Runner

from conformance import repro
from conformance.trace import graphs, step, trace

SUBJECT = {
    "tensorflow": "2.21.0",
    "python": "3.11.7",
    "numpy": "2.0.0",
    "keras": {"flavour": "keras", "version": "3.0"},
    "profile": "legacy",
    "threads": {"intra": 1, "inter": 2},
    "grappler": True,
}

# A TensorFlow whose reciprocal square root is off by one part in a thousand, and which forgets half
# of what a moving average has to move.
BROKEN = """\
from tensorflow.python.ops import math_ops, resource_variable_ops, state_ops
rsqrt = math_ops.rsqrt
math_ops.rsqrt = lambda x, name=None: rsqrt(x, name) * 1.001

def halved(assign_sub):
    return lambda self, value, *args, **kwargs: assign_sub(self, value * 0.5, *args, **kwargs)

state_ops.assign_sub = halved(state_ops.assign_sub)
for one in resource_variable_ops.ResourceVariable.__mro__:
    if "assign_sub" in vars(one):
        one.assign_sub = halved(vars(one)["assign_sub"])
"""


MEAN = graphs.batch_norm.moments(dtype="float32", rank=1, axes=[0], keep_dims=False)


def script(spec=MEAN, run=None, **changes) -> str:
    given = {
        "title": "tf.nn.moments: a check",
        "subject": SUBJECT,
        "setup": None,
        "spec": spec,
        "trace": run or trace(step("mean", x=np.float32([1, 3]))),
        "step": 0,
        "fetch": "mean",
        "expected": np.float32(2),
        "radius": None,
        "message": "mean is off",
    }
    return repro.script(**{**given, **changes})


def start_script(text: str, python: str, path) -> subprocess.Popen[str]:
    path.write_text(text, encoding="utf-8")
    pipe = subprocess.PIPE
    return subprocess.Popen([python, str(path)], stdout=pipe, stderr=pipe, text=True)


def run_script(text: str, python: str, tmp_path) -> subprocess.CompletedProcess[str]:
    process = start_script(text, python, tmp_path / "repro.py")
    stdout, stderr = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


# -- on real TensorFlow ----------------------------------------------------------------------------


def test_a_broken_tensorflow_is_told_and_the_repros_show_it(tmp_path, tensorflow_python):
    """The whole way: set-up file, failing check, what it prints, and the script it gives."""
    litmus = Runner(tmp_path, tensorflow_python)
    setup = litmus.write("break_it.py", BROKEN)
    select = (
        "(test_formula and float32 and no_offset and no_scale) "
        "or test_each_apply_updates_its_own_variables"
    )
    ran = litmus("--setup", setup, "-k", select, "--examples", 20, checks=SHIPPED_CHECKS)
    assert ran.status == 1, ran.output
    printed = "".join(line.removeprefix("E   ") for line in ran.output.splitlines(keepends=True))
    by_kind = {}
    for check in ran.report["checks"]:
        failure = check["failure"]
        assert check["outcome"] == "failed", check["id"]
        assert failure["kind"] == ("value" if "test_formula" in check["id"] else "bits")
        for told in (check["api"], check["id"], failure["message"], "Minimal inputs:"):
            assert told in printed
        for fed in failure["inputs"]:
            assert f"{fed['name']}: {fed['array']['dtype']} {fed['array']['shape']}" in printed
        wanted = ("±", "radii away") if failure["kind"] == "value" else ("bit for bit",)
        assert all(one in failure["message"] for one in wanted)
        assert failure["repro"] in printed
        by_kind[failure["kind"]] = failure["repro"]
    assert len(ran.report["checks"]) == 3

    # With the fault it is shown; the same script without the set-up file shows none.
    whole = repr(BROKEN)
    variants = [(1, text) for text in by_kind.values()]
    variants.append((0, by_kind["value"].replace(whole, "''")))
    running = [
        (status, start_script(text, tensorflow_python, tmp_path / f"repro-{number}.py"))
        for number, (status, text) in enumerate(variants)
        if whole in text or not status
    ]
    assert len(running) == 3
    for status, process in running:
        stdout, stderr = process.communicate(timeout=300)
        assert process.returncode == status, stdout + stderr
        assert ("the fault is shown" if status else "no fault here") in stdout


RACING = """\
from tensorflow.python.client import session
run, runs = session.Session.run, []

def now_and_then(self, fetches, *args, **kwargs):
    values = run(self, fetches, *args, **kwargs)
    runs.extend(values if isinstance(values, dict) else ())
    return {**values, "mean": values["mean"] + 64} if len(runs) == 7 else values

session.Session.run = now_and_then
"""


def test_what_was_seen_once_is_looked_for_until_it_shows(tmp_path, tensorflow_python):
    racing = run_script(script(repeats=50, setup=RACING), tensorflow_python, tmp_path)
    assert racing.returncode == 1, racing.stdout + racing.stderr
    assert racing.stdout.splitlines() == [
        "observed 66.0",
        "expected 2.0 bit for bit",
        "the fault is shown",
    ]
    steady = run_script(script(repeats=50), tensorflow_python, tmp_path)
    assert steady.returncode == 0, steady.stdout + steady.stderr
    assert "no fault here" in steady.stdout


# -- what is in a script ---------------------------------------------------------------------------


def builders() -> list[tuple[str, str]]:
    """Every graph builder by the name of its module and its own."""
    folder = importlib.resources.files("conformance.worker").joinpath("graphs")
    return [
        (path.name.removesuffix(".py"), node.name)
        for path in folder.iterdir()
        if path.name.endswith(".py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.args.args and node.args.args[0].arg == "tf"
    ]


def test_a_script_has_every_name_it_uses(tmp_path):
    """Whatever the builder: also what its file imports from other files of the worker."""
    for module, function in builders():
        spec = getattr(getattr(graphs, module), function)()
        (tmp_path / f"{module}_{function}.py").write_text(script(spec), encoding="utf-8")
    checker = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821"]
    ran = subprocess.run([*checker, tmp_path], capture_output=True, text=True, check=False)
    assert len(list(tmp_path.iterdir())) > 100
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_script_needs_tensorflow_and_numpy_only():
    text = script()
    imported = {
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert imported - set(sys.stdlib_module_names) == {"numpy", "tensorflow"}
    assert not [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.ImportFrom)]
    assert "conformance" not in text
    assert "tf_litmus" not in text


def test_a_script_says_where_the_fault_was_seen():
    docstring = ast.get_docstring(ast.parse(script(message='off by "a lot": \\ """ ' + "x " * 99)))
    assert docstring.startswith("tf.nn.moments: a check\n\noff by")
    assert "Seen on TensorFlow 2.21.0 (legacy profile),\nPython 3.11.7, NumPy 2.0.0," in docstring
    assert max(map(len, docstring.splitlines())) <= 100


def test_a_script_shows_the_builder_that_ran_and_what_it_uses():
    text = script()
    defined = [one.name for one in ast.parse(text).body if isinstance(one, ast.FunctionDef)]
    assert defined == ["api", "moments"]
    assert "class Missing(Exception)" in text


def test_a_script_has_the_settings_of_the_subject():
    assert "disable_v2_behavior()" in script()
    assert "disable_v2_behavior()" not in script(subject={**SUBJECT, "profile": "v2"})
    legacy_keras = {**SUBJECT, "keras": {"flavour": "tf_keras", "version": "2.21"}}
    assert 'os.environ["TF_USE_LEGACY_KERAS"] = "1"' in script(subject=legacy_keras)
    text = script(MEAN.with_session(grappler=False, threads={"inter": 7}))
    assert "intra_op_parallelism_threads=1" in text
    assert "inter_op_parallelism_threads=7" in text
    assert "_switch_off_grappler(config)" in text
    assert "def _switch_off_grappler(config)" in text
    assert "_switch_off_grappler" not in script()


@pytest.mark.parametrize("expected", [2, 2.5])
@pytest.mark.parametrize("radius", [None, np.float64(0.25)])
def test_a_script_ends_with_1_where_the_fault_is(stub_python, tmp_path, expected, radius):
    wanted = np.float32(expected) if radius is None else np.float64(expected)
    ran = run_script(script(expected=wanted, radius=radius), stub_python, tmp_path)
    assert ran.returncode == (0 if expected == 2 else 1), ran.stderr
    assert ("no fault here" if expected == 2 else "the fault is shown") in ran.stdout


def test_a_fault_without_a_value_is_shown_by_running(stub_python, tmp_path):
    ran = run_script(script(step=None, fetch=None, expected=None), stub_python, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "'mean': 2.0" in ran.stdout.replace("np.float32(2.0)", "2.0").replace(
        "array(2., dtype=float32)", "2.0"
    )


@pytest.mark.parametrize(
    ("observed", "expected", "same"),
    [(0.0, 0.0, True), (0.0, -0.0, False), (np.nan, -np.nan, True), (np.nan, 0.0, False)],
)
def test_a_script_compares_bits_as_the_judge_does(stub_python, tmp_path, observed, expected, same):
    run = trace(step("mean", x=np.float32([observed])))
    ran = run_script(script(run=run, expected=np.float32(expected)), stub_python, tmp_path)
    assert ran.returncode == (0 if same else 1), ran.stderr


@pytest.mark.parametrize(
    "array",
    [
        np.float32([[0.1, -0.0, 1e-45], [np.nan, np.inf, -np.inf]]),
        np.float16([0.1, 6e-8]),
        np.float64(1) / 3,
        np.array([0.1, 3e38, np.nan, -0.0], ml_dtypes.bfloat16),
        np.array([-3], np.int64),
        np.array([True, False]),
        np.array([["grün", b"\xff"]], object),
        np.zeros((0, 3), np.float32),
        np.array(2, np.uint8),
    ],
    ids=lambda array: f"{array.dtype} {np.shape(array)}",
)
def test_arrays_in_a_script_have_every_bit(array, stub_python, tmp_path):
    array = np.asarray(array)
    literal = repro._literal(array)
    ran = run_script(
        "import numpy as np, tensorflow as tf, sys\n"
        f"a = {literal}\n"
        "print(a.dtype.name, a.shape, a.tolist() if a.dtype == object else a.tobytes().hex())\n",
        stub_python,
        tmp_path,
    )
    wanted = array.tolist() if array.dtype == object else array.tobytes().hex()
    assert ran.stdout.rstrip("\n") == f"{array.dtype.name} {array.shape} {wanted}", ran.stderr
