"""Many subjects: which cells a matrix has, and running them, several at a time.

A cell is one subject in one profile. It is run by a ``tf-litmus run`` of its own, into a folder of
its own, so what fails in one cell (an environment that cannot be made, a TensorFlow that does not
start) is that cell's affair; and a matrix that was cut short goes on where it stopped, because what
has finished is on disk.
"""

from __future__ import annotations

import fnmatch
import os
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import UsageError
from conformance.pytest_process import AS_EXPECTED, DEFAULT_SEED, DEVIATION, INTERRUPTED
from conformance.releases import DEFAULT_FLAVOUR, Releases, is_release_name, table
from reports import documents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["Cell", "Result", "Runner", "Settings", "finished", "found", "plan", "shard"]

_RANGE = re.compile(r"(?P<first>[^+]+?)\.\.(?P<last>[^+]+)(?:\+(?P<flavour>.+))?")
_LOG = "log.txt"


@dataclass(frozen=True)
class Cell:
    """One subject in one profile.

    Attributes
    ----------
    key, arguments
        What tells it from others of the same subject and profile, and what its run is told more
        than the others' are.
    """

    subject: str
    profile: str
    key: str = ""
    arguments: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of its folder, ``2.21+tf_keras-legacy``."""
        parts = (self.subject, self.profile, self.key)
        return re.sub(r"[^A-Za-z0-9.+_-]+", "_", "-".join(part for part in parts if part))


@dataclass(frozen=True)
class Settings:
    """What every cell is run with.

    Attributes
    ----------
    out
        The folder of the matrix; a cell's report is ``out/<cell>/<label>/report.json``.
    select, examples, setup
        As in `conformance.pytest_process.Options`.
    """

    out: Path
    select: str | None = None
    examples: int | None = None
    setup: Path | None = None


@dataclass(frozen=True)
class Result:
    """How a cell ended.

    Attributes
    ----------
    status
        The exit status of its run.
    report
        Its report; None where there is none.
    reason
        What the run said about a status that is no verdict; empty otherwise.
    kept
        Whether it had finished before and was not run again.
    """

    cell: Cell
    status: int
    report: Path | None
    reason: str = ""
    kept: bool = False


def plan(subjects: Sequence[str], profile: str) -> list[Cell]:
    """Return the cells of a matrix, each once, in the order given.

    Parameters
    ----------
    subjects
        Subjects, and ranges of releases such as ``1.12..2.21`` or ``2.16..2.21+tf_keras``: the
        releases of the table from the first to the last that have the flavour. ``2.16+keras3.*``
        is the release with every Keras flavour that matches.
    profile
        ``legacy``, ``v2`` or ``both``; TensorFlow 1.x has ``legacy`` alone.

    Raises
    ------
    UsageError
        There is no such release or flavour, or a range is empty.
    """
    releases = table()
    cells: dict[Cell, None] = {}
    for text in subjects:
        for subject in _expanded(text, releases):
            for one in _profiles(subject, profile, releases):
                cells[Cell(subject, one)] = None
    if not cells:
        raise UsageError(f"no subject of {', '.join(subjects)} has the {profile} profile")
    return list(cells)


def shard(cells: Sequence[Cell], part: str | None) -> list[Cell]:
    """Return the share ``I/N`` of the cells: every Nth, from the Ith on.

    Raises
    ------
    UsageError
        It is not written like that.
    """
    if part is None:
        return list(cells)
    match = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", part)
    if match is None or int(match[1]) > int(match[2]):
        raise UsageError(f"--shard {part}: write I/N with 1 <= I <= N, such as 2/4")
    return list(cells[int(match[1]) - 1 :: int(match[2])])


def found(cell: Cell, out: Path) -> Path | None:
    """Return the report a cell has written, whole or not."""
    return next(iter(sorted((out / cell.name).glob("*/report.json"))), None)


def finished(cell: Cell, settings: Settings, version: str) -> Path | None:
    """Return a cell's report if it is whole, of these settings and of this tf-litmus."""
    path = found(cell, settings.out)
    if path is None:
        return None
    try:
        report = documents.load(path)
    except documents.NotAReport:
        return None
    wanted: dict[str, Any] = {
        "select": settings.select or None,
        "setup": settings.setup.name if settings.setup else None,
        "seed": DEFAULT_SEED,
    }
    if settings.examples is not None:
        wanted["examples"] = settings.examples
    same = all(report["settings"][name] == value for name, value in wanted.items())
    return path if same and not report["incomplete"] and report["tf_litmus"] == version else None


class Runner:
    """Runs cells, a number of them at a time.

    Parameters
    ----------
    settings
        What every cell is run with.
    tell
        Called with a cell and what it does now, from any thread.
    """

    def __init__(self, settings: Settings, tell: Callable[[Cell, str], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._live: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(
        self, cells: Sequence[Cell], processes: int, done: Callable[[Result], None]
    ) -> list[Result]:
        """Run the cells; ``done`` is called with each as it ends, in the caller's thread.

        An interrupt stops all of them, each with its report written as far as it got; the results
        so far are returned.
        """
        results: list[Result] = []
        ended: deque[Result] = deque()
        waiting = threading.Condition()

        def work(cell: Cell) -> None:
            result = self._run(cell)
            with waiting:
                ended.append(result)
                waiting.notify()

        with ThreadPoolExecutor(processes) as pool:
            for cell in cells:
                pool.submit(work, cell)
            while len(results) < len(cells):
                try:
                    with waiting:
                        # With a limit: a wait without one keeps interrupts out.
                        waiting.wait_for(lambda: bool(ended), timeout=0.5)
                    while ended:
                        results.append(ended.popleft())
                        done(results[-1])
                except KeyboardInterrupt:
                    self._stop()
        return results

    def _stop(self) -> None:
        with self._lock:
            self._stopped = True
            for process in self._live:
                process.send_signal(signal.SIGINT)

    def _run(self, cell: Cell) -> Result:
        folder = self._settings.out / cell.name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob("*/report.json"):
                old.unlink()
            with (folder / _LOG).open("wb") as log:
                with self._lock:
                    if self._stopped:
                        return Result(cell, INTERRUPTED, None, "not started")
                    process = subprocess.Popen(
                        self._command(cell, folder),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        env={k: v for k, v in os.environ.items() if k != "GITHUB_STEP_SUMMARY"},
                        # An interrupt at the terminal is ours to pass on, once.
                        start_new_session=True,
                    )
                    self._live.add(process)
                status = self._wait(cell, process, folder / _LOG)
        except OSError as error:
            return Result(cell, 2, None, f"{error.filename}: {error.strerror}")
        report = found(cell, self._settings.out)
        reason = "" if status in (AS_EXPECTED, DEVIATION) else _reason(folder / _LOG, status)
        return Result(cell, status, report, reason)

    def _wait(self, cell: Cell, process: subprocess.Popen[bytes], log: Path) -> int:
        try:
            while True:
                try:
                    return process.wait(timeout=1)
                except subprocess.TimeoutExpired:
                    self._tell(cell, _progress(log))
        finally:
            with self._lock:
                self._live.discard(process)

    def _command(self, cell: Cell, folder: Path) -> list[str]:
        command = [sys.executable, "-P", "-m", "conformance", "run", "--tf", cell.subject]
        # The cells share the cores among them.
        command += ["--profile", cell.profile, "--out", str(folder), "-n", "0"]
        if self._settings.select:
            command += ["-k", self._settings.select]
        if self._settings.examples is not None:
            command += ["--examples", str(self._settings.examples)]
        if self._settings.setup is not None:
            command += ["--setup", str(self._settings.setup)]
        return [*command, *cell.arguments]


def _expanded(text: str, releases: Releases) -> list[str]:
    match = _RANGE.fullmatch(text)
    if match is None:
        name, _, pattern = text.partition("+")
        if "*" in pattern:
            return _flavours(name, pattern, releases)
        if is_release_name(text):
            releases.split(text)
        return [text]
    ends = []
    for end in (match["first"], match["last"]):
        found_release = releases.split(end)
        if found_release is None:
            raise UsageError(f"{text}: {end} is not a release; write for example 1.12..2.21")
        ends.append(found_release[0].name)
    names = list(releases.releases)
    within = names[names.index(ends[0]) : names.index(ends[1]) + 1]
    flavour = match["flavour"] or DEFAULT_FLAVOUR
    having = [name for name in within if flavour in releases.flavours(releases.releases[name])]
    if not having:
        raise UsageError(f"{text}: no release in this range, or none with the flavour {flavour}")
    return having if flavour == DEFAULT_FLAVOUR else [f"{name}+{flavour}" for name in having]


def _flavours(name: str, pattern: str, releases: Releases) -> list[str]:
    """One release with each of its Keras flavours that match, in the table's order."""
    found_release = releases.split(name)
    if found_release is None:
        raise UsageError(
            f"{name}+{pattern}: {name} is not a release; write for example 2.16+keras*"
        )
    flavours = releases.flavours(found_release[0])
    having = [f"{name}+{one}" for one in flavours if fnmatch.fnmatchcase(one, pattern)]
    if not having:
        raise UsageError(
            f"{name}+{pattern}: no flavour of this release matches; it has {', '.join(flavours)}"
        )
    return having


def _profiles(subject: str, profile: str, releases: Releases) -> tuple[str, ...]:
    split = releases.split(subject) if is_release_name(subject) else None
    if split is not None and split[0].is_tensorflow_1:
        return () if profile == "v2" else ("legacy",)
    return ("legacy", "v2") if profile == "both" else (profile,)


def _progress(log: Path) -> str:
    """Say what a run does, by the end of what it has printed."""
    tail = _tail(log)
    percents: list[str] = re.findall(r"\[\s*(\d+)%\]", tail)
    if percents:
        return f"{percents[-1]} %"
    return "installing" if "installing TensorFlow" in tail else "starting"


def _reason(log: Path, status: int) -> str:
    """Return the last complaint of a run, or what its status means."""
    complaints = [
        line.split(": ", 1)[1]
        for line in _tail(log).splitlines()
        if line.startswith(("tf-litmus: ", "error: "))
    ]
    if complaints:
        return complaints[-1]
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    return "interrupted" if status == INTERRUPTED else f"exit status {status}; see {log}"


def _tail(log: Path, size: int = 4096) -> str:
    with log.open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - size))
        return stream.read().decode("utf-8", "replace")
