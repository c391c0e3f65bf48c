"""A table of candles turned into plain arrays, or refused by row, column and value."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import DataError
from ..large_arrays import large_array
from .columns import NUMBERS, CandleColumns, find_columns, looks_like_header
from .dates import parse_dates
from .numbers import parse_numbers, require_finite
from .rows import RowNames


@dataclass(frozen=True)
class CandleRows:
    """Candles as arrays in step.

    Attributes:
        symbols: int (n,) of the smallest type that holds them, place of the symbol in the sorted names.
        dates: int64 (n,), open time in nanoseconds since 1970, UTC.
        numbers: float64 (n, 5): open, high, low, close, volume, each of which lies in one piece.
        positions: int32 or int64 (n,), row of the table it came from.
    """

    symbols: np.ndarray
    dates: np.ndarray
    numbers: np.ndarray
    positions: np.ndarray

    def __len__(self) -> int:
        return len(self.dates)

    def take(self, index: np.ndarray) -> "CandleRows":
        """Rows by index or mask; a mask that leaves nothing out copies nothing."""
        if index.dtype == bool and index.all():
            return self
        count = int(index.sum()) if index.dtype == bool else len(index)
        numbers = _number_columns(count)
        for column, values in zip(numbers.T, self.numbers.T, strict=True):
            column[:] = values[index]
        return CandleRows(self.symbols[index], self.dates[index], numbers, self.positions[index])


@dataclass(frozen=True, kw_only=True)
class ParsedTable:
    """Rows as they were read, with what was assumed in reading them.

    Attributes:
        rows: all rows that hold anything, in the order of the table.
        symbol_names: text (n_symbols,), sorted; one empty name where the table has no such column.
        columns: which column plays which part.
        rows_read, blank_rows: rows of the table, and how many of them hold nothing.
        dates_read_as, numbers_read_as: in words.
    """

    rows: CandleRows
    symbol_names: np.ndarray
    columns: CandleColumns
    rows_read: int
    blank_rows: int
    dates_read_as: str
    numbers_read_as: str


def parse_table(
    frame: pd.DataFrame, *, names: RowNames, decimal_comma: bool = False, allow_missing: bool = False
) -> ParsedTable:
    """Read dates, numbers and symbols of a table under any usual spelling.

    With `allow_missing`, missing and infinite numbers come back as NaN or infinity instead of raising. A column that
    nobody else holds gives its memory back once it is read.
    Raises DataError naming column, row and text of the first cell that cannot be read.
    """
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{names.source}: candles must be a DataFrame, not {type(frame).__name__}")
    frame = _dates_as_column(_symbols_as_column(frame))
    columns = find_columns(frame, source=names.source)
    rows_read = len(frame)
    frame = frame.drop(columns=[label for label in frame.columns if label not in columns.used])
    filled = np.zeros(rows_read, dtype=bool)
    for label in columns.roles.values():
        filled |= frame[label].notna().to_numpy()
    if not filled.any():
        raise DataError(f"{names.source}: holds no rows" + (" with anything in them" if rows_read else ""))
    if not filled.all():
        frame = frame[filled]
    dates, dates_read_as = _dates(frame, columns, names)
    del frame[columns.roles["date"]]
    numbers = _number_columns(len(frame))
    spellings = []
    for number, role in enumerate(NUMBERS):
        label = columns.roles[role]
        numbers[:, number], spelling = parse_numbers(
            frame[label], name=str(label), rows=names, decimal_comma=decimal_comma
        )
        if spelling is not None and spelling not in spellings:
            spellings.append(spelling)
        if not allow_missing:
            require_finite(numbers[:, number], frame.index, name=str(label), rows=names)
        del frame[label]
    symbols, symbol_names = _symbols(frame, columns, names)
    return ParsedTable(
        rows=CandleRows(symbols, dates.view(np.int64), numbers, _positions(frame.index)),
        symbol_names=symbol_names,
        columns=columns,
        rows_read=rows_read,
        blank_rows=rows_read - len(frame),
        dates_read_as=dates_read_as,
        numbers_read_as=", ".join(spellings),
    )


def _symbols_as_column(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its symbols below each other, where they stand beside each other in a second header."""
    if frame.columns.nlevels != 2:
        return frame
    levels = [[str(label) for label in frame.columns.get_level_values(level).unique()] for level in (0, 1)]
    below = 0 if looks_like_header(levels[1]) and not looks_like_header(levels[0]) else 1
    stacked = pd.DataFrame(frame.stack(below, future_stack=True)).dropna(how="all")
    stacked.index = stacked.index.set_names("symbol", level=-1)
    return stacked.rename_axis(columns=None)


def _dates_as_column(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an index of dates or names turned into columns, and rows counted from 0."""
    names = frame.index.names
    if all(name is not None and name not in frame.columns for name in names):
        return frame.reset_index()
    if (
        isinstance(frame.index, pd.DatetimeIndex)
        and frame.index.name is None
        and "index" not in frame.columns
    ):
        return frame.rename_axis("index").reset_index()
    return frame.reset_index(drop=True)


def _dates(table: pd.DataFrame, columns: CandleColumns, names: RowNames) -> tuple[np.ndarray, str]:
    label = columns.roles["date"]
    column = table[label]
    if columns.time_of_day is not None:
        column = column.astype("string") + " " + table[columns.time_of_day].astype("string")
    return parse_dates(column, name=str(label), rows=names)


def _symbols(table: pd.DataFrame, columns: CandleColumns, names: RowNames) -> tuple[np.ndarray, np.ndarray]:
    if "symbol" not in columns.roles:
        return np.zeros(len(table), dtype=np.int8), np.array([""], dtype=object)
    label = columns.roles["symbol"]
    column = table[label]
    spellings, spelt = pd.factorize(column.astype("string") if column.dtype == object else column)
    missing = np.flatnonzero(spellings < 0)
    if len(missing):
        row = names.of(int(table.index[missing[0]]))
        raise DataError(
            f"{names.source}: column {str(label)!r}, {row}: the symbol is missing in {len(missing):,} rows; "
            "fill it in"
        )
    # There are few spellings and many rows: text is worked on once a spelling.
    codes, found = pd.factorize(pd.Series(spelt).astype("string").str.strip(), sort=True)
    smallest = np.min_scalar_type(-len(found))
    return codes.astype(smallest)[spellings], np.array([str(name) for name in found], dtype=object)


def _number_columns(n: int) -> np.ndarray:
    """float64 (n, 5) to be filled in, column after column in memory."""
    return large_array((len(NUMBERS), n), np.float64).T


def _positions(index: pd.Index) -> np.ndarray:
    dtype = np.int32 if len(index) == 0 or index[-1] < 2**31 else np.int64
    if isinstance(index, pd.RangeIndex):  # whose to_numpy would make, and keep, all of them as int64
        return np.arange(index.start, index.stop, index.step, dtype=dtype)
    return index.to_numpy(dtype=dtype)
