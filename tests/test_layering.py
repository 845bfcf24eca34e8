"""Who may import whom, and that the worker's files are Python 3.6."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from conformance.interpreters import PythonNotFound, find_python

WORKER = ROOT / "conformance" / "worker"
PACKAGES = ("reference_impls", "reports", "conformance")


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the absolute names of all modules a file imports, wherever it does."""
    here = list(path.relative_to(ROOT).with_suffix("").parts)
    tree = ast.parse(path.read_text("utf-8"), str(path))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = here[: -node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return names


def offenders(files: list[Path], *forbidden: str) -> dict[str, set[str]]:
    """Return each file that imports one of the packages, with what it imports of it."""
    found = {}
    for path in files:
        bad = {
            name
            for name in imported(path)
            if any(name == one or name.startswith(one + ".") for one in forbidden)
        }
        if bad:
            found[str(path.relative_to(ROOT))] = bad
    return found


def test_references_import_neither_tensorflow_nor_the_suite():
    files = files_of(ROOT / "reference_impls")
    assert files
    assert offenders(files, "tensorflow", "conformance", "reports") == {}


def test_reports_do_not_import_the_suite():
    files = [path for path in files_of(ROOT / "reports") if "out" not in path.parts]
    assert files
    assert offenders(files, "tensorflow", "conformance", "reference_impls") == {}


def test_the_driver_does_not_import_tensorflow():
    files = [path for path in files_of(ROOT / "conformance") if WORKER not in path.parents]
    assert offenders(files, "tensorflow", "keras", "tf_keras") == {}


# What a run waits for before TensorFlow's process is started.
@pytest.mark.parametrize(
    ("module", "late"),
    [
        ("conformance.run_command", {"numpy", "hypothesis", "jinja2", "jsonschema"}),
        ("conformance.plugin", {"jsonschema"}),
    ],
)
def test_a_run_starts_without_what_it_needs_late(module, late):
    program = f"import {module}, sys; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True
    )
    modules = set(ran.stdout.split())
    assert module in modules
    assert not modules & late


def test_of_the_worker_the_driver_imports_frames_alone():
    files = [path for path in files_of(ROOT / "conformance") if WORKER not in path.parents]
    used = set().union(*offenders(files, "conformance.worker").values())
    assert used == {"conformance.worker", "conformance.worker.frames"}


def test_the_worker_imports_nothing_but_python_numpy_tensorflow_and_itself():
    for path in files_of(WORKER):
        roots = {
            name.split(".")[0]
            for name in imported(path)
            if not name.startswith("conformance.worker")
        }
        # The name under which the driver sends it.
        roots -= {"numpy", "tensorflow", "tf_slim", "tf_keras", "keras", "tf_litmus_worker"}
        assert roots <= sys.stdlib_module_names, path


def test_the_whole_driver_is_imported_without_tensorflow():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in PACKAGES
        for path in files_of(ROOT / package)
        if WORKER not in path.parents and "out" not in path.parts and path.name != "__main__.py"
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {modules}: importlib.import_module(name)\n"
        "assert not {'tensorflow', 'keras', 'tf_keras'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@pytest.mark.skipif(importlib.util.find_spec("vermin") is None, reason="vermin is not installed")
def test_the_worker_needs_no_more_than_python_3_6():
    vermin = [sys.executable, "-c", "import vermin; vermin.main()"]
    subprocess.run([*vermin, "--no-tips", "-q", "-t=3.6-", str(WORKER)], check=True)


def test_python_3_6_compiles_the_worker():
    try:
        python = find_python("3.6")
    except PythonNotFound as error:
        pytest.skip(str(error))
    program = "import sys\nfor path in sys.argv[1:]: compile(open(path).read(), path, 'exec')"
    subprocess.run([python, "-c", program, *map(str, files_of(WORKER))], check=True)
