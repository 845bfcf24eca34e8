"""What many runs do now: a live table on a terminal, a line for each end elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from conformance.matrix import Cell

__all__ = ["Display"]


class Display:
    """Shows the runs of cells on standard error.

    Parameters
    ----------
    cells
        All there are.
    kept
        How many of them had finished before.
    """

    def __init__(self, cells: Sequence[Cell], kept: int = 0) -> None:
        self._console = Console(stderr=True)
        self._total = len(cells)
        self._ended = kept
        self._doing: dict[Cell, str] = {}
        self._live = Live(console=self._console, get_renderable=self._table, transient=True)
        if kept:
            self._console.print(f"{kept} of {len(cells)} had finished before", highlight=False)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def tell(self, cell: Cell, what: str) -> None:
        """Show what a cell does now; called from any thread."""
        self._doing[cell] = what

    def done(self, cell: Cell, what: str) -> None:
        """Print how a cell ended."""
        self._doing.pop(cell, None)
        self._ended += 1
        line = f"[{self._ended}/{self._total}] {what}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, show_header=False)
        for cell, what in list(self._doing.items()):
            table.add_row(cell.subject, cell.profile, cell.key, what)
        table.caption = f"{self._ended} of {self._total} finished"
        return table
