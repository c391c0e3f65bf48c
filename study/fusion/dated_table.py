"""Reading another table whose rows have a date, in any form that candles may have."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from study.display import suggestion
from study.errors import StudyError
from study.fusion.whole_days import end_of_whole_days
from timesnet.errors import DataError
from timesnet.tables import RowNames, parse_dates, read_moments, read_tables, read_times

_WHOLE = r"-?(?:0|[1-9]\d{0,17})"
# Whole numbers of more digits than a float64 holds are names and stay text.
_FRACTION = r"-?(?:(?:0|[1-9]\d{0,14})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"


@dataclass(frozen=True, kw_only=True)
class DatedTable:
    """A table with a date in each row.

    Attributes:
        frame: its column `on` holds dates in UTC; its index the rows of the file.
        on: the column of its dates; clock: that of the time of day beside it, None where there is none.
        read_as: in words, how the dates were read.
        rows: how rows are named in messages, the file among it.
    """

    frame: pd.DataFrame
    on: str
    clock: str | None
    read_as: str
    rows: RowNames


def read_dated_table(
    path: str, on: str, *, parameter: str, timezone: str = "", late: bool = False
) -> DatedTable:
    """The table in a file, with its column `on` as dates in UTC.

    Dates are read as those of candles are; ones without time zone are in `timezone`, UTC by default. Symbols stay text.

    Args:
        parameter: under which the path was given, for messages.
        late: where a date leaves open when it was, the latest moment is taken: the end of a day that is named without a
            time, the second of a local time that clocks show twice. Else the earliest.

    Raises StudyError naming the file, the column, or the first value that is no date.
    """
    given = f"{parameter}={path!r}"
    if not Path(path).exists():
        raise StudyError(f"{given}: no such file")
    try:
        tables = read_tables(Path(path))
        if len(tables) > 1:
            raise StudyError(f"{given}: the folder holds {len(tables)} tables; give one file")
        (raw,) = tables
        frame = raw.frame.rename(columns=str)
        if isinstance(frame.index, pd.DatetimeIndex):
            frame = frame.rename_axis(str(frame.index.name or "date")).reset_index()
        doubled = frame.columns[frame.columns.duplicated()]
        if len(doubled):
            raise StudyError(f"{given}: column {doubled[0]!r} appears more than once; keep one of them")
        if on not in frame.columns:
            raise StudyError(f"{given} has no column {on!r}: {suggestion(on, frame.columns)}")
        if frame.isna().all(axis=1).any():
            frame = frame[~frame.isna().all(axis=1)]
        rows = RowNames(source=path, first_line=raw.first_line)
        clock = _time_of_day(frame, on, rows)
        dates, read_as = parse_dates(
            frame[on],
            name=on,
            rows=rows,
            times=None if clock is None else frame[clock],
            zone=timezone,
            twice="later" if late else "earlier",
        )
        moments = pd.DatetimeIndex(dates).tz_localize("UTC")
        if clock is not None:
            read_as += f", with the time of day in {clock!r}"
        elif late:
            moments, told = end_of_whole_days(frame[on], moments, rows=rows, timezone=timezone)
            read_as += told
    except DataError as error:
        raise StudyError(f"{parameter}: {error}") from None
    except OSError as error:
        raise StudyError(f"{given} can't be read: {error}") from None
    if raw.separator is not None:
        frame = frame.apply(lambda column: column if column.name in (on, "symbol") else _typed(column))
    return DatedTable(
        frame=frame.assign(**{on: pd.Series(moments, index=frame.index)}),
        on=on,
        clock=clock,
        read_as=read_as,
        rows=rows,
    )


def _time_of_day(frame: pd.DataFrame, on: str, rows: RowNames) -> str | None:
    """The column `time` beside a column of days, where it holds times of day."""
    label = next((name for name in frame.columns if name.lower() == "time" and name != on), None)
    if label is None or read_times(frame[label]) is None:
        return None
    return label if read_moments(frame[on], name=on, rows=rows).only_days else None


def _typed(column: pd.Series) -> pd.Series:
    """Text of plain numbers as numbers; codes such as 000001 stay text."""
    filled = column.dropna()
    if len(filled) and filled.str.fullmatch(_WHOLE).all():
        # Through a float the last digits of long numbers would change.
        whole = filled.astype("int64")
        return whole.astype("Int64").reindex(column.index) if column.isna().any() else whole
    if len(filled) and filled.str.fullmatch(_FRACTION).all():
        return pd.to_numeric(column).astype("float64")
    return column
