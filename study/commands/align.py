"""Attaching to another table, row by row, the latest embedding that was known before it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.errors import StudyError
from study.fusion import as_text, read_dated_table, require_known, require_one

# Put before the names of our columns where the table has such names of its own.
_PREFIX = "timesnet_"


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

    Of a local time that clocks show twice the earlier is taken, so that nothing is known too early. Symbols stay text.

    Raises StudyError naming the file, the column, or the first value that is no date.
    """
    read = read_dated_table(path, on, parameter="align", timezone=timezone)
    return Attachment(read.frame, on, read.read_as, max_age, source=path)


def align(
    table: pd.DataFrame,
    embeddings: pd.DataFrame,
    *,
    on: str,
    interval: pd.Timedelta,
    max_age: pd.Timedelta | None = None,
    prefix: str = "",
    closes: np.ndarray | None = None,
) -> pd.DataFrame:
    """The table in its own order, each row with the latest embedding known strictly before its date.

    An embedding is known when its window's last candle closes.

    Args:
        table: any columns, `on` among them as dates in UTC; with a `symbol` where the embeddings have one.
        embeddings: `date`, perhaps `symbol`, and the vector's columns.
        on: the table's date column.
        interval: of the candles.
        max_age: from that close to the row's date, at most.
        prefix: before the names of the columns that are added, see free_prefix.
        closes: int64 (n,), nanoseconds: when the last candle of each embedding closes; by default one interval after
            it opens.

    Returns:
        The table's columns, `embedding_date` (open time of that last candle) and the vector; both empty where no
        embedding was known yet, or none young enough.

    Raises StudyError where a symbol is missing, or is no symbol of the candles but the spelling of one; and where the
    table tells symbols apart that the candles do not.
    """
    vector = [name for name in embeddings.columns if name not in ("date", "symbol")]
    moments = _nanoseconds(table[on])
    known = _nanoseconds(embeddings["date"]) + int(interval.value) if closes is None else closes
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


def _nanoseconds(dates: pd.Series) -> np.ndarray:
    return pd.DatetimeIndex(dates).as_unit("ns").asi8


def _by_symbol(table: pd.DataFrame, embeddings: pd.DataFrame) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """Rows of the table with the rows of the embeddings of their symbol."""
    if "symbol" not in embeddings.columns:
        require_one(table, what="the table to align")
        return [(np.arange(len(table)), np.arange(len(embeddings)))]
    if "symbol" not in table.columns:
        raise StudyError("the candles name symbols; the table to align needs a column 'symbol'")
    given, known = as_text(table["symbol"]), as_text(embeddings["symbol"])
    require_known(table["symbol"], list(known), what="the table to align")
    return [(np.flatnonzero(given == symbol), np.flatnonzero(known == symbol)) for symbol in np.unique(known)]


def oldest_age(text: str) -> pd.Timedelta | None:
    """How old an embedding may be at most, None where nothing is said."""
    if not text:
        return None
    try:
        age = pd.Timedelta(text)
    except ValueError:
        age = pd.Timedelta(0)
    if not age > pd.Timedelta(0) or text.strip().isdecimal():
        raise StudyError(f"max_age={text!r} is no length of time; give one as 2h, 30min or 1d")
    return age
