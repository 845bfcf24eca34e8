"""What a check expects of each value, told to a listener before it is judged."""

from __future__ import annotations

import functools
from collections.abc import Callable

from conformance import judge
from conformance.judge import Expected
from conformance.subject import Observed

__all__ = ["Listener", "listen"]

Listener = Callable[[Observed, Expected], None]


def listen(listener: Listener) -> None:
    """Have ``listener`` told of every ``judge(observed, expected)`` in this process, before it.

    Call it before checks are imported: they keep the ``judge`` they import.
    """
    judge_it = judge.judge

    @functools.wraps(judge_it)
    def told(observed: Observed, expected: Expected) -> None:
        listener(observed, expected)
        judge_it(observed, expected)

    vars(judge)["judge"] = told
