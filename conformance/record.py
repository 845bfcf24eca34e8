"""What is counted while one check runs."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.trace import dtype_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.trace import Array


@dataclass
class CheckRecord:
    """Counts and digests of one check on one subject (report.json: ``checks[]``)."""

    examples: int = 0
    comparisons: int = 0
    unclaimed: int = 0
    bound_fraction: float | None = None
    ulp: float | None = None
    allowed_outcomes: int = 0
    seen_outcomes: int = 0
    facts: Mapping[str, Any] | None = None
    # Whether several results are right, so that other bits say nothing of TensorFlow.
    bits_are_open: bool = False
    _bits: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))
    _inputs: Any = field(default_factory=lambda: hashlib.blake2b(digest_size=16))

    def add_inputs(self, digest: bytes) -> None:
        """Count one example and take its inputs into the digest."""
        self.examples += 1
        self._inputs.update(digest)

    def add_outputs(self, name: str, array: Array) -> None:
        """Take one output into the digest, bit for bit (every NaN is the same NaN)."""
        dtype = dtype_name(array.dtype)
        self._bits.update(f"{name} {dtype} {array.shape}".encode())
        if array.dtype.kind in "fV" or dtype == "bfloat16":
            nan = np.isnan(array)
            if np.count_nonzero(nan):
                array = np.where(nan, np.asarray(np.nan, array.dtype), array)
        self._bits.update(
            json.dumps([str(item) for item in array.ravel().tolist()]).encode()
            if array.dtype.kind == "O"
            else array.tobytes()
        )

    def add_fact(self, name: str, value: object) -> None:
        """Take a fact of the graph, or an error's type, into the digest."""
        self._bits.update(json.dumps([name, value], sort_keys=True, default=str).encode())

    def add_facts(self, facts: Mapping[str, Any]) -> None:
        """Take a graph's facts into the digest; those of the check's first graph are kept."""
        self.add_fact("facts", facts)
        if self.facts is None:
            self.facts = facts

    def keep_fact(self, name: str, value: object) -> None:
        """Take a fact of what came out into the digest, and keep it beside those of the graph."""
        self.add_fact(name, value)
        self.facts = {**(self.facts or {}), name: value}

    def add_outcomes(self, allowed: int, seen: int) -> None:
        """Count the outcomes one program may have, and those of them that came."""
        self.allowed_outcomes += allowed
        self.seen_outcomes += seen

    def add_comparisons(
        self, count: int, unclaimed: int = 0, bound_fraction: float = 0.0, ulp: float = 0.0
    ) -> None:
        """Count comparisons made and keep the worst distances seen."""
        self.comparisons += count
        self.unclaimed += unclaimed
        if count:
            self.bound_fraction = _worse(self.bound_fraction, bound_fraction)
            self.ulp = _worse(self.ulp, ulp)

    def as_json(self) -> Mapping[str, Any]:
        """Return the record's part of a check's row."""
        return {
            "examples": self.examples,
            "comparisons": self.comparisons,
            "unclaimed": self.unclaimed,
            "worst": {"bound_fraction": _finite(self.bound_fraction), "ulp": _finite(self.ulp)},
            "outcomes": {"allowed": self.allowed_outcomes, "seen": self.seen_outcomes}
            if self.allowed_outcomes
            else None,
            "facts": self.facts or None,
            "bits": self._bits.hexdigest() if self.examples and not self.bits_are_open else None,
            "inputs": self._inputs.hexdigest() if self.examples else None,
        }


def _worse(before: float | None, now: float) -> float:
    return now if before is None else max(before, now)


def _finite(value: float | None) -> float | None:
    """JSON has no infinity: a distance without a finite measure has no number."""
    return value if value is not None and math.isfinite(value) else None
