"""Attaching to another table, row by row, the latest embedding that was known before it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from study.display import suggestion
from study.errors import StudyError
from timesnet.errors import DataError
from timesnet.tables import RowNames, parse_dates, read_moments, read_tables, read_times

_WHOLE = r"-?(?:0|[1-9]\d{0,17})"
# Whole numbers of more digits than a float64 holds are names and stay text.
_FRACTION = r"-?(?:(?:0|[1-9]\d{0,14})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
# Put before the names of our columns where the table has such names of its own.
_PREFIX = "timesnet_"
_SHOWN = 5


@dataclass(frozen=True)
class Attachment:
    """A table that gets the latest embedding known before each row's date.

    Attributes:
        table: its column `on` holds dates in UTC.
        on: the column of its dates.
        read_as: in words, how they were read.
        max_age: an embedding whose last candle closed longer before is left out; None for any age.
        source: the file of the table.
    """

    table: pd.DataFrame
    on: str
    read_as: str = ""
    max_age: pd.Timedelta | None = None
    source: str = ""


def read_attachment(
    path: str, on: str, *, timezone: str = "", max_age: pd.Timedelta | None = None
) -> Attachment:
    """A table in any form that candles may have, with its column `on` as dates in UTC.

    Dates are read as those of candles are; ones without time zone are in `timezone`, UTC by default. Of a local time
    that clocks show twice the earlier is taken, so that nothing is known too early. Symbols stay text.

    Raises StudyError naming the file, the column, or the first value that is no date.
    """
    if not Path(path).exists():
        raise StudyError(f"align={path!r}: no such file")
    try:
        tables = read_tables(Path(path))
        if len(tables) > 1:
            raise StudyError(f"align={path!r}: the folder holds {len(tables)} tables; give one file")
        (raw,) = tables
        frame = raw.frame.rename(columns=str)
        if isinstance(frame.index, pd.DatetimeIndex):
            frame = frame.rename_axis(str(frame.index.name or "date")).reset_index()
        doubled = frame.columns[frame.columns.duplicated()]
        if len(doubled):
            raise StudyError(
                f"align={path!r}: column {doubled[0]!r} appears more than once; keep one of them"
            )
        if on not in frame.columns:
            raise StudyError(f"align={path!r} has no column {on!r}: {suggestion(on, frame.columns)}")
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
            earlier=True,
        )
    except DataError as error:
        raise StudyError(f"align: {error}") from None
    except OSError as error:
        raise StudyError(f"align={path!r} can't be read: {error}") from None
    if clock is not None:
        read_as += f", with the time of day in {clock!r}"
    if raw.separator is not None:
        frame = frame.apply(lambda column: column if column.name in (on, "symbol") else _typed(column))
    instants = pd.Series(pd.DatetimeIndex(dates).tz_localize("UTC"), index=frame.index)
    return Attachment(frame.assign(**{on: instants}), on, read_as, max_age, source=path)


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


def align(
    table: pd.DataFrame,
    embeddings: pd.DataFrame,
    *,
    on: str,
    interval: pd.Timedelta,
    max_age: pd.Timedelta | None = None,
    prefix: str = "",
) -> pd.DataFrame:
    """The table in its own order, each row with the latest embedding known strictly before its date.

    An embedding is known when its window's last candle closes, one interval after the candle's open time.

    Args:
        table: any columns, `on` among them as dates in UTC; with a `symbol` where the embeddings have one.
        embeddings: `date`, perhaps `symbol`, and the vector's columns.
        on: the table's date column.
        interval: of the candles.
        max_age: from that close to the row's date, at most.
        prefix: before the names of the columns that are added, see free_prefix.

    Returns:
        The table's columns, `embedding_date` (open time of that last candle) and the vector; both empty where no
        embedding was known yet, or none young enough.

    Raises StudyError where a symbol is missing, or is no symbol of the candles but the spelling of one.
    """
    vector = [name for name in embeddings.columns if name not in ("date", "symbol")]
    moments = _nanoseconds(table[on])
    known = _nanoseconds(embeddings["date"]) + int(interval.value)
    place = np.full(len(table), -1, dtype=np.int64)
    for rows, its in _by_symbol(table, embeddings):
        its = its[np.argsort(known[its], kind="stable")]
        before = np.searchsorted(known[its], moments[rows], side="left") - 1
        place[rows] = np.where(before >= 0, its[before], -1)
    if max_age is not None:
        old = (place >= 0) & (moments - known[place] > int(max_age.value))
        place[old] = -1
    found = embeddings[["date", *vector]].reset_index(drop=True).reindex(place)
    found.columns = pd.Index([f"{prefix}embedding_date", *(prefix + name for name in vector)])
    return pd.concat([table, found.set_axis(table.index, axis=0)], axis=1)


def free_prefix(taken: Iterable[object], names: Sequence[str]) -> str:
    """What to put before `names` so that none is among the names `taken`; empty where none is."""
    columns, prefix = {str(name).lower() for name in taken}, ""
    while any((prefix + name).lower() in columns for name in names):
        prefix += _PREFIX
    return prefix


def unknown_symbols(table: pd.DataFrame, embeddings: pd.DataFrame) -> list[str]:
    """Symbols of the table that the embeddings have none of, in order."""
    if "symbol" not in embeddings.columns or "symbol" not in table.columns:
        return []
    return sorted(set(_text(table["symbol"].dropna())) - set(_text(embeddings["symbol"])))


def _nanoseconds(dates: pd.Series) -> np.ndarray:
    return pd.DatetimeIndex(dates).as_unit("ns").asi8


def _by_symbol(table: pd.DataFrame, embeddings: pd.DataFrame) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Rows of the table with the rows of the embeddings of their symbol."""
    if "symbol" not in embeddings.columns:
        return [(np.arange(len(table)), np.arange(len(embeddings)))]
    if "symbol" not in table.columns:
        raise StudyError("the candles name symbols; the table to align needs a column 'symbol'")
    given, known = _text(table["symbol"]), _text(embeddings["symbol"])
    _require_known(table, embeddings)
    return [(np.flatnonzero(given == symbol), np.flatnonzero(known == symbol)) for symbol in np.unique(known)]


def _require_known(table: pd.DataFrame, embeddings: pd.DataFrame) -> None:
    names = sorted(set(_text(embeddings["symbol"])))
    plain = {_plain(name): name for name in names}
    missing = unknown_symbols(table, embeddings)
    has = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    for symbol in missing:
        if _plain(symbol) in plain:
            raise StudyError(
                f"the table to align: symbol {symbol!r}: no such symbol: the candles have {has}, did you mean "
                f"{plain[_plain(symbol)]!r}? Write it so"
            )
    if missing and len(missing) == len(set(_text(table["symbol"].dropna()))):
        raise StudyError(
            f"the table to align: symbol {missing[0]!r}: no such symbol: the candles have {has}; "
            f"{suggestion(missing[0], names)}"
        )


def _text(symbols: pd.Series) -> np.ndarray:
    return symbols.astype("str").str.strip().to_numpy(dtype=object)


def _plain(symbol: str) -> str:
    return re.sub(r"[\W_]+", "", symbol).lower()
