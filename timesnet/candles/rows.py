"""Naming one row of a table so that its owner can find it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RowNames:
    """How rows of a source are called in messages.

    Attributes:
        source: file or data set.
        first_line: line of the file that holds row 0, or None where rows have no lines (a DataFrame,
            Parquet).
    """

    source: str
    first_line: int | None = None

    def of(self, row: int) -> str:
        """`line 17` of a text file, `row 15` (from 0) of anything else."""
        return f"row {row}" if self.first_line is None else f"line {row + self.first_line}"
