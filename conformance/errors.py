"""What can go wrong before any check has run, and the exit status each of them means."""

from __future__ import annotations

from typing import ClassVar

__all__ = ["LitmusError", "SubjectUnavailable", "UsageError"]


class LitmusError(Exception):
    """Base of the errors shown to the user as one line, without a traceback.

    The message names the thing and says what to do next.
    """

    exit_status: ClassVar[int] = 2


class UsageError(LitmusError):
    """What was asked for makes no sense: an unknown release, a file that is not there."""

    exit_status: ClassVar[int] = 2


class SubjectUnavailable(LitmusError):
    """The subject makes sense and cannot be started on this machine."""

    exit_status: ClassVar[int] = 3
