"""Reading and writing report files: validated on the way in, atomic on the way out."""

from __future__ import annotations

import gzip
import json
import math
import os
import secrets
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import referencing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMPRESSED = ".gz"
REPORT = "tf-litmus/report/1"
DIFF = "tf-litmus/diff/1"
MATRIX = "tf-litmus/matrix/1"
SENSITIVITY = "tf-litmus/sensitivity/1"
_SCHEMA_FILES = {
    REPORT: "report-1.schema.json",
    DIFF: "diff-1.schema.json",
    MATRIX: "matrix-1.schema.json",
    SENSITIVITY: "sensitivity-1.schema.json",
}


class NotAReport(ValueError):
    """A file or document is not what a report or diff must be; the message is one line."""


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read and validate the report at `path`, a file or a directory that holds ``report.json``.

    Raises
    ------
    NotAReport
        There is no report there, or what is there is not one. The message is one line that names
        the path, what is wrong and what to do.
    """
    return _load(Path(path), "report.json", REPORT, "tf-litmus run")


def load_matrix(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read and validate the matrix at `path`, a file or a directory that holds ``matrix.json``.

    Raises
    ------
    NotAReport
        As `load`.
    """
    return _load(Path(path), "matrix.json", MATRIX, "tf-litmus matrix")


def _load(path: Path, name: str, schema: str, command: str) -> dict[str, Any]:
    file = _named_in(path, name)
    try:
        data = file.read_bytes()
        document = json.loads(gzip.decompress(data) if file.suffix == COMPRESSED else data)
    except FileNotFoundError:
        raise NotAReport(_absent(path, name, command)) from None
    except OSError as error:
        raise NotAReport(
            f"{file}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    except (ValueError, RecursionError) as error:
        raise NotAReport(
            f"{file}: not JSON ({_one_line(error)}); run `{command}` again to write it anew"
        ) from error
    try:
        validate(document)
    except NotAReport as error:
        raise NotAReport(f"{file}: {error}; give a {name} that `{command}` wrote") from error
    if document["schema"] != schema:
        kind = "report" if schema == REPORT else "matrix"
        raise NotAReport(f"{file}: a {document['schema']}, not a {kind}; give a {name}")
    return dict(document)


def _named_in(path: Path, name: str) -> Path:
    """Return the file of a name in a folder, compressed if there is no other; or the file given."""
    if not path.is_dir():
        return path
    return next(
        (path / one for one in (name, name + COMPRESSED) if (path / one).exists()), path / name
    )


def write_compressed(path: str | os.PathLike[str], document: Mapping[str, Any]) -> None:
    """Write `document` as `write_json` does, compressed, to keep: `load` reads it as well.

    The same document gives the same bytes.

    Raises
    ------
    OSError
        As `write_text`.
    """
    write_bytes(path, gzip.compress(as_json(document).encode(), mtime=0))


def validate(document: Any) -> None:
    """Check `document` against the schema it names.

    Raises
    ------
    NotAReport
        It names no known schema, breaks the one it names, or has two checks of the same id. The
        message says where, in one line.
    """
    named = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(named, str) or named not in _SCHEMA_FILES:
        raise NotAReport(
            f"its schema is {_one_line(repr(named))}, not one of {list(_SCHEMA_FILES)}"
        )
    error = jsonschema.exceptions.best_match(_validator(named).iter_errors(document))
    if error is not None:
        raise NotAReport(f"not a valid {named}: {error.json_path}: {_one_line(error.message)}")
    seen = set()
    for check in document.get("checks", ()):
        if check["id"] in seen:
            raise NotAReport(f"not a valid {named}: two checks are called {check['id']!r}")
        seen.add(check["id"])


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


@cache
def _validator(schema: str) -> jsonschema.protocols.Validator:
    folder = resources.files("reports") / "schemas"
    schemas = {
        name: json.loads((folder / file).read_text(encoding="utf-8"))
        for name, file in _SCHEMA_FILES.items()
    }
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(
        (contents["$id"], referencing.Resource.from_contents(contents))
        for contents in schemas.values()
    )
    return jsonschema.Draft202012Validator(schemas[schema], registry=registry)


def _absent(path: Path, name: str, command: str) -> str:
    if not path.is_dir():
        return f"{path}: no such file; give a {name} or a directory that holds one"
    below = sorted(str(file.parent) for file in path.glob(f"*/{name}"))
    advice = f"did you mean {' or '.join(below)}?" if below else f"give the --out of a `{command}`"
    return f"{path}: holds no {name}; {advice}"


def _spell_nonfinite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spell_nonfinite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_spell_nonfinite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _one_line(text: object, limit: int = 160) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
