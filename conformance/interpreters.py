"""Find a Python of a given version on this machine."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import uv

from conformance.errors import SubjectUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PythonNotFound", "find_python"]

_SECONDS_TO_ANSWER = 30.0
# The oldest CPython that uv has to offer.
_OLDEST_OF_UV = (3, 8)


class PythonNotFound(SubjectUnavailable):
    """No Python of the version asked for runs on this machine."""


@functools.cache
def find_python(version: str) -> Path:
    """Return an interpreter of Python `version`, such as ``"3.7"``.

    Asked in turn: the running interpreter, PATH, pyenv's versions, and uv. Each is believed only
    after it ran and told its version, because a pyenv shim for ``python3.7`` exists on PATH also
    when no such Python is selected, and fails.

    Raises
    ------
    PythonNotFound
        None of them is a working Python of that version. The message says how to get one.
    """
    for candidate in _candidates(version):
        if _answers(candidate, version):
            return candidate
    how = f"`pyenv install {version}`"
    if tuple(map(int, version.split("."))) >= _OLDEST_OF_UV:
        how = f"`uv python install {version}` or {how}"
    raise PythonNotFound(f"no working Python {version} on this machine; install one, with {how}")


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    on_path = shutil.which(f"python{version}")
    if on_path:
        yield Path(on_path)
    yield from _pyenv(version)
    yield from _uv(version)


def _pyenv(version: str) -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    patches = [
        (int(match[1]), folder)
        for folder in root.glob(f"versions/{version}.*")
        if (match := re.fullmatch(rf"{re.escape(version)}\.(\d+)", folder.name))
    ]
    for _, folder in sorted(patches, reverse=True):
        yield folder / "bin" / "python"


def _uv(version: str) -> Iterator[Path]:
    command = [uv.find_uv_bin(), "python", "find", "--system", "--no-python-downloads", version]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        yield Path(found.stdout.strip())


def _answers(python: Path, version: str) -> bool:
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [python, "-I", "-c", program],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS_TO_ANSWER,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.strip() == version
