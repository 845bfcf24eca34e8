"""What the benchmarks share: the rows they give, and the two commands that several of them time."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.subjects import Launch

__all__ = ["ROOT", "Bench", "Failed", "Row", "loop_seconds"]

ROOT = Path(__file__).resolve().parent.parent


class Failed(Exception):
    """A benchmark could not be taken; the message says why."""


@dataclass(frozen=True)
class Row:
    """One number that a benchmark gives.

    Attributes
    ----------
    unit
        ``×`` for a ratio, ``s``, ``ms``, ``MB``, ``%``, or nothing.
    most
        The bound, in the same unit.
    detail
        Whether it is one of the numbers that another row is made of.
    """

    what: str
    value: float
    unit: str
    most: float | None = None
    detail: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the bound is kept; None without one."""
        return None if self.most is None else self.value <= self.most

    def as_json(self) -> dict[str, Any]:
        """Return the row for benchmarks.json."""
        return {**vars(self), "met": self.met}


@dataclass(frozen=True)
class Bench:
    """What a benchmark is told.

    Attributes
    ----------
    subject, launch
        The TensorFlow, as the user named it and as its Python starts.
    quick
        Whether to take fewer and smaller samples, to see that all works.
    say
        Shows what is done now.
    scratch
        A folder for reports that nobody reads.
    """

    subject: str
    launch: Launch
    quick: bool
    say: Callable[[str], None]
    scratch: Path

    def run_checks(self, *arguments: str) -> float:
        """Run checks by pytest, in a process of its own; return the seconds it took.

        Raises
        ------
        Failed
            There are no verdicts.
        """
        options = ("--tf", self.subject, "--litmus-out", str(self.scratch), *arguments)
        return self._verdicts("pytest", "conformance", options, arguments)

    def run_command(self, *arguments: str) -> float:
        """Run checks by ``tf-litmus run``, with its own defaults; otherwise as `run_checks`."""
        options = ("--tf", self.subject, "--out", str(self.scratch), *arguments)
        return self._verdicts("conformance", "run", options, arguments)

    def _verdicts(
        self, module: str, what: str, options: Sequence[str], said: Sequence[str]
    ) -> float:
        self.say(shlex.join([module, what, *said]))
        command = [sys.executable, "-m", module, what, *options]
        seconds, ran = _timed(command, dict(os.environ))
        # A check that fails has its price too; what it says is not asked here.
        if ran.returncode not in (0, 1):
            lines = (ran.stdout + ran.stderr).strip().splitlines() or ["nothing"]
            raise Failed(f"{module} {what} ended with {ran.returncode} and said: {lines[-1]}")
        return seconds

    def import_tensorflow(self) -> float:
        """Return the seconds the subject's Python takes to start, import TensorFlow and end.

        Raises
        ------
        Failed
            It cannot be imported.
        """
        self.say("import tensorflow.compat.v1")
        # TensorFlow 1.12 has no compat.v1; in later ones it may be loaded at its first use.
        program = "import tensorflow; getattr(tensorflow.compat, 'v1', None)"
        if self.launch.remote_shell:
            program = shlex.quote(program)
        seconds, ran = _timed([*self.launch.argv, "-c", program], {**os.environ, **self.launch.env})
        if ran.returncode:
            said = ran.stderr.strip().splitlines() or ["nothing"]
            raise Failed(f"TensorFlow cannot be imported: {said[-1]}")
        return seconds


def loop_seconds() -> float:
    """Return the seconds of a million turns of a loop: how fast the machine is at the moment."""
    began = time.perf_counter()
    for _ in range(1_000_000):
        pass
    return time.perf_counter() - began


def _timed(
    command: list[str], environment: dict[str, str]
) -> tuple[float, subprocess.CompletedProcess[str]]:
    began = time.perf_counter()
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return time.perf_counter() - began, ran
