"""How a check says which API, and which row of the published behaviour, it is a promise of."""

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


def published(*rows: int) -> pytest.MarkDecorator:
    """Mark a check, or a `pytest.param` of it, with the rows of `fixtures/published.toml` it is.

    ``-k published`` picks all that have one, ``-k published_row_09`` those of a row.
    """
    return pytest.mark.published(*rows)


def published_keyword(row: int) -> str:
    """Return the name by which ``-k`` picks the checks of a published row."""
    return f"published_row_{row:02}"
