"""Tables that can be read, but hardly as they were meant: refused, with what to name or to give."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import DataError
from ..tables import zones_that_repeat
from .durations import in_words

# Rows that repeat a date with other numbers, or stand off the grid: beyond this share it is no accident.
_SHARE = 0.02
_FEW = 5
_DAY, _MINUTE = 86_400_000_000_000, 60_000_000_000
# From the last moment of a candle to the next one's opening: a nanosecond, microsecond, millisecond or second.
_MOMENTS = (1, 1_000, 1_000_000, 1_000_000_000)
# Lengths of calendar months, quarters and years in days.
_CALENDAR = (("months", 28, 31), ("quarters", 90, 92), ("years", 365, 366))
# Columns that could tell repeated rows apart are looked at in so many of them, and have to do so for this share.
_ROWS, _APART = 50_000, 0.9


def refuse_calendar_steps(steps: np.ndarray, *, source: str) -> None:
    """Raise DataError for candles of months, quarters or years, whose lengths differ; `steps` are nanoseconds."""
    days = steps[steps > (_CALENDAR[0][1] - 1) * _DAY] / _DAY
    if len(days) < 2:
        return
    there = np.count_nonzero(steps > 0)
    for name, least, most in _CALENDAR:
        inside = (days >= least - 0.1) & (days <= most + 0.1)
        if inside.sum() > 0.8 * there and len(np.unique(np.round(days[inside]))) > 1:
            raise DataError(
                f"{source}: these are candles of {name}, which differ in length; {name} are not supported, give "
                "candles of weeks, days or less"
            )


def refuse_closing_times(dates: np.ndarray, step: int, *, column: str, source: str) -> None:
    """Raise DataError where dates, int64 nanoseconds, are the last moment of candles: none opens at 59.999 seconds."""
    if step % _MINUTE or not len(dates):
        return
    for before in _MOMENTS:
        if ((dates + before) % _MINUTE == 0).mean() >= 1 - _SHARE:
            example = pd.Timestamp(int(dates[0]), tz="UTC")
            opened = example + pd.Timedelta(before - step, unit="ns")
            raise DataError(
                f"{source}: dates in {column!r} such as {example:%Y-%m-%d %H:%M:%S.%f} are the last moment of a "
                f"candle; a candle is dated by its opening, here {opened:%Y-%m-%d %H:%M}: "
                "give the column of opening times, or take the interval away from these"
            )


@dataclass(frozen=True, kw_only=True)
class RepeatedDates:
    """Rows that would be dropped because another one has their date (and symbol).

    Attributes:
        dates: int64 (n,), nanoseconds.
        differing: which of them hold other numbers than the row that is kept, bool (n,).
        rows: of the whole table.
        naive: whether the dates have no time zone.
        column: that the dates are from.
    """

    dates: np.ndarray
    differing: np.ndarray
    rows: int
    naive: bool
    column: str


def refuse_many_repeats(
    repeated: RepeatedDates, whole: Callable[[], pd.DataFrame], *, others: tuple[str, ...], source: str
) -> None:
    """Raise DataError where many rows repeat a date with other numbers, naming the column that tells them apart.

    `whole` gives the table that was read, of which the columns `others` play no part.
    """
    rows, date_column = repeated.rows, repeated.column
    moments = repeated.dates[repeated.differing]
    count = len(moments)
    if count == 0:
        return
    if repeated.naive and (zone := zones_that_repeat(moments)) is not None:
        first = pd.Timestamp(int(moments.min()))
        raise DataError(
            f"{source}: column {date_column!r}: {count:,} rows repeat an hour with other numbers, from "
            f"{first:%Y-%m-%d %H:%M} on, as local times do when clocks go back: give timezone={zone} (or whichever it "
            "is), or write dates in UTC"
        )
    if count < _FEW or count <= _SHARE * rows:
        return
    apart = _column_apart(whole(), date_column, others)
    hint = (
        f"column {apart!r} probably tells them apart: name it 'symbol' where it says what is traded, 'time' where it "
        "holds the time of day"
        if apart
        else "give a column 'symbol' where they are of several markets, 'time' where the time of day is missing"
    )
    raise DataError(
        f"{source}: {count:,} of {rows:,} rows repeat a date of column {date_column!r} with other numbers, such as "
        f"{pd.Timestamp(int(moments[0])):%Y-%m-%d %H:%M}; {hint}"
    )


def refuse_many_strays(
    dates: np.ndarray, *, rows: int, interval: int, date_column: str, others: str, source: str
) -> None:
    """Raise DataError where many rows stand off the grid; `dates` (n,) are theirs, in nanoseconds."""
    if len(dates) < _FEW or len(dates) <= _SHARE * rows:
        return
    tried = f" (not taken were {others})" if others else ""
    raise DataError(
        f"{source}: {len(dates):,} of {rows:,} rows stand off the grid of "
        f"{in_words(pd.Timedelta(interval, unit='ns'))} that column {date_column!r} gives, such as "
        f"{pd.Timestamp(int(dates.min())):%Y-%m-%d %H:%M:%S}{tried}; name the column "
        "of the open times 'date', or give candles of one grid"
    )


def _column_apart(frame: pd.DataFrame, date_column: str, others: tuple[str, ...]) -> str | None:
    """The column whose values differ between rows of one date; of several the one with the fewest."""
    labels = [
        label for label in frame.columns if str(label) in others and (frame.columns == label).sum() == 1
    ]
    dates = [label for label in frame.columns if str(label) == date_column]
    if len(dates) != 1:
        return None
    rows = frame.iloc[:_ROWS] if frame[dates[0]].iloc[:_ROWS].duplicated().any() else frame
    rows = rows[rows.duplicated(dates, keep=False)]
    best: tuple[int, str] | None = None
    for label in labels:
        if pd.api.types.is_float_dtype(frame[label].dtype):
            continue
        values = rows[label].astype("str")
        apart = 1 - rows.assign(**{"\0": values}).duplicated([dates[0], "\0"]).mean()
        distinct = int(values.nunique())
        # A running number tells every row apart, and says nothing.
        if apart > _APART and distinct < len(values) and (best is None or distinct < best[0]):
            best = (distinct, str(label))
    return None if best is None else best[1]
