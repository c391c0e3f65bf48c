"""Candles in order: sorted, unique, on one grid, with their gaps known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError
from ..market import AUTO, NEVER_CLOSES, Market
from ..tables import RowNames, check_zone, release_memory
from .built_in import BUILT_IN, built_in_paths, joined, no_such_source
from .checks import describe_candle, impossible_candles, price_jumps
from .closures import Breaks, closures_found, find_breaks
from .columns import NUMBERS
from .doubtful import (
    RepeatedDates,
    refuse_calendar_steps,
    refuse_closing_times,
    refuse_many_repeats,
    refuse_many_strays,
)
from .grid import (
    Steps,
    count_steps,
    infer_interval,
    off_grid_rows,
    refuse_interleaved,
    refuse_second_interval,
    segment_numbers,
)
from .quality import DataQuality, Gap, RepeatedBlock
from .sources import read_source
from .table import CandleRows, ParsedTable, parse_table

_LISTED = 10
_VOLUME = NUMBERS.index("volume")


@dataclass(frozen=True, kw_only=True, eq=False)
class Candles:
    """Clean candles.

    Attributes:
        frame: n rows sorted by symbol, then date, RangeIndex; columns symbol (categories of text, sorted, "" where
            there is none), date (datetime64[ns, UTC], open time), open, high, low, close, volume (float64).
        interval: from one open time to the next.
        segment: int32 or int64 (n,), which gap-free run of one symbol a row belongs to, counted from 0; where the
            market was closed, the run goes on.
        has_symbol: whether the source names symbols.
        has_volume: whether the source has volumes; they are 0 where it has none.
        market: the hours by which a missing candle is a gap.
    """

    frame: pd.DataFrame
    interval: pd.Timedelta
    segment: np.ndarray
    has_symbol: bool
    has_volume: bool = True
    market: Market = NEVER_CLOSES

    def __len__(self) -> int:
        return len(self.frame)

    def rows(self, places: np.ndarray) -> pd.DataFrame:
        """The frame's rows at int (k,), for others: symbols as text."""
        return self.frame.iloc[places].astype({"symbol": "str"})


def read_candles(
    source: str | Path, *, timezone: str = "", calendar: str | Market = AUTO
) -> tuple[Candles, DataQuality]:
    """Candles of a built-in data set (`btc-15min`, `btc-1day`, `stocks-1day`), a file or a folder of files: CSV, JSON,
    Parquet, Feather or ORC, packed or not, with a header or in the order of a well-known export.

    Built-in data sets hold a few rows without prices, which are dropped and counted; in a file of one's own
    they are an error, because only its owner knows what they mean.

    Args:
        timezone: of dates that say none, a name as Asia/Tokyo; UTC by default.
        calendar: when the market is open, see clean_candles.

    Raises DataError or ConfigError, one line.
    """
    check_zone(timezone)
    if isinstance(source, str) and source in BUILT_IN:
        paths = built_in_paths(source)
        if len(paths) > 1:
            return clean_candles(joined(paths), source=source, drop_missing=True, calendar=calendar)
        return _read(paths[""], name=source, drop_missing=True, calendar=calendar)
    path = Path(source).expanduser()
    if not str(source) or not path.exists():
        raise no_such_source(str(source))
    return _read(path, name=str(source), timezone=timezone, calendar=calendar)


def clean_candles(
    frame: pd.DataFrame,
    *,
    source: str = "data",
    interval: pd.Timedelta | None = None,
    drop_missing: bool = False,
    timezone: str = "",
    calendar: str | Market = AUTO,
) -> tuple[Candles, DataQuality]:
    """Put a table of candles in order, saying what was done.

    Args:
        frame: one row a candle, under any usual spelling of date, open, high, low, close and, if there are any, volume
            and symbol; dates may also be the index. It is not changed.
        source: what to call the data in messages.
        interval: what the interval must be; inferred by default.
        drop_missing: drop rows with a missing or infinite number, counting them, instead of raising.
        timezone: of dates that say none, a name as Asia/Tokyo; UTC by default.
        calendar: when the market is open, so that a candle missing then is a gap: `auto` finds the hours of the week in
            the candles, `24/7` says that it never closes; a calendar's name as `XNYS`, or a market found before.

    Impossible candles are dropped. Of rows with one date (and symbol), the one with the larger volume is
    kept, of equal ones the later. Single rows between two places of the grid are dropped. Raises DataError
    naming column, row and value of what cannot be read, and for a table in which many rows repeat a date with other
    numbers or stand off the grid; ConfigError for an unknown calendar.
    """
    check_zone(timezone)
    names = RowNames(source=source)
    table = parse_table(frame, names=names, allow_missing=drop_missing, timezone=timezone)
    return _in_order(table, names, lambda: frame, calendar=calendar, interval=interval)


def _read(
    path: Path, *, name: str, calendar: str | Market, drop_missing: bool = False, timezone: str = ""
) -> tuple[Candles, DataQuality]:
    """Candles of a file; the table that they were read from is not held any longer than it takes to parse it."""
    read = read_source(path, name=name)
    names, separator, recognised = read.names, read.separator, read.recognised
    # Handed over, so that each column's memory is free once it is parsed.
    handed = [read.frame]
    del read
    table = parse_table(
        handed.pop(),
        names=names,
        points_are_decimal=separator in (None, ","),
        allow_missing=drop_missing,
        timezone=timezone,
    )
    release_memory()
    return _in_order(
        table, names, lambda: read_source(path, name=name).frame, calendar=calendar, recognised=recognised
    )


def _in_order(
    table: ParsedTable,
    names: RowNames,
    whole: Callable[[], pd.DataFrame],
    *,
    calendar: str | Market,
    interval: pd.Timedelta | None = None,
    recognised: str = "",
) -> tuple[Candles, DataQuality]:
    """Clean candles of parsed rows, see clean_candles; `whole` gives the table with all its columns once more."""
    source = names.source
    kinds = impossible_candles(table.rows.numbers)
    impossible = np.logical_or.reduce(list(kinds.values()))
    examples = tuple(
        describe_candle(table.rows, int(row), kinds, names=names) for row in np.flatnonzero(impossible)[:5]
    )
    if impossible.all():
        raise DataError(f"{source}: not one row is a possible candle; {examples[0]}")
    rows, repeats, differing = _without_repeats(table.rows.take(~impossible))
    expected = None if interval is None else int(interval.value)
    date_column = str(table.columns.roles["date"])
    of_dates = RepeatedDates(
        dates=repeats.dates,
        differing=differing,
        rows=len(rows) + len(repeats),
        naive=table.naive_dates,
        column=date_column,
    )
    if 2 * len(repeats) > of_dates.rows:
        refuse_many_repeats(of_dates, whole, others=table.columns.ignored, source=source)
    steps = Steps.between(rows.dates, rows.symbols)
    refuse_calendar_steps(steps.nanoseconds, source=source)
    counted = count_steps(steps)
    step = infer_interval(*counted, source=source, expected=expected)
    refuse_closing_times(rows.dates, step, column=date_column, source=source)
    breaks = find_breaks(rows.dates, steps, step, calendar=calendar, names=table.symbol_names)
    refuse_second_interval(steps, step, breaks.closed_rows, *counted, source=source)
    refuse_interleaved(repeats.dates, differing, repeats.symbols, step, source=source)
    refuse_many_repeats(of_dates, whole, others=table.columns.ignored, source=source)
    off_grid = off_grid_rows(rows.dates, steps, step)
    strays, rows = rows.take(off_grid), rows.take(~off_grid)
    refuse_many_strays(
        strays.dates,
        rows=len(rows) + len(strays),
        interval=step,
        date_column=date_column,
        others=table.columns.passed_over,
        source=source,
    )
    if len(strays):
        steps = Steps.between(rows.dates, rows.symbols)
        breaks = find_breaks(rows.dates, steps, step, calendar=breaks.market, names=table.symbol_names)
    candles = Candles(
        frame=_frame(rows, table.symbol_names),
        interval=pd.Timedelta(step, unit="ns"),
        segment=segment_numbers(steps, step, breaks.closed_rows),
        has_symbol="symbol" in table.columns.roles,
        has_volume="volume" in table.columns.roles,
        market=breaks.market,
    )
    quality = DataQuality(
        source=source,
        rows_read=table.rows_read,
        rows_kept=len(candles),
        blank_rows=table.blank_rows,
        rows_without_prices=table.rows_without_prices,
        recognised_as=recognised,
        columns_passed_over=table.columns.passed_over,
        first=candles.frame["date"].min(),
        last=candles.frame["date"].max(),
        interval=candles.interval,
        symbols=tuple(candles.frame["symbol"].unique()) if candles.has_symbol else (),
        columns={role: str(label) for role, label in table.columns.roles.items()},
        columns_ignored=table.columns.ignored,
        dates_read_as=table.dates_read_as,
        numbers_read_as=table.numbers_read_as,
        duplicates_dropped=len(repeats),
        duplicates_differing=int(differing.sum()),
        duplicates_kept="the row with the larger volume (of equal ones the later)",
        repeated_blocks=_repeated_blocks(repeats, differing, table.symbol_names, step),
        off_grid_dropped=len(strays),
        off_grid_dates=tuple(_timestamp(date) for date in np.sort(strays.dates)[:_LISTED]),
        grid_shifts=int((steps.nanoseconds % step != 0).sum()),
        segments=int(candles.segment[-1]) + 1,
        longest_segment=int(np.bincount(candles.segment).max()),
        zero_volumes=int((rows.numbers[:, _VOLUME] == 0).sum()),
        **_jumps(candles),
        impossible={kind: int(flags.sum()) for kind, flags in kinds.items()},
        impossible_dropped=int(impossible.sum()),
        impossible_examples=examples,
        **_gaps(candles.frame, breaks, step),
        **closures_found(candles.frame, breaks, step),
    )
    return candles, quality


def _without_repeats(rows: CandleRows) -> tuple[CandleRows, CandleRows, np.ndarray]:
    """Rows sorted with one a date and symbol, the rows left out, and which of those hold other numbers
    (bool)."""
    if not _ascending(rows):
        # Most files hold a date once: two keys order them, and only repeats ask for the others.
        rows = rows.take(np.lexsort((rows.dates, rows.symbols)))
        if not _ascending(rows):
            rows = rows.take(np.lexsort((rows.positions, rows.numbers[:, _VOLUME], rows.dates, rows.symbols)))
    same = (rows.dates[1:] == rows.dates[:-1]) & (rows.symbols[1:] == rows.symbols[:-1])
    repeated = np.append(same, False)
    if not same.any():
        return rows, rows.take(repeated), repeated[repeated]
    differs = np.append((rows.numbers[1:] != rows.numbers[:-1]).any(axis=1), False)
    return rows.take(~repeated), rows.take(repeated), differs[repeated]


def _ascending(rows: CandleRows) -> bool:
    """Whether rows stand by symbol, then date, with no date twice."""
    same = rows.symbols[1:] == rows.symbols[:-1]
    return bool(
        (rows.symbols[1:] >= rows.symbols[:-1]).all() and (rows.dates[1:][same] > rows.dates[:-1][same]).all()
    )


def _frame(rows: CandleRows, symbol_names: np.ndarray) -> pd.DataFrame:
    # Rows stand by symbol; a symbol that lost all its rows is left out.
    present = np.diff(np.searchsorted(rows.symbols, np.arange(len(symbol_names) + 1))) > 0
    codes = (np.cumsum(present) - 1).astype(rows.symbols.dtype)[rows.symbols]
    columns: dict[str, object] = {
        "symbol": pd.Categorical.from_codes(codes, pd.Index(symbol_names[present], dtype="str")),
        "date": pd.DatetimeIndex(rows.dates.view("datetime64[ns]")).tz_localize("UTC"),
    }
    columns |= {name: rows.numbers[:, number] for number, name in enumerate(NUMBERS)}
    return pd.DataFrame(columns, copy=False)


def _repeated_blocks(
    repeats: CandleRows, differing: np.ndarray, symbol_names: np.ndarray, step: int
) -> tuple[RepeatedBlock, ...]:
    """The largest stretches of neighbouring dates among the rows left out, largest first."""
    if len(repeats) == 0:
        return ()
    apart = (np.diff(repeats.dates) > step) | (np.diff(repeats.symbols) != 0)
    starts = np.flatnonzero(np.append(True, apart))
    stops = np.append(starts[1:], len(repeats))
    largest = np.argsort(starts - stops, kind="stable")[:_LISTED]
    return tuple(
        RepeatedBlock(
            symbol=str(symbol_names[repeats.symbols[start]]),
            first=_timestamp(repeats.dates[start]),
            last=_timestamp(repeats.dates[stop - 1]),
            rows=int(stop - start),
            differing=int(differing[start:stop].sum()),
        )
        for start, stop in zip(starts[largest], stops[largest], strict=True)
    )


def _gaps(frame: pd.DataFrame, breaks: Breaks, step: int) -> Mapping:
    """Number of gaps, candles missing in them, and the longest ones."""
    gaps = ~breaks.closed & (breaks.lengths > step)
    behind, missing = breaks.rows[gaps], breaks.missing[gaps]
    longest = np.argsort(-breaks.lengths[gaps], kind="stable")[:_LISTED]
    return {
        "gaps": len(behind),
        "missing_candles": int(missing.sum()),
        "longest_gaps": tuple(
            Gap(
                symbol=str(frame["symbol"].iloc[row]),
                before=frame["date"].iloc[row - 1],
                after=frame["date"].iloc[row],
                missing_candles=int(missing[number]),
            )
            for number, row in zip(longest, behind[longest], strict=True)
        ),
    }


def _jumps(candles: Candles) -> Mapping:
    """How often the price jumps between candles, and the first five times in words."""
    frame = candles.frame
    opening, closing = frame["open"].to_numpy(), frame["close"].to_numpy()
    rows = price_jumps(opening, closing, candles.segment)
    return {
        "jumps": len(rows),
        "jump_examples": tuple(
            (f"{frame['symbol'].iloc[row]} " if candles.has_symbol else "")
            + f"{frame['date'].iloc[row]:%Y-%m-%d %H:%M}: {closing[row - 1]:g}, then {opening[row]:g}"
            for row in rows[:5]
        ),
    }


def _timestamp(nanoseconds: int) -> pd.Timestamp:
    return pd.Timestamp(int(nanoseconds), unit="ns", tz="UTC")
