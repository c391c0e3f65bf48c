"""Reading dates in any usual spelling into UTC."""

import numpy as np
import pandas as pd

from ..errors import DataError
from .date_cells import read_moments
from .days import other_calendar
from .moments import NO_TIME, Moments
from .rows import RowNames
from .time_cells import read_times
from .zones import Twice, to_utc


def parse_dates(
    column: pd.Series,
    *,
    name: str,
    rows: RowNames,
    times: pd.Series | None = None,
    zone: str = "",
    twice: Twice = "told",
) -> tuple[np.ndarray, str]:
    """Open times as datetime64[ns] (n,) in UTC, and in words what was assumed about unit and time zone.

    Text may mix offsets; text without one means the time zone `zone`, UTC by default. Numbers are epoch seconds,
    milliseconds, microseconds or nanoseconds by their size, or compact dates such as 20211231. Whether the day or the
    month comes first is decided by all cells together. Nothing is filled in: a time of day alone is no date.

    Args:
        column: its index holds the rows of its table.
        times: the time of day, where `column` holds the day alone.
        zone: of dates without one, a name of the time zone database.
        twice: which of two is meant by a local time that clocks show twice; see `to_utc`.

    Raises DataError naming column, row and text of the first cell that is not a date.
    """
    moments = read_moments(column, name=name, rows=rows)
    if times is not None:
        moments = with_times(moments, times)
    dates = moments.nanoseconds
    said = moments.kind
    bare = moments.known & ~moments.pinned
    if bare.any():
        told = ""
        if zone:
            dates = dates.copy()
            what = f"{rows.source}: column {name!r}"
            dates[bare], told = to_utc(dates[bare], zone, what=what, twice=twice)
        some = (
            f"; {int(bare.sum()):,} without, taken" if moments.pinned.any() else " without time zone, taken"
        )
        said = f"{said}{some} as {zone or 'UTC'}{told}"
    return _checked(dates, column, times, name=name, rows=rows), said + moments.order


def with_times(moments: Moments, times: pd.Series) -> Moments:
    """Days with their times of day added; unknown where either is."""
    found = read_times(times)
    if found is None:
        return Moments(np.full(len(times), NO_TIME), moments.pinned, moments.kind, moments.order)
    known = moments.known & (found != NO_TIME)
    together = np.where(known, np.where(known, moments.nanoseconds, 0) + np.where(known, found, 0), NO_TIME)
    return Moments(together, moments.pinned, "day and time of day", moments.order)


def _checked(
    nanoseconds: np.ndarray, column: pd.Series, times: pd.Series | None, *, name: str, rows: RowNames
) -> np.ndarray:
    """datetime64[ns] (n,), or DataError naming the first cell that holds no date between 1900 and 2200."""
    wrong = np.flatnonzero(nanoseconds == NO_TIME)
    if len(wrong) == len(nanoseconds):
        cells = [str(cell)[:40] for cell in column.iloc[:3]]
        samples = ", ".join(map(repr, cells))
        calendar = other_calendar(cells)
        hint = (
            calendar
            or "write them as 2021-12-31 23:45, with or without offset, or as epoch seconds or milliseconds"
        )
        raise DataError(f"{rows.source}: column {name!r} holds no dates ({samples}); {hint}")
    if len(wrong):
        others = f" (and {len(wrong) - 1:,} more)" if len(wrong) > 1 else ""
        cell = column.iloc[wrong[0]]
        if times is not None and not pd.isna(cell):
            cell = f"{cell} {times.iloc[wrong[0]]}"
        missing = pd.isna(cell)
        what = "the date is missing" if missing else f"{str(cell)[:40]!r} is not a date"
        raise DataError(
            f"{rows.source}: column {name!r}, {rows.of(int(column.index[wrong[0]]))}: {what}{others}; "
            "correct or remove it"
        )
    return nanoseconds.view("datetime64[ns]")
