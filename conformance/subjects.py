"""From what the user calls a TensorFlow to the command that starts its Python."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import shlex
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import environments
from conformance.errors import SubjectUnavailable, UsageError
from conformance.releases import DEFAULT_FLAVOUR, is_release_name, table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FORMS", "Launch", "is_subject", "profiles", "resolve"]

FORMS = (
    "`installed`, a release such as 2.15 or 2.21+tf_keras, "
    "the path of a Python interpreter, or `cmd:COMMAND`"
)

_COMMAND = "cmd:"


@dataclass(frozen=True)
class Launch:
    """How to start the Python of a subject.

    Attributes
    ----------
    name
        The subject as the user wrote it.
    argv
        Starts the Python; the worker appends its own arguments.
    env
        Environment variables that the worker must set before it imports TensorFlow.
    package
        The requirement that brought TensorFlow, ``"tensorflow-cpu==2.15.1"``, where it is known.
    flavour
        The Keras flavour that was asked for by name; None: the release's own.
    remote_shell
        Whether the appended arguments pass through a remote shell and must be quoted for it.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    package: str | None = None
    flavour: str | None = None
    remote_shell: bool = False


def resolve(subject: str, *, make: bool = True) -> Launch:
    """Return how to start a subject; make the environment of a release at first use.

    Parameters
    ----------
    subject
        `installed`, a release, the path of an interpreter, or ``cmd:COMMAND``.
    make
        If false, a release whose environment is not ready is unavailable.

    Raises
    ------
    UsageError
        There is no such release, flavour or file.
    SubjectUnavailable
        It cannot be started on this machine.
    """
    if subject == "installed":
        return Launch(subject, (sys.executable,), package=_installed_package())
    if subject.startswith(_COMMAND):
        return _command(subject)
    found = table().split(subject)
    if found is None:
        return _interpreter(subject)
    specification = table().specification(*found)
    environment = environments.ready(specification)
    if environment is None:
        if not make:
            raise SubjectUnavailable(
                f"the environment of TensorFlow {specification.name} is not made yet; "
                f"`tf-litmus run --tf {specification.name}` makes it"
            )
        environment = environments.make(specification)
    # Isolated (-I): a PYTHONPATH or a file in the current folder is meant for another Python.
    return Launch(
        subject,
        (str(environment.python), "-I"),
        env=specification.env,
        package=specification.package,
        flavour=found[1] if found[1] != DEFAULT_FLAVOUR else None,
    )


def is_subject(text: str) -> bool:
    """Return whether `text` is written like a subject that is no path."""
    return text == "installed" or text.startswith(_COMMAND) or is_release_name(text)


@functools.cache
def _installed_package() -> str | None:
    """Return the distribution beside tf-litmus that brings TensorFlow, without importing it."""
    for name in table().packages:
        try:
            return f"{name}=={importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def _command(subject: str) -> Launch:
    try:
        argv = tuple(shlex.split(subject.removeprefix(_COMMAND)))
    except ValueError as error:
        raise UsageError(
            f"{subject}: {error}; quote the command as a shell would want it"
        ) from None
    if not argv:
        raise UsageError("cmd: names no command; write for example `cmd:ssh gpu-box python3`")
    if shutil.which(argv[0]) is None:
        raise SubjectUnavailable(
            f"{subject}: there is no command {argv[0]!r}; install it, or give its full path"
        )
    return Launch(subject, argv, remote_shell=Path(argv[0]).stem == "ssh")


def _interpreter(subject: str) -> Launch:
    # Not resolved: the interpreter of a virtual environment is a link to the one it was made with.
    path = Path(os.path.abspath(os.path.expanduser(subject)))
    if path.is_dir():
        raise UsageError(f"{subject} is a folder; give the interpreter in it, such as bin/python")
    if not path.exists():
        raise UsageError(f"there is no subject {subject}; a SUBJECT is {FORMS}")
    if not os.access(path, os.X_OK):
        raise SubjectUnavailable(f"{subject} is not executable; give a Python interpreter")
    return Launch(subject, (str(path),))


def profiles(subject: str, profile: str) -> tuple[str, ...]:
    """Return the profiles to run a subject in, and find its mistakes without starting anything."""
    with suppress(SubjectUnavailable):
        resolve(subject, make=False)
    if is_release_name(subject):
        found = table().split(subject)
        if found and found[0].is_tensorflow_1:
            if profile == "v2":
                raise UsageError(
                    f"TensorFlow {found[0].name} has no v2 behaviour; use --profile legacy"
                )
            return ("legacy",)
    return ("legacy", "v2") if profile == "both" else (profile,)
