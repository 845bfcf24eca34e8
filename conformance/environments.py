"""The environments that releases are installed into, made with uv at first use.

Everything lies under one cache folder, ``$TF_LITMUS_CACHE`` or the user's cache folder, and may be
deleted at any time::

    environments/2.15/lock               held while the environment is made or removed
    environments/2.15/environment.json   written last: names the folder that is complete
    environments/2.15/<random>/          the virtual environment
    uv/                                  uv's own cache; environments hold hard links into it

A virtual environment cannot be moved once made, so it is made in place, in a folder of a new name
for each attempt. Nothing is believed about such a folder until ``environment.json`` names it: an
attempt that was cut short, or that an orphaned uv still writes to, is never taken for finished.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
import uv
from filelock import FileLock, Timeout
from rich.console import Console

from conformance.errors import SubjectUnavailable
from conformance.interpreters import find_python

if TYPE_CHECKING:
    from conformance.releases import Specification

__all__ = ["Environment", "cache_dir", "make", "prune", "ready"]

_FORMAT = 1
_Tell = Callable[[str], None]


@dataclass(frozen=True)
class Environment:
    """A complete environment.

    Attributes
    ----------
    python
        Its interpreter.
    size
        Bytes on disk, shared ones included.
    packages
        What uv resolved, as ``name==version`` lines.
    """

    python: Path
    size: int
    packages: tuple[str, ...]


def cache_dir() -> Path:
    """Return the folder that all environments are kept under."""
    chosen = os.environ.get("TF_LITMUS_CACHE")
    return Path(chosen).absolute() if chosen else platformdirs.user_cache_path("tf-litmus")


def ready(specification: Specification) -> Environment | None:
    """Return the environment of a specification if it is complete, else None.

    One made for another specification (the table has changed since) or whose Python has gone is
    not complete.
    """
    home = _home(specification)
    try:
        marker = json.loads((home / "environment.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if marker.get("format") != _FORMAT or marker["specification"] != _wanted(specification):
        return None
    python = _python(home / marker["folder"])
    # Follows the link to the interpreter it was made with, which an upgrade may have removed.
    if not python.exists():
        return None
    return Environment(python, marker["size"], tuple(marker["packages"]))


def make(specification: Specification, console: Console | None = None) -> Environment:
    """Return the environment of a specification, making it if it is not there.

    Parameters
    ----------
    specification
        What to install.
    console
        Where progress is shown; standard error by default.

    Raises
    ------
    SubjectUnavailable
        There is no such Python, no room on the disk, the cache folder cannot be written, or uv
        failed.
    """
    found = ready(specification)
    if found:
        return found
    base_python = find_python(specification.python)
    home = _home(specification)
    with _progress(specification, console or Console(stderr=True)) as tell:
        try:
            home.mkdir(parents=True, exist_ok=True)
            with _locked(home, tell):
                # Another process may have made it while this one waited for the lock.
                return ready(specification) or _make(specification, home, base_python, tell)
        except OSError as error:
            raise SubjectUnavailable(
                f"cannot make the environment of TensorFlow {specification.name}: {error}; "
                "set TF_LITMUS_CACHE to a folder that can be written"
            ) from error


def prune() -> tuple[int, list[str]]:
    """Remove every environment, and uv's cache where it is ours.

    Returns
    -------
    freed : int
        Bytes freed.
    busy : list of str
        Names of the environments that another process is making; they stay.
    """
    before = _size(cache_dir())
    busy = []
    for home in sorted(cache_dir().glob("environments/*/")):
        try:
            with FileLock(home / "lock", timeout=0):
                _sweep(home)
        except Timeout:
            busy.append(home.name)
    if not busy and (cache_dir() / "uv").is_dir():
        # uv waits for processes that use its cache; removing the folder by hand would not.
        environment = {**_uv_environment(), "UV_CACHE_DIR": str(cache_dir() / "uv")}
        subprocess.run(
            [uv.find_uv_bin(), "cache", "clean"],
            env=environment,
            cwd=cache_dir(),
            capture_output=True,
            check=False,
        )
    return before - _size(cache_dir()), busy


def _make(specification: Specification, home: Path, base_python: Path, tell: _Tell) -> Environment:
    _sweep(home)
    _require_space(specification, home)
    folder = home / uuid.uuid4().hex[:8]
    python = _python(folder)
    _uv(["venv", "--python", str(base_python), str(folder)], specification, home, tell)
    install = ["pip", "install", "--python", str(python), *specification.requirements]
    if specification.overrides:
        overrides = folder / "overrides.txt"
        overrides.write_text("\n".join(specification.overrides), encoding="utf-8")
        install += ["--override", str(overrides)]
    _uv(install, specification, home, tell)
    packages = _uv(["--quiet", "pip", "freeze", "--python", str(python)], specification, home, tell)
    made = Environment(python, _size(folder), tuple(packages))
    marker = {
        "format": _FORMAT,
        "specification": _wanted(specification),
        "folder": folder.name,
        "size": made.size,
        "packages": made.packages,
    }
    _write_atomically(home / "environment.json", marker)
    return made


def _uv(arguments: list[str], specification: Specification, home: Path, tell: _Tell) -> list[str]:
    """Run uv in `home` (where no project's settings are found) and return its output lines."""
    lines = []
    with subprocess.Popen(
        [uv.find_uv_bin(), *arguments],
        env=_uv_environment(),
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines.append(line.rstrip())
                tell(lines[-1])
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        raise SubjectUnavailable(
            f"uv could not install TensorFlow {specification.name} "
            f"({' '.join(specification.requirements)}): {_cause(lines)}; "
            "see that the package index can be reached and the disk has room, then try again"
        )
    return lines


def _uv_environment() -> dict[str, str]:
    # Hard links from a cache elsewhere would keep the disk full after the environments are gone.
    environment = {"UV_CACHE_DIR": str(cache_dir() / "uv"), **os.environ, "NO_COLOR": "1"}
    # An activated environment is not the one to install into.
    environment.pop("VIRTUAL_ENV", None)
    return environment


def _cause(lines: list[str]) -> str:
    """Return in one line what uv says went wrong.

    uv prints warnings, then ``error:`` or ``×`` with the chain of causes as a tree over several
    lines, then hints.
    """
    starts = [i for i, line in enumerate(lines) if re.match(r"\s*(error:|×)", line)]
    told = []
    for line in lines[starts[-1] if starts else -1 :]:
        text = re.sub(r"^[\s│├└╰─▶×]+", "", line)
        if text.startswith("hint:"):
            break
        told.append(text)
    cause = " ".join(" ".join(told).removeprefix("error:").split())
    return cause if len(cause) <= 400 else cause[:399] + "…"


def _require_space(specification: Specification, home: Path) -> None:
    free = _free_bytes(home) / 1e9
    if free < specification.gigabytes:
        raise SubjectUnavailable(
            f"TensorFlow {specification.name} needs about {specification.gigabytes:.1f} GB and "
            f"{home} has {free:.1f} GB free; make room (`tf-litmus subjects --prune` removes all "
            "environments) or set TF_LITMUS_CACHE to a folder on another disk"
        )


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@contextmanager
def _progress(specification: Specification, console: Console) -> Iterator[_Tell]:
    """Show that an environment is being made: live on a terminal, in a log as one line."""
    title = f"installing TensorFlow {specification.name} for Python {specification.python}"
    if not console.is_terminal:
        console.print(f"{title} into {_home(specification)}", soft_wrap=True, highlight=False)
        yield lambda _line: None
        return
    with console.status(title) as status:
        yield lambda line: status.update(f"{title}  [dim]{_escaped(line)}[/]")


def _escaped(line: str) -> str:
    return line.strip().replace("[", r"\[")


@contextmanager
def _locked(home: Path, tell: _Tell) -> Iterator[None]:
    lock = FileLock(home / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        tell("waiting for another process that is making it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _sweep(home: Path) -> None:
    """Remove an environment and what is left of unfinished ones. The caller holds the lock."""
    (home / "environment.json").unlink(missing_ok=True)
    for folder in home.glob("*/"):
        # An orphaned uv may still be writing there; what it leaves is removed the next time.
        shutil.rmtree(folder, ignore_errors=True)


def _home(specification: Specification) -> Path:
    return cache_dir() / "environments" / specification.name


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _wanted(specification: Specification) -> dict[str, Any]:
    """Return the part of a specification that decides what is installed, as JSON gives it back."""
    decisive: dict[str, Any] = json.loads(json.dumps(asdict(specification)))
    del decisive["env"], decisive["gigabytes"]
    return decisive


def _write_atomically(path: Path, document: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as stream:
        json.dump(document, stream, indent=2)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)


def _size(folder: Path) -> int:
    """Return the bytes under a folder, each hard-linked file counted once."""
    files = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                status = os.lstat(os.path.join(parent, name))
            except FileNotFoundError:
                continue
            files[status.st_dev, status.st_ino] = status.st_size
    return sum(files.values())
