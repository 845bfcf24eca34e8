"""Where a meaning changed between releases, as data (`fixtures/semantics.toml`)."""

from __future__ import annotations

import functools
import tomllib
from typing import TYPE_CHECKING, Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from conformance.data import fixtures_dir

if TYPE_CHECKING:
    from conformance.subject import Subject


@functools.cache
def _table() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((fixtures_dir() / "semantics.toml").read_text("utf-8"))


def semantics(subject: Subject, name: str) -> Any:
    """Return what ``name`` means on the subject's release.

    Raises
    ------
    KeyError
        The table has no such name, or no row for this release.
    """
    release = Version(subject.fingerprint["tensorflow"])
    for row in _table()[name]:
        if SpecifierSet(row["releases"]).contains(release, prereleases=True):
            return row["value"]
    raise KeyError(f"{name}: no meaning is given for TensorFlow {release}")
