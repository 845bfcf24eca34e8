"""Registered deviations: where a TensorFlow is known to differ from its reference, and why.

They are data, in `fixtures/deviations.toml`; each has the releases it holds for, a reason and a
link. A deviation that is registered and does not occur any more fails the run.
"""

from __future__ import annotations

import fnmatch
import functools
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from conformance.data import fixtures_dir

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class DeviationEntry:
    """One registered deviation.

    ``check`` is a glob over check ids; ``releases`` a version range; ``profile``, ``keras`` and
    ``onednn`` narrow it to subjects with that fingerprint; ``kinds`` lists the kinds of failure
    it explains. One that occurs ``sometimes`` is a race: not seeing it proves nothing.
    """

    check: str
    releases: SpecifierSet
    kinds: tuple[str, ...]
    reason: str
    link: str
    only: Mapping[str, Any]
    sometimes: bool

    def holds_for(self, check_id: str, fingerprint: Mapping[str, Any]) -> bool:
        """Tell whether this entry speaks of this check on this subject."""
        seen = {
            "profile": fingerprint["profile"],
            "keras": fingerprint["keras"]["flavour"],
            "onednn": fingerprint["onednn"],
        }
        return (
            fnmatch.fnmatchcase(check_id, self.check)
            and self.releases.contains(Version(fingerprint["tensorflow"]), prereleases=True)
            and all(seen[name] == value for name, value in self.only.items())
        )

    def explains(self, kind: str) -> bool:
        """Tell whether a failure of this kind is the registered one."""
        return kind in self.kinds


@functools.cache
def registered() -> tuple[DeviationEntry, ...]:
    """Return every registered deviation."""
    path = fixtures_dir() / "deviations.toml"
    rows = tomllib.loads(path.read_text("utf-8")).get("deviation", [])
    return tuple(
        DeviationEntry(
            check=_escape_parameters(row["check"]),
            releases=SpecifierSet(row.get("releases", "")),
            kinds=tuple(row["kinds"]),
            reason=row["reason"],
            link=row["link"],
            sometimes=row.get("sometimes", False),
            only={name: row[name] for name in ("profile", "keras", "onednn") if name in row},
        )
        for row in rows
    )


def _escape_parameters(check: str) -> str:
    """A check's id has its parameters in brackets, which a glob would read as a set."""
    return check.replace("[", "[[]")


def find(check_id: str, fingerprint: Mapping[str, Any]) -> DeviationEntry | None:
    """Return the entry that speaks of this check on this subject, if there is one."""
    return next((one for one in registered() if one.holds_for(check_id, fingerprint)), None)
