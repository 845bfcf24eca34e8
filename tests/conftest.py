"""What the tests of the suite's own machinery share: two TensorFlows, and pytest runs on them."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.subject import Subject
from conformance.subjects import resolve
from conformance.turns import draw_from_seeds_alone

ROOT = Path(__file__).resolve().parent.parent
SHIPPED_CHECKS = ROOT / "conformance" / "checks"

# Put before a run's own plugin: the checks and the data of the run are the test's.
ISOLATION = """\
from pathlib import Path
from conformance import corpus, deviations, floors, order, run
here = Path(__file__).parent
for module in (corpus, deviations, floors, order):
    module.fixtures_dir = lambda: here / "fixtures"
run.CHECKS = here / "checks"
"""

CHECKS = """\
import pytest
from hypothesis import given, strategies as st
from conformance.judge import judge
from conformance.marks import api
from conformance.strategies import TAME, arrays, shapes
from conformance.trace import graphs, step, trace
from reference_impls import balls

@api("tf.nn.moments")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("keep_dims", [False, True], ids=["squeezed", "keep_dims"])
@given(data=st.data())
def test_mean(subject, dtype, keep_dims, data):
    x = data.draw(arrays(dtype, data.draw(shapes(2, 3)), TAME))
    graph = graphs.batch_norm.moments(dtype=dtype, rank=2, axes=[0], keep_dims=keep_dims)
    observed = subject.run(graph, trace(step("mean", x=x)))
    judge(observed, [{"mean": balls.mean(balls.ball(x), (0,), keepdims=keep_dims)}])
"""


def pytest_configure() -> None:
    """Have interrupts heeded by what the tests start and interrupt; and draw as checks do.

    A shell has what it starts in the background ignore them, and so would all that starts.
    """
    draw_from_seeds_alone()
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tensorflow_python() -> str:
    """Return a Python that has a real TensorFlow: the running one, or TF_LITMUS_TEST_PYTHON."""
    if importlib.util.find_spec("tensorflow") is not None:
        return sys.executable
    named = os.environ.get("TF_LITMUS_TEST_PYTHON")
    if not named:
        pytest.skip("no TensorFlow in this Python, and TF_LITMUS_TEST_PYTHON names none")
    return named


@pytest.fixture(scope="session")
def stub_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a Python whose ``tensorflow`` is stub_tensorflow.py."""
    folder = tmp_path_factory.mktemp("stub")
    shutil.copy(ROOT / "tests" / "stub_tensorflow.py", folder / "tensorflow.py")
    return write_python(folder / "python", folder)


def write_python(path: Path, python_path: Path) -> str:
    """Make an interpreter: the running one, with a folder before everything it can import."""
    path.write_text(
        f'#!/bin/sh\nPYTHONPATH="{python_path}" exec "{sys.executable}" "$@"\n', encoding="utf-8"
    )
    path.chmod(0o755)
    return str(path)


def make_subject(subject: str, setup: str | None = None, profile: str = "legacy") -> Subject:
    """Make a subject as a run does."""
    return Subject(
        resolve(subject),
        {
            "profile": profile,
            "threads": {"intra": 1, "inter": 2},
            "grappler": True,
            "setup": None if setup is None else {"text": setup, "filename": "setup.py"},
        },
    )


def with_graphs(text: str) -> str:
    """Return a set-up file that adds the builders in ``text`` as ``graphs.added``."""
    return (
        "import sys, types\n"
        "added = types.ModuleType('tf_litmus_worker.graphs.added')\n"
        f"exec(compile({text!r}, 'added.py', 'exec'), added.__dict__)\n"
        "sys.modules[added.__name__] = added\n"
    )


@pytest.fixture
def subjects() -> Iterator[Callable[..., Subject]]:
    """Return `make_subject`; every subject made is closed in the end."""
    made = []

    def make(*args: Any, **options: Any) -> Subject:
        made.append(make_subject(*args, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@dataclass(frozen=True)
class Ran:
    """A pytest run that has ended."""

    status: int
    output: str
    folder: Path | None

    @property
    def report(self) -> dict[str, Any]:
        """The report it wrote."""
        assert self.folder is not None, self.output
        return json.loads((self.folder / "report.json").read_text("utf-8"))

    @property
    def checks(self) -> dict[str, Mapping[str, Any]]:
        """The report's rows by id."""
        return {check["id"]: check for check in self.report["checks"]}


class Runner:
    """Runs checks in a pytest process of its own, with checks and data of the test's."""

    def __init__(self, folder: Path, subject: str) -> None:
        self.folder = folder
        self.checks = folder / "checks"
        self.checks.mkdir()
        (self.checks / "test_moments.py").write_text(CHECKS, encoding="utf-8")
        self.subject = subject
        self.out = folder / "out"
        self.fixtures = folder / "fixtures"
        self.fixtures.mkdir()
        self.write_fixtures()
        (folder / "isolation.py").write_text(ISOLATION, encoding="utf-8")

    def write_fixtures(self, deviations: str = "", floors: str = "[floors]") -> None:
        """Write the data the run reads."""
        (self.fixtures / "deviations.toml").write_text(deviations, encoding="utf-8")
        (self.fixtures / "floors.toml").write_text(floors, encoding="utf-8")

    def write(self, name: str, text: str) -> Path:
        """Write a file beside the run's own."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def command(self, *arguments: object, checks: Path | None = None) -> list[str]:
        """Return the command line of a run; ``checks`` may name others than the test's."""
        return [
            *(sys.executable, "-m", "pytest", str(checks or self.checks)),
            *("-c", str(ROOT / "conformance" / "pytest.ini"), "-p", "isolation"),
            *("--tf", self.subject, "--litmus-out", str(self.out)),
            *map(str, arguments),
        ]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a run."""
        return {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(self.folder), str(ROOT)]),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.folder / "hypothesis"),
            "COLUMNS": "160",
        }

    def __call__(self, *arguments: object, checks: Path | None = None) -> Ran:
        """Run, and wait for the end."""
        process = subprocess.run(
            self.command(*arguments, checks=checks),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ran(process.returncode, process.stdout + process.stderr, self.report_folder())

    def report_folder(self) -> Path | None:
        """Return the folder of the run's report, if there is one."""
        return next((path.parent for path in self.out.glob("*/report.json")), None)


@pytest.fixture
def litmus(tmp_path: Path, stub_python: str) -> Runner:
    """Run a check of ``tf.nn.moments`` on the stub."""
    return Runner(tmp_path, stub_python)
