"""Collects the verdicts of one pytest run into report.json, from the first one on.

Every verdict reaches the recorder through pytest's own report of the test, so it does not matter
whether the test ran in this process or in one of xdist's.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from reports import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REPORT = "report.json"
OUTCOMES = ("passed", "failed", "crashed", "timed_out", "missing", "expected")


def label(fingerprint: Mapping[str, Any]) -> str:
    """Return a subject's short name, such as ``tf2.21.0+tf_keras-legacy``."""
    return f"tf{release(fingerprint)}-{fingerprint['profile']}"


def release(fingerprint: Mapping[str, Any]) -> str:
    """Return a subject's TensorFlow and, where it was chosen, its Keras: ``2.21.0+tf_keras``."""
    # tf_keras can be chosen without us, by an environment variable.
    legacy = "tf_keras" if fingerprint["keras"]["flavour"] == "tf_keras" else None
    flavour = fingerprint.get("flavour") or legacy
    return f"{fingerprint['tensorflow']}{f'+{flavour}' if flavour else ''}"


class Recorder:
    """The report of one run on one subject, on disk after every verdict.

    Parameters
    ----------
    out
        The folder that gets ``<label>/report.json``.
    settings
        ``examples``, ``seed``, ``select`` and ``setup`` of the run.
    """

    def __init__(self, out: Path, settings: Mapping[str, Any]) -> None:
        self._out = out
        self._settings = dict(settings)
        self._began = time.monotonic()
        self._created = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self._version = importlib.metadata.version("tf-litmus")
        self._subject: dict[str, Any] | None = None
        # What the frozen inputs gave, once they have been replayed (report.json: ``corpus``).
        self.corpus: dict[str, Any] | None = None
        self._checks: dict[str, dict[str, Any]] = {}
        self._outcomes: Counter[str] = Counter()
        self._comparisons = 0
        self._growing: files.GrowingReport | None = None

    @property
    def folder(self) -> Path | None:
        """Where this run's files go; None until the subject has said what it is."""
        return None if self._subject is None else self._out / self._subject["label"]

    @property
    def checks(self) -> list[dict[str, Any]]:
        """The rows recorded so far, by id."""
        return [self._checks[key] for key in sorted(self._checks)]

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The subject's fingerprint; empty until one is known."""
        return self._subject or {}

    def add(self, fingerprint: Mapping[str, Any], check: Mapping[str, Any]) -> None:
        """Take one verdict and write the report as it stands."""
        if self._subject is None:
            self._subject = {"label": label(fingerprint), **fingerprint}
        before = self._checks.get(check["id"])
        self._checks[check["id"]] = dict(check)
        self._outcomes[check["outcome"]] += 1
        self._comparisons += check["comparisons"]
        if before is not None:  # what ends a check may go wrong when the check itself has passed
            self._outcomes[before["outcome"]] -= 1
            self._comparisons -= before["comparisons"]
            self._close()
        rest = self._rest(incomplete=True)
        if self._growing is None:
            path = self._out / self._subject["label"] / REPORT
            self._growing = files.GrowingReport(path, rest, self._checks.values())
        else:
            self._growing.add(rest, check)

    def document(self, *, incomplete: bool) -> dict[str, Any]:
        """Return report.json as it stands."""
        return {**self._rest(incomplete=incomplete), "checks": self.checks}

    def _rest(self, *, incomplete: bool) -> dict[str, Any]:
        """Everything of the report but its checks."""
        return {
            "schema": files.REPORT,
            "incomplete": incomplete,
            "created": self._created,
            "tf_litmus": self._version,
            "settings": self._settings,
            "subject": self._subject,
            "corpus": self.corpus,
            "summary": {
                "checks": len(self._checks),
                **{outcome: self._outcomes[outcome] for outcome in OUTCOMES},
                "comparisons": self._comparisons,
                "seconds": round(time.monotonic() - self._began, 3),
            },
        }

    def write(self, *, incomplete: bool) -> Path | None:
        """Write report.json whole; returns its path, or None when no subject is known yet."""
        self._close()
        folder = self.folder
        if folder is None:
            return None
        path = folder / REPORT
        files.write_json(path, self.document(incomplete=incomplete))
        return path

    def _close(self) -> None:
        if self._growing is not None:
            self._growing.close()
            self._growing = None
