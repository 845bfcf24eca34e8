"""Soundness: whether the checks ever accuse a TensorFlow that nobody has changed.

The checks run in rounds, each with a seed of its own, so that no round has the inputs of another.
An API whose checks have compared enough takes no part in further rounds, and a check that draws
nothing only in the first; later rounds draw more examples, so that what every run costs
(TensorFlow's import, the graphs) is paid less often. All
there is to know is in one document, on disk after each round, and a later run goes on from it.
"""

from __future__ import annotations

import importlib.metadata
import math
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import LitmusError, SubjectUnavailable, UsageError
from conformance.matrix import Cell, Result, Runner, Settings
from conformance.pytest_process import (
    AS_EXPECTED,
    DEFAULT_EXAMPLES,
    DEVIATION,
    INTERRUPTED,
    NOT_STARTED,
    WRONG_USAGE,
)
from reports import documents, files
from reports.files import SOUNDNESS
from reports.outcomes import BAD, largest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["MOST_EXAMPLES", "Asked", "Soundness"]

# From here on a round's fixed cost is small beside its examples, and a failure found is cheap to
# repeat: more variety comes from more rounds.
MOST_EXAMPLES = 800


@dataclass(frozen=True)
class Asked:
    """What the comparisons are to be made on: equal for all rounds of one document.

    Attributes
    ----------
    seed
        The first round's; each next round's is one more.
    enlarge
        How many times as large as in a run the drawn arrays are, about.
    """

    subject: str
    profile: str
    select: str | None
    seed: int
    enlarge: int = 1


class Soundness:
    """The rounds on one subject.

    Parameters
    ----------
    out
        The folder of ``soundness.json`` and of the reports of rounds with failures.
    target
        Comparisons wanted of each API.
    document
        What an earlier run has left, or None.
    """

    def __init__(
        self, out: Path, asked: Asked, target: int, document: dict[str, Any] | None = None
    ) -> None:
        self._out = out
        self._asked = asked
        self._target = target
        self.document = document or {
            "schema": SOUNDNESS,
            "tf_litmus": importlib.metadata.version("tf-litmus"),
            "settings": vars(asked),
            "comparisons": target,
            "subject": None,
            "complete": False,
            "seconds": 0.0,
            "rounds": [],
            "apis": {},
            "failures": [],
        }
        self.document["comparisons"] = target

    @classmethod
    def resumed(cls, out: Path, asked: Asked, target: int, *, seed_given: bool) -> Soundness:
        """Return what goes on from the document in ``out``, if there is one.

        Raises
        ------
        UsageError
            The document there is no such document, or one of other settings.
        """
        path = out / "soundness.json"
        if not path.exists():
            return cls(out, asked, target)
        try:
            document = documents.load_soundness(path)
        except documents.NotAReport as error:
            raise UsageError(f"{error}; remove it, or give --fresh") from error
        before = Asked(**document["settings"])
        wanted = vars(asked) if seed_given else {**vars(asked), "seed": before.seed}
        if vars(before) != wanted:
            raise UsageError(
                f"{path} is about {_told(vars(before))}, not {_told(wanted)}; give another --out, "
                "or --fresh to begin anew"
            )
        return cls(out, before, target, document)

    @property
    def seed(self) -> int:
        """The seed of the next round."""
        return int(self._asked.seed) + len(self.document["rounds"])

    @property
    def open(self) -> list[str]:
        """The APIs to compare more: those the release has, and whose inputs are drawn."""
        return [
            name
            for name, row in self.document["apis"].items()
            if row["comparisons"] < self._target and row["drawn"] and not row["missing"]
        ]

    @property
    def finished(self) -> bool:
        """Whether every API has been compared enough."""
        return self.document["complete"] and not self.open

    @property
    def examples(self) -> int:
        """Examples per check of the next round: four times as before, if as many are needed."""
        rounds = self.document["rounds"]
        if not rounds:
            return DEFAULT_EXAMPLES
        needed = max(
            (self._needed(self.document["apis"][one]) for one in self.open), default=math.inf
        )
        most = min(4 * rounds[-1]["examples"], MOST_EXAMPLES)
        return int(max(DEFAULT_EXAMPLES, min(most, needed)))

    def _needed(self, row: dict[str, Any]) -> float:
        """Examples that bring an API to the target, half as many more lest it need another round.

        Rates are not constant: where few inputs differ, hypothesis runs out of new ones.
        """
        compared: int = row["comparisons"]
        asked: int = row["asked"]
        missing = self._target - compared
        return 1.5 * missing * asked / compared if compared else math.inf

    def run_round(
        self, until: float, workers: str | None, tell: Callable[[Cell, str], None]
    ) -> Result:
        """Run the checks of the APIs that are open once, and write the document.

        Parameters
        ----------
        until
            No check begins after this time (`time.time`).

        Raises
        ------
        LitmusError
            There is nothing to count: the subject did not start, or no check was selected.
        """
        seed, examples, wanted = self.seed, self.examples, self.open
        began = time.monotonic()
        cell = self._cell(seed, until, workers)
        runner = Runner(Settings(self._out, self._asked.select, examples), tell)
        (result,) = runner.run([cell], 1, lambda _: None)
        if result.status == WRONG_USAGE and self.document["complete"]:
            # The same command has run before: what it selects now are checks that draw nothing.
            self._close(wanted)
            files.write_json(self._out / "soundness.json", self.document)
        elif result.status not in (AS_EXPECTED, DEVIATION, INTERRUPTED):
            raise _refused(result, self._asked.subject)
        if result.report is not None:
            report = documents.load(result.report)
            self._take(report, result, seed, examples)
            self.document["rounds"][-1]["seconds"] = round(time.monotonic() - began, 1)
            whole = result.status != INTERRUPTED and time.time() <= until
            if whole:
                # A check may have run several examples, and have drawn none of them.
                self._close(set(wanted) - {one["api"] for one in report["checks"]})
            self.document["complete"] = self.document["complete"] or whole
            self.document["seconds"] = sum(one["seconds"] for one in self.document["rounds"])
            files.write_json(self._out / "soundness.json", self.document)
            if not self.document["rounds"][-1]["failures"]:
                shutil.rmtree(self._out / cell.name)
        return result

    def _cell(self, seed: int, until: float, workers: str | None) -> Cell:
        arguments = ["-p", "conformance.soundness_plugin", "--hypothesis-seed", str(seed)]
        # Floors speak of whole runs of whole APIs; a selection by mark, even of all, has none.
        arguments += ["--no-corpus", "-m", "api", "--enlarge", str(self._asked.enlarge)]
        arguments += [f"--without-api={name}" for name in sorted(self._closed())]
        if self.document["complete"]:
            arguments.append("--drawn-only")
        if math.isfinite(until):
            arguments.append(f"--until={until}")
        if workers is not None:
            arguments += ["-n", workers]
        return Cell(self._asked.subject, self._asked.profile, f"seed{seed}", tuple(arguments))

    def _close(self, names: Iterable[str]) -> None:
        """Ask these APIs no more: their checks draw nothing."""
        for name in names:
            self.document["apis"][name]["drawn"] = False

    def _closed(self) -> set[str]:
        return set(self.document["apis"]) - set(self.open)

    def _take(self, report: dict[str, Any], result: Result, seed: int, examples: int) -> None:
        """Count what a round has compared, whole or not."""
        label = report["subject"]["label"]
        before = self.document["subject"]
        if before is not None and before["label"] != label:
            raise UsageError(
                f"{self._asked.subject} was {before['label']} and is {label} now; give --fresh"
            )
        self.document["subject"] = report["subject"]
        checks = report["checks"]
        failures = [one for one in checks if one["outcome"] in BAD]
        for api in sorted({one["api"] for one in checks}):
            row = self.document["apis"].setdefault(api, _nothing_yet())
            _count(row, [one for one in checks if one["api"] == api], examples)
        folder = result.report.parent.relative_to(self._out).as_posix() if result.report else None
        self.document["failures"] += [
            {
                "check": one["id"],
                "api": one["api"],
                "kind": one["failure"]["kind"],
                "message": one["failure"]["message"].partition("\n")[0],
                "seed": seed,
                "examples": examples,
                "report": folder,
            }
            for one in failures
        ]
        self.document["rounds"].append(
            {
                "seed": seed,
                "examples": examples,
                "checks": len(checks),
                "comparisons": sum(one["comparisons"] for one in checks),
                "failures": len(failures),
                "seconds": 0.0,
            }
        )


def _nothing_yet() -> dict[str, Any]:
    return {
        "comparisons": 0,
        "unclaimed": 0,
        "runs": 0,
        "asked": 0,
        "examples": 0,
        "failures": 0,
        "bound_fraction": None,
        "seconds": 0.0,
        "drawn": False,
        "missing": True,
    }


def _count(row: dict[str, Any], checks: list[dict[str, Any]], examples: int) -> None:
    """Add one round's checks of an API to its row."""
    for name in ("comparisons", "unclaimed", "examples"):
        row[name] += sum(one[name] for one in checks)
    row["runs"] += 1
    row["asked"] += examples
    row["failures"] += sum(one["outcome"] in BAD for one in checks)
    row["seconds"] = round(row["seconds"] + sum(one["seconds"] for one in checks), 3)
    row["drawn"] = row["drawn"] or any(one["examples"] > 1 for one in checks)
    row["missing"] = row["missing"] and all(one["outcome"] == "missing" for one in checks)
    # Of a registered deviation it is known that it lies outside.
    unexplained = (one["worst"]["bound_fraction"] for one in checks if one["outcome"] != "expected")
    row["bound_fraction"] = largest((row["bound_fraction"], *unexplained))


def _refused(result: Result, subject: str) -> LitmusError:
    kind = SubjectUnavailable if result.status == NOT_STARTED else UsageError
    return kind(f"{subject}: {result.reason}")


def _told(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items() if value is not None)
