"""Run the checks on one subject in one profile: a pytest process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from conformance.environments import cache_dir

__all__ = [
    "AS_EXPECTED",
    "DEFAULT_EXAMPLES",
    "DEFAULT_SEED",
    "DEVIATION",
    "INTERRUPTED",
    "MEANING",
    "NOT_STARTED",
    "WRONG_USAGE",
    "Options",
    "most_severe",
    "run_checks",
]

AS_EXPECTED = 0
DEVIATION = 1
WRONG_USAGE = 2
NOT_STARTED = 3
INTERRUPTED = 130

MEANING = {
    AS_EXPECTED: "as expected",
    DEVIATION: "deviations",
    WRONG_USAGE: "wrong usage",
    NOT_STARTED: "could not be started",
    INTERRUPTED: "interrupted",
}

# What a run does that is told nothing else.
DEFAULT_EXAMPLES = 12
DEFAULT_SEED = 0

_PACKAGE = Path(__file__).resolve().parent

# `-P` keeps the current folder, which may hold a `reports` of its own, off the path of imports; in
# a checkout that is not installed, the folder of the checkout has to be put there instead.
_BOOT = """\
import sys
root = sys.argv.pop(1)
if root not in sys.path:
    sys.path.insert(0, root)
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""

# What pytest's exit statuses (pytest.ExitCode) mean here. 0 to 3 are passed on: the plugin uses
# them with our meaning, and pytest's own 2 and 3 (collection or pytest itself failed) fit it.
_OURS = {0: AS_EXPECTED, 1: DEVIATION, 2: WRONG_USAGE, 3: NOT_STARTED, 4: WRONG_USAGE}
_NOTHING_SELECTED = 5


@dataclass(frozen=True)
class Options:
    """What a run may be told.

    Attributes
    ----------
    out
        The folder that gets ``<label>/report.json`` and its pages.
    select
        pytest's ``-k`` expression.
    examples
        Drawn examples per check; None: the plugin's default.
    setup
        A Python file the worker executes after importing TensorFlow.
    workers
        Processes of pytest-xdist; None: run in the one process.
    pytest_args
        Passed on to pytest as they are.
    form
        How the summary is printed: ``rich`` or ``markdown``.
    step_summary
        Whether the run is what the user asked for, and not a part of it: then its summary goes to
        ``$GITHUB_STEP_SUMMARY`` too.
    """

    out: Path
    select: str | None = None
    examples: int | None = None
    setup: Path | None = None
    workers: str | None = None
    pytest_args: tuple[str, ...] = ()
    form: str = "rich"
    step_summary: bool = True


def run_checks(subject: str, profile: str, options: Options) -> tuple[int, str | None]:
    """Run the checks and wait for the end; output goes where ours goes.

    Returns
    -------
    status : int
        `AS_EXPECTED`, `DEVIATION`, `WRONG_USAGE`, `NOT_STARTED` or `INTERRUPTED`.
    reason : str or None
        What pytest itself has not said about that status.
    """
    # Unless told otherwise, hypothesis keeps its files in the current folder.
    environment = {"HYPOTHESIS_STORAGE_DIRECTORY": str(cache_dir() / "hypothesis"), **os.environ}
    if not options.step_summary:
        environment.pop("GITHUB_STEP_SUMMARY", None)
    process = subprocess.Popen(_command(subject, profile, options), env=environment)
    status, interrupted = _wait(process)
    if interrupted:
        return INTERRUPTED, "interrupted"
    if status == _NOTHING_SELECTED:
        what = f"-k {options.select!r}" if options.select else "these arguments"
        return WRONG_USAGE, f"no check is selected by {what}; `-k ''` runs all of them"
    if status < 0:
        return NOT_STARTED, f"pytest was ended by {signal.Signals(-status).name}"
    return _OURS.get(status, NOT_STARTED), None


def most_severe(statuses: list[int]) -> int:
    """Return the exit status of several runs: the most severe of theirs."""
    order = (AS_EXPECTED, DEVIATION, WRONG_USAGE, NOT_STARTED, INTERRUPTED)
    return max(statuses, key=order.index, default=AS_EXPECTED)


def _command(subject: str, profile: str, options: Options) -> list[str]:
    command = [sys.executable, "-P", "-c", _BOOT, str(_PACKAGE.parent)]
    # The checks come before options of the user that might take them for a value.
    command += [str(_PACKAGE / "checks"), "-c", str(_PACKAGE / "pytest.ini")]
    command += ["--tf", subject, "--profile", profile, "--litmus-out", str(options.out)]
    if options.select is not None:
        command += ["-k", options.select]
    if options.examples is not None:
        command += ["--examples", str(options.examples)]
    if options.setup is not None:
        command += ["--setup", str(options.setup)]
    if options.workers is not None:
        command += ["-n", options.workers]
    if options.form != "rich":
        command += ["--litmus-format", options.form]
    return [*command, *options.pytest_args]


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, bool]:
    """Wait for the end of pytest, through interrupts: it still has its report to write."""
    interrupted = False
    while True:
        try:
            return process.wait(), interrupted
        except KeyboardInterrupt:
            # A terminal interrupts both of us; a signal sent to us alone has to be passed on.
            if not interrupted and not _in_foreground():
                process.send_signal(signal.SIGINT)
            interrupted = True


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)
