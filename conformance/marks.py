"""How a check says which API it is a promise of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

Check = TypeVar("Check", bound=Callable[..., None])


def api(*names: str) -> Callable[[Check], Check]:
    """Mark a check with the public TensorFlow name it is a promise of.

    Further names are other ways to pick it with ``-k``.
    """
    mark: Callable[[Check], Check] = pytest.mark.api(*names)
    return mark
