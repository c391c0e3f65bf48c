"""Naming one row of a table so that its owner can find it."""

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class RowNames:
    """How rows of a source are called in messages.

    Attributes:
        source: file or data set.
        first_line: line of the file that holds row 0, or None where rows have no lines (a DataFrame,
            Parquet).
        parts: of a folder, each file's first row, its name and its `first_line`, in order.
    """

    source: str
    first_line: int | None = None
    parts: tuple[tuple[int, str, int | None], ...] = field(default=())

    def of(self, row: int) -> str:
        """`line 17` of a text file, `row 15` (from 0) of anything else, with the file where there are several."""
        if not self.parts:
            return f"row {row}" if self.first_line is None else f"line {row + self.first_line}"
        first, name, line = self.parts[bisect_right([start for start, _, _ in self.parts], row) - 1]
        return f"{name}, " + (f"row {row - first}" if line is None else f"line {row - first + line}")
