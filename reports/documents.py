"""Reading reports and matrices, and checking documents against their schemas."""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import referencing

from reports.files import COMPRESSED, DIFF, MATRIX, REPORT, SENSITIVITY, SOUNDNESS

if TYPE_CHECKING:
    import os

__all__ = ["NotAReport", "load", "load_matrix", "load_soundness", "validate"]

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


def load_soundness(path: Path) -> dict[str, Any]:
    """Read the document of a soundness run, which an interrupted one goes on from.

    Raises
    ------
    NotAReport
        There is none at ``path``; the message is one line.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NotAReport(f"{path}: cannot be read as JSON") from error
    if not isinstance(document, dict) or document.get("schema") != SOUNDNESS:
        raise NotAReport(f"{path}: not a {SOUNDNESS}")
    return document


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


def _one_line(text: object, limit: int = 160) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
