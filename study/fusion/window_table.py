"""One row a window of another table: what it said since the candle before."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from study.errors import StudyError
from study.fusion.closing_times import closing_times
from study.fusion.dated_table import DatedTable, read_dated_table
from study.fusion.row_numbers import numbers_of
from study.fusion.symbols import SYMBOL, as_text, listed, require_known, require_one, unknown_symbols
from timesnet import Candles

COUNT = "count"


@dataclass(frozen=True, kw_only=True)
class WindowTable:
    """Rows of another table, each with the window that it is said to.

    Attributes:
        name: of the file.
        numbers: names of the numbers of a row.
        values: float32 (rows, d), NaN where a cell is empty.
        row, window: int64 (m,) each, ascending by window: a row and the place of a window that it is said to.
        about: lines on how it was read.
        leak: which of the numbers know the future, in a line; empty where none is found.
    """

    name: str
    numbers: tuple[str, ...]
    values: np.ndarray
    row: np.ndarray
    window: np.ndarray
    about: tuple[str, ...] = ()
    leak: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the numbers of a window: the count, then means."""
        return (COUNT, *(f"mean_{name}" for name in self.numbers))

    def vectors(self, windows: np.ndarray) -> np.ndarray:
        """float32 (n, 1 + d) of the windows (n,): how many rows each has, and the mean of each of their numbers.

        Zeros where there is none. A window's numbers depend on its own rows alone.
        """
        begin, end = (np.searchsorted(self.window, windows, side=side) for side in ("left", "right"))
        counts = end - begin
        starts = np.concatenate([[0], np.cumsum(counts)])
        taken = self.row[np.repeat(begin - starts[:-1], counts) + np.arange(starts[-1])]
        chosen = csr_array((np.ones(len(taken)), taken, starts), shape=(len(windows), len(self.values)))
        filled = np.isfinite(self.values)
        sums = chosen @ np.where(filled, self.values, 0.0).astype(np.float64)
        present = chosen @ filled.astype(np.float64)
        means = sums / np.maximum(present, 1.0)
        return np.concatenate([counts[:, None], means], axis=1).astype(np.float32)

    @property
    def digest(self) -> str:
        """SHA-256 of what is said to the windows, first 16 hex digits."""
        found = hashlib.sha256("\n".join(self.numbers).encode())
        for array in (self.values, self.row, self.window):
            found.update(np.ascontiguousarray(array).data)
        return found.hexdigest()[:16]

    def share(self, windows: np.ndarray) -> float:
        """The share of the windows (n,) that at least one row reaches."""
        return float(np.isin(windows, self.window).mean())


def read_window_table(
    path: str, on: str, candles: Candles, ends: np.ndarray, *, timezone: str = ""
) -> WindowTable:
    """The table in a file, its rows said to the windows that end in the candles `ends` (n,).

    A row belongs to the first window that is known after it: a window is known when its last candle closes (see
    `closing_times`), and a row has to be there strictly before. So a window gets what came in between the
    close of the candle before its last and that of its last. Dates are read late: a day without a time of day counts as
    known when it is over.

    Rows name a symbol where candles of several symbols are to be told apart; without such a column every row is said to
    all symbols.

    Raises StudyError, one line, where the table can't be read or none of its rows reaches a window.
    """
    table = read_dated_table(path, on, parameter="beside", timezone=timezone, late=True)
    names, values, left = numbers_of(table)
    candle, row = _candles_of(table, candles)
    place = np.full(len(candles.frame), -1, dtype=np.int64)
    place[ends] = np.arange(len(ends))
    window = place[candle]
    order = np.argsort(window, kind="stable")[np.count_nonzero(window < 0) :]
    window, row = window[order], row[order]
    reached = len(np.unique(row))
    if not reached:
        dates, known = table.frame[on], pd.DatetimeIndex(candles.frame["date"])[ends]
        raise StudyError(
            f"beside={path!r}: none of its {len(dates):,} rows, {dates.min():%Y-%m-%d %H:%M} to "
            f"{dates.max():%Y-%m-%d %H:%M} UTC, reaches a window; windows end {known.min():%Y-%m-%d %H:%M} to "
            f"{known.max():%Y-%m-%d %H:%M}; give a table of that time"
        )
    return WindowTable(
        name=Path(path).name,
        numbers=names,
        values=values,
        row=row,
        window=window,
        about=_about(table, candles, names, left, reached),
    )


def _candles_of(table: DatedTable, candles: Candles) -> tuple[np.ndarray, np.ndarray]:
    """The candle that each row is said to and the row, int64 (m,) each: a row without a symbol is said to many."""
    moments = pd.DatetimeIndex(table.frame[table.on]).as_unit("ns").asi8
    codes = candles.frame["symbol"].cat.codes.to_numpy()
    opens = pd.DatetimeIndex(candles.frame["date"]).as_unit("ns").asi8
    known = closing_times(opens, int(candles.interval.value), symbols=codes)
    names = candles.frame["symbol"].cat.categories.astype("str")
    rows_of = _rows_by_symbol(table, candles)
    numbers, starts = np.unique(codes, return_index=True)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for number, start, its in zip(numbers, starts, np.split(known, starts[1:]), strict=True):
        rows = np.arange(len(moments)) if rows_of is None else rows_of.get(names[number], np.empty(0, int))
        # The first candle that closes after the row; at the very moment of its close a row comes too late.
        first = np.searchsorted(its, moments[rows], side="right")
        inside = first < len(its)
        found.append((start + first[inside], rows[inside]))
    candle, row = (np.concatenate(column) for column in zip(*found, strict=True))
    return candle, row


def _rows_by_symbol(table: DatedTable, candles: Candles) -> dict[str, np.ndarray] | None:
    """Rows of the table by their symbol, None where each is said to all candles.

    Raises StudyError where the table tells symbols apart that candles don't, or spells theirs otherwise.
    """
    if SYMBOL not in table.frame.columns:
        return None
    given = table.frame[SYMBOL]
    if not candles.has_symbol:
        require_one(table.frame, what=table.rows.source)
        return None
    require_known(given, list(candles.frame[SYMBOL].cat.categories.astype("str")), what=table.rows.source)
    text = pd.Series(as_text(given))
    return {str(symbol): np.asarray(rows) for symbol, rows in text.groupby(text).indices.items()}


def _about(
    table: DatedTable, candles: Candles, names: Sequence[str], left: Sequence[str], reached: int
) -> tuple[str, ...]:
    lost = ""
    if candles.has_symbol and SYMBOL in table.frame.columns:
        known = list(candles.frame[SYMBOL].cat.categories.astype("str"))
        if unknown := unknown_symbols(table.frame[SYMBOL], known):
            lost = f"; the candles have no symbol {listed(unknown)}"
    count = f"{len(names)} number{'s' if len(names) > 1 else ''} a row"
    used = f"{count} ({listed(names)})" if names else "no numbers, so that rows are counted"
    unused = f"; columns without numbers: {listed(left)}" if left else ""
    return (
        f"{table.rows.source}: {len(table.frame):,} rows, {reached:,} of them reach a window{lost}; {used}{unused}",
        f"{table.rows.source}: dates in {table.on!r}: {table.read_as}",
    )
