"""Writing report files: atomic, and strict JSON."""

from __future__ import annotations

import gzip
import json
import math
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMPRESSED = ".gz"
REPORT = "tf-litmus/report/1"
DIFF = "tf-litmus/diff/1"
MATRIX = "tf-litmus/matrix/1"
SENSITIVITY = "tf-litmus/sensitivity/1"
SOUNDNESS = "tf-litmus/soundness/2"


def write_compressed(path: str | os.PathLike[str], document: Mapping[str, Any]) -> None:
    """Write `document` as `write_json` does, compressed, to keep: `load` reads it as well.

    The same document gives the same bytes.

    Raises
    ------
    OSError
        As `write_text`.
    """
    write_bytes(path, gzip.compress(as_json(document).encode(), mtime=0))


def write_json(path: str | os.PathLike[str], document: Mapping[str, Any]) -> None:
    """Write `document` to `path` as strict JSON, atomically.

    JSON has no infinities and no NaN; such floats are written as the strings that arrays use for
    them: ``"inf"``, ``"-inf"``, ``"nan"``.

    Raises
    ------
    OSError
        As `write_text`.
    """
    write_text(path, as_json(document) + "\n")


def as_json(document: Mapping[str, Any], indent: int | None = 1) -> str:
    """Return `document` as the strict JSON of `write_json`; without an `indent`, in one line."""
    return json.dumps(_spell_nonfinite(document), indent=indent, allow_nan=False)


class GrowingReport:
    """A report on the disk that takes its checks one by one.

    The checks come first in the file and the rest of the report after them, so that one more check
    costs the writing of its own text and the rest. That is one write to the system: a process that
    is killed leaves the report as it was or as it is to be. Each check is a line, because Python's
    fast encoder does not indent.

    Parameters
    ----------
    path
        The file, which is written anew.
    rest
        The report without its checks.
    checks
        The first checks, at least one.

    Raises
    ------
    OSError
        As `write_bytes`.
    """

    def __init__(
        self, path: Path, rest: Mapping[str, Any], checks: Iterable[Mapping[str, Any]]
    ) -> None:
        self._path = path
        self._rest = self._closing(rest)
        head = _encoded('{"checks": [\n' + ",\n".join(as_json(one, None) for one in checks))
        self._checks_end = len(head)
        write_bytes(path, head + self._rest, durable=False)
        self._stream = path.open("r+b", buffering=0)

    def add(self, rest: Mapping[str, Any], check: Mapping[str, Any]) -> None:
        """Add a check.

        Raises
        ------
        OSError
            As `write_bytes`; the file holds what it held before.
        """
        following = self._closing(rest)
        text = _encoded(",\n" + as_json(check, None))
        try:
            self._put(text + following)
        except OSError as error:
            self._put(self._rest)
            raise OSError(error.errno, error.strerror, str(self._path)) from error
        self._checks_end += len(text)
        self._rest = following

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    @staticmethod
    def _closing(rest: Mapping[str, Any]) -> bytes:
        return _encoded("\n],\n" + as_json(rest, None).removeprefix("{") + "\n")

    def _put(self, data: bytes) -> None:
        """Make ``data`` what follows the checks that are there."""
        self._stream.seek(self._checks_end)
        left = memoryview(data)
        while left:
            left = left[self._stream.write(left) :]
        self._stream.truncate()


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` to `path` as UTF-8: whole or not at all, parent folders made as needed.

    Lone surrogates, which UTF-8 cannot carry, become backslash escapes.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written. Its ``filename`` is `path`.
    """
    write_bytes(path, _encoded(text))


def write_bytes(path: str | os.PathLike[str], data: bytes, *, durable: bool = True) -> None:
    """Write `data` to `path`: whole or not at all, parent folders made as needed.

    It goes to a temporary file in the same folder, is flushed to the disk if it must be `durable`,
    and then takes the name. A reader never sees half a file, and a failure leaves the old one as it
    was. What is not durable is left to the system, which keeps it when the process is killed, not
    when the machine is.

    Raises
    ------
    OSError
        As `write_text`.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as stream:
                stream.write(data)
                stream.flush()
                if durable:
                    os.fsync(stream.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _spell_nonfinite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spell_nonfinite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_spell_nonfinite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
