"""The releases table: which TensorFlow releases there are and what each needs to be installed.

The table itself is data, ``fixtures/releases.toml``; its fields are explained there.
"""

from __future__ import annotations

import functools
import platform
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.data import fixtures_dir
from conformance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "DEFAULT_FLAVOUR",
    "Package",
    "Release",
    "Releases",
    "Specification",
    "is_release_name",
    "table",
]

DEFAULT_FLAVOUR = "keras"

_NAME = re.compile(r"(?:tf)?(?P<release>\d+\.\d+(?:\.\d+)?|nightly)(?:\+(?P<flavour>[\w.-]+))?")


@dataclass(frozen=True)
class Package:
    """One distribution of TensorFlow.

    Attributes
    ----------
    platforms
        Where its wheels exist, as ``"Linux x86_64"``; empty: everywhere.
    elsewhere
        The distribution that takes its place on other platforms.
    """

    name: str
    platforms: tuple[str, ...] = ()
    elsewhere: str | None = None


@dataclass(frozen=True)
class Release:
    """One row of the table; `version` is None where the name always means the newest."""

    name: str
    version: str | None
    python: str
    package: str
    gigabytes: float
    pins: tuple[str, ...] = ()
    flavours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_tensorflow_1(self) -> bool:
        """Whether this is a TensorFlow 1.x, which has no v2 behaviour to turn on."""
        return self.name.startswith("1.")


@dataclass(frozen=True)
class Specification:
    """Everything that determines an environment.

    Attributes
    ----------
    name
        Release and, unless it is the default one, Keras flavour: ``"2.21+tf_keras"``.
    python
        The Python to make it with, ``"3.11"``.
    package
        The requirement that brings TensorFlow, ``"tensorflow-cpu==2.21.0"``.
    requirements
        All requirements, `package` among them.
    overrides
        Requirements that replace what the distributions themselves ask for.
    env
        Environment variables to set before TensorFlow is imported.
    gigabytes
        Free disk, in 10^9 bytes, to ask for before it is made.
    """

    name: str
    python: str
    package: str
    requirements: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    gigabytes: float = 0.0


@dataclass(frozen=True)
class Releases:
    """The whole table, in the order of the file."""

    releases: Mapping[str, Release]
    packages: Mapping[str, Package]
    flavour_env: Mapping[str, Mapping[str, str]]

    @classmethod
    def read(cls, path: Path) -> Releases:
        """Read a table from a TOML file."""
        with path.open("rb") as stream:
            document = tomllib.load(stream)
        return cls(
            releases={n: _release(n, row) for n, row in document["release"].items()},
            packages={n: _package(n, row) for n, row in document["package"].items()},
            flavour_env={n: row["env"] for n, row in document.get("flavour", {}).items()},
        )

    def split(self, subject: str) -> tuple[Release, str] | None:
        """Split ``2.21+tf_keras`` into its release and its Keras flavour.

        ``2.15``, ``2.15.1`` and ``tf2.15`` (as the environments of tox are called) are the same.

        Returns
        -------
        tuple or None
            None if `subject` is not written like a release at all.

        Raises
        ------
        UsageError
            It is written like a release, and the table has no such release or flavour.
        """
        match = _NAME.fullmatch(subject)
        if match is None:
            return None
        release = self._release(match["release"])
        flavour = match["flavour"] or DEFAULT_FLAVOUR
        if flavour not in self.flavours(release):
            raise UsageError(
                f"TensorFlow {release.name} has no Keras flavour {flavour!r}; "
                f"it has {', '.join(self.flavours(release))}"
            )
        return release, flavour

    def flavours(self, release: Release) -> tuple[str, ...]:
        """Return the Keras flavours of a release, the default one first."""
        return tuple(dict.fromkeys((DEFAULT_FLAVOUR, *release.flavours)))

    def package(self, release: Release) -> Package:
        """Return the distribution to install on this platform."""
        package = self.packages[release.package]
        here = f"{platform.system()} {platform.machine()}"
        if package.platforms and here not in package.platforms and package.elsewhere:
            return self.packages[package.elsewhere]
        return package

    def specification(self, release: Release, flavour: str = DEFAULT_FLAVOUR) -> Specification:
        """Return what determines the environment of a release with a Keras flavour."""
        package = self.package(release)
        requirement = package.name + (f"=={release.version}" if release.version else "")
        return Specification(
            name=release.name if flavour == DEFAULT_FLAVOUR else f"{release.name}+{flavour}",
            python=release.python,
            package=requirement,
            requirements=(requirement, *release.pins, *release.flavours.get(flavour, ())),
            # tf_keras asks for the distribution called `tensorflow`. Where another one provides
            # TensorFlow, installing both would mix their files in one folder.
            overrides=() if package.name == "tensorflow" else ("tensorflow; python_version < '0'",),
            env=self.flavour_env.get(flavour, {}),
            gigabytes=release.gigabytes,
        )

    def _release(self, name: str) -> Release:
        if name in self.releases:
            return self.releases[name]
        minor = ".".join(name.split(".")[:2])
        if minor in self.releases:
            release = self.releases[minor]
            if release.version == name:
                return release
            raise UsageError(
                f"TensorFlow {name} is not in the releases table: {minor} means {release.version}; "
                "use that, or give the path of an interpreter that has the release you want"
            )
        raise UsageError(
            f"TensorFlow {name} is not in the releases table; the nearest is "
            f"{self._nearest(minor)}, known are {', '.join(self.releases)}"
        )

    def _nearest(self, minor: str) -> str:
        wanted = _numbers(minor)
        numbered = [name for name, release in self.releases.items() if release.version]
        return min(
            numbered,
            key=lambda n: [abs(a - b) for a, b in zip(_numbers(n), wanted, strict=True)],
        )


def is_release_name(text: str) -> bool:
    """Return whether `text` is written like a release, whether or not there is such a one."""
    return _NAME.fullmatch(text) is not None


@functools.cache
def table() -> Releases:
    """Return the table that tf-litmus ships."""
    return Releases.read(fixtures_dir() / "releases.toml")


def _numbers(minor: str) -> tuple[int, int]:
    major, _, rest = minor.partition(".")
    return int(major), int(rest)


def _release(name: str, row: Mapping[str, Any]) -> Release:
    return Release(
        name=name,
        version=row.get("version"),
        python=row["python"],
        package=row["package"],
        gigabytes=row["gigabytes"],
        pins=tuple(row.get("pins", ())),
        flavours={flavour: tuple(pins) for flavour, pins in row.get("flavours", {}).items()},
    )


def _package(name: str, row: Mapping[str, Any]) -> Package:
    return Package(
        name=name,
        platforms=tuple(row.get("platforms", ())),
        elsewhere=row.get("elsewhere"),
    )
