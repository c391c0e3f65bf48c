"""Dates that name a day and no time of day: what happened on it is known when it is over."""

import numpy as np
import pandas as pd

from timesnet.errors import DataError
from timesnet.tables import RowNames, read_moments

_MONTH = r"\s*\d{4}[-/.]\d{1,2}\s*"
_MIDNIGHT = r"(?:^|[T ])0?0:00(?::00(?:[.,]0+)?)?(?![\d:])"
_INSTANT = pd.Timedelta(1, unit="ns")


def end_of_whole_days(
    column: pd.Series, moments: pd.DatetimeIndex, *, rows: RowNames, timezone: str
) -> tuple[pd.DatetimeIndex, str]:
    """The moments (n,) in UTC, those of cells that name a day alone moved to its last nanosecond; and that in words.

    A column of midnights throughout names days, whatever it is written as.

    Args:
        column: the cells that the moments were read from.
        timezone: of dates that say none.

    Raises DataError where a cell names a month alone.
    """
    days = _names_days(column, rows)
    if not days.any():
        return moments, ""
    named: object = getattr(column.dtype, "tz", None)
    # Days end by the clock: one of them lasts 25 hours, another 23.
    local = moments.tz_convert(str(named) if named is not None else timezone or "UTC")
    ends = (local + pd.DateOffset(days=1)).tz_convert("UTC") - _INSTANT
    some = "all" if days.all() else f"{int(days.sum()):,}"
    told = f"; {some} name a day and no time, taken as known when it is over"
    return pd.DatetimeIndex(moments.where(~days.to_numpy(), ends)), told


def _names_days(column: pd.Series, rows: RowNames) -> pd.Series:
    """Which cells name a day alone, bool (n,)."""
    moments = read_moments(column, name=str(column.name), rows=rows)
    every, none = (pd.Series(answer, index=column.index) for answer in (True, False))
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return every if bool((column == column.dt.normalize()).all()) else none
    if not moments.kind.startswith("text"):
        return every if moments.only_days else none
    cells = column.astype("string")
    months = cells.str.fullmatch(_MONTH)
    if months.any():
        first = int(np.flatnonzero(months.fillna(False).to_numpy(dtype=bool))[0])
        raise DataError(
            f"{rows.source}: column {column.name!r}, {rows.of(int(column.index[first]))}: {cells.iloc[first]!r} is a "
            "month; nobody knows when in it the row was known; write the day"
        )
    without = ~cells.str.contains(":", regex=False)
    midnights = without | cells.str.contains(_MIDNIGHT)
    return every if moments.only_days or midnights.all() else without
