"""The named litmus tests (`fixtures/litmus.toml`), their outcomes written beside them."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.data import fixtures_dir
from conformance.programs import counters_in, source
from reference_impls.ordering.graph import RESOURCE, Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.judge import Steps
    from conformance.trace import Array

__all__ = ["NamedLitmus", "named_litmus_tests"]

_BRANCHES = ("true", "false")


@dataclass(frozen=True)
class NamedLitmus:
    """One entry of the file; see its head for what the fields mean."""

    name: str
    says: str
    published: Sequence[int]
    runs: Sequence[Sequence[str]]
    program: Program | None
    _source: str
    _outcomes: Mapping[str, Sequence[str]]

    @property
    def updates_in_function(self) -> bool:
        """Whether a branch or a turn of a loop, at its top, has an update at its own."""
        body = self.program["body"] if self.program else ()
        bodies = [one["body"] for one in body if one["op"] == "while"]
        bodies += [one[key]["body"] for one in body if one["op"] == "cond" for key in _BRANCHES]
        return any(one["op"].startswith("assign") for inner in bodies for one in inner)

    def source(self, kind: str) -> str:
        """The code, with ``resource`` or ``ref`` variables."""
        if self.program is not None:
            return source(self.program, use_resource=kind == RESOURCE)
        return f"use_resource = {kind == RESOURCE}\n{self._source}"

    def outcomes(self, kind: str) -> list[Steps]:
        """The outcomes it may have."""
        return [self._steps(text) for text in self._outcomes[kind]]

    def _steps(self, text: str) -> Steps:
        steps = [
            {name: self._value(name, value) for name, value in re.findall(r"(\w+)=(\S+)", run)}
            for run in text.split(";")
        ]
        if [sorted(one) for one in steps] != [sorted(run) for run in self.runs]:
            raise ValueError(f"{self.name}: an outcome and the runs name different fetches: {text}")
        return steps

    def _value(self, name: str, text: str) -> Array | None:
        value = None if text == "None" else json.loads(text)
        if value is None:
            return None
        if self.program is None or name in counters_in(self.program["body"]):
            return np.array(value, np.float32 if "." in text else np.int32)
        return np.array(value, self.program["dtype"])


def named_litmus_tests() -> list[NamedLitmus]:
    """Every entry of the file, in its order."""
    text = (fixtures_dir() / "litmus.toml").read_text("utf-8")
    return [_entry(one) for one in tomllib.loads(text)["litmus"]]


def _entry(one: Mapping[str, Any]) -> NamedLitmus:
    program = one.get("program")
    return NamedLitmus(
        name=one["name"],
        says=one["says"],
        published=one.get("published", ()),
        runs=program["runs"] if program else one["runs"],
        program=program,
        _source=one.get("source", "").strip() + "\n",
        _outcomes={kind: one.get(kind) or one["outcomes"] for kind in ("resource", "ref")},
    )
