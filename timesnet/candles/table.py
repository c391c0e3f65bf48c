"""A table of candles turned into plain arrays, or refused by row, column and value."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import DataError
from ..large_arrays import large_array
from ..tables import RowNames, decimal_signs, group_no_thousands, parse_dates, parse_numbers, require_finite
from .columns import NUMBERS, PRICES, CandleColumns, find_columns, looks_like_header


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
        rows_without_prices: rows with a date and nothing else: nothing was traded then.
        dates_read_as, numbers_read_as: in words.
        naive_dates: whether no date says where UTC is and nobody said it either.
    """

    rows: CandleRows
    symbol_names: np.ndarray
    columns: CandleColumns
    rows_read: int
    blank_rows: int
    rows_without_prices: int
    dates_read_as: str
    numbers_read_as: str
    naive_dates: bool


def parse_table(
    frame: pd.DataFrame,
    *,
    names: RowNames,
    points_are_decimal: bool = True,
    allow_missing: bool = False,
    timezone: str = "",
) -> ParsedTable:
    """Read dates, numbers and symbols of a table under any usual spelling.

    With `allow_missing`, missing and infinite numbers come back as NaN or infinity instead of raising. A column that
    nobody else holds gives its memory back once it is read. A table without volumes has volumes of 0.

    Args:
        points_are_decimal: whether `1.234` is a fraction where no cell tells but that of a whole number such as 1234,
            which shows that thousands are not grouped.
        timezone: of dates that say none; UTC by default.

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
    dates, dates_read_as = _dates(frame, columns, names, timezone)
    del frame[columns.roles["date"]]
    numbers, spellings = _numbers(frame, columns, names, points_are_decimal)
    index = frame.index
    symbols, symbol_names = _symbols(frame, columns, names)
    rows = CandleRows(symbols, dates.view(np.int64), numbers, _positions(index))
    untraded = np.zeros(len(rows), dtype=bool)
    if not allow_missing:
        untraded = np.isnan(numbers[:, : len(PRICES)]).all(axis=1)
        untraded &= ~(numbers[:, len(PRICES)] > 0)
        if untraded.all():
            raise DataError(f"{names.source}: no row holds a price")
        rows = rows.take(~untraded)
        for number, role in enumerate(NUMBERS):
            if role in columns.roles:
                label = columns.roles[role]
                require_finite(
                    rows.numbers[:, number],
                    index if len(rows) == len(index) else index[~untraded],
                    name=str(label),
                    rows=names,
                )
    return ParsedTable(
        rows=rows,
        symbol_names=symbol_names,
        columns=columns,
        rows_read=rows_read,
        blank_rows=rows_read - len(index),
        rows_without_prices=int(untraded.sum()),
        dates_read_as=dates_read_as,
        numbers_read_as=", ".join(spellings),
        naive_dates=not timezone and "taken as UTC" in dates_read_as,
    )


def _numbers(
    frame: pd.DataFrame, columns: CandleColumns, names: RowNames, points_are_decimal: bool
) -> tuple[np.ndarray, list[str]]:
    """Prices and volumes float64 (n, 5), whose columns leave the frame, and how they were spelt."""
    labels = [columns.roles.get(role) for role in NUMBERS]
    there = [frame[label] for label in labels if label is not None]
    signs = decimal_signs(there)
    points_are_decimal = points_are_decimal and group_no_thousands(there)
    del there
    numbers = _number_columns(len(frame))
    spellings: list[str] = []
    for number, label in enumerate(labels):
        if label is None:
            numbers[:, number] = 0.0
            continue
        numbers[:, number], spelling = parse_numbers(
            frame[label],
            name=str(label),
            rows=names,
            decimal="".join(signs) if len(signs) == 1 else "",
            points_are_decimal=points_are_decimal,
        )
        if spelling is not None and spelling not in spellings:
            spellings.append(spelling)
        del frame[label]
    return numbers, spellings


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


def _dates(
    table: pd.DataFrame, columns: CandleColumns, names: RowNames, timezone: str
) -> tuple[np.ndarray, str]:
    label = columns.roles["date"]
    times = None if columns.time_of_day is None else table[columns.time_of_day]
    dates, said = parse_dates(table[label], name=str(label), rows=names, times=times, zone=timezone)
    return (
        dates,
        said if times is None else f"{said}, of columns {str(label)!r} and {str(columns.time_of_day)!r}",
    )


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
