"""Where the data folder `fixtures` is, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

__all__ = ["fixtures_dir"]

_PACKAGE = Path(__file__).resolve().parent


def fixtures_dir() -> Path:
    """Return the folder that holds the releases table and all other data.

    A wheel carries it inside the package, as ``conformance/_fixtures``; in a checkout it is the
    top-level ``fixtures`` beside the package.
    """
    installed = _PACKAGE / "_fixtures"
    return installed if installed.is_dir() else _PACKAGE.parent / "fixtures"
