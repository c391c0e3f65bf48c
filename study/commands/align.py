"""Attaching to another table, row by row, the latest embedding that was known before it."""

from pathlib import Path

import numpy as np
import pandas as pd

from study.display import near_misses
from study.errors import StudyError


def read_table(path: str, on: str) -> pd.DataFrame:
    """A CSV or Parquet table with its column `on` as dates in UTC (without a time zone means UTC).

    Raises StudyError naming the file, the column, or the first value that is no date.
    """
    try:
        frame = pd.read_parquet(path) if Path(path).suffix == ".parquet" else pd.read_csv(path)
    except FileNotFoundError:
        raise StudyError(f"align={path!r}: no such file") from None
    except Exception as error:
        raise StudyError(f"align={path!r} can't be read: {' '.join(str(error).split())[:200]}") from None
    if on not in frame.columns:
        raise StudyError(f"align={path!r} has no column {on!r}: {near_misses(on, map(str, frame.columns))}")
    dates = pd.to_datetime(frame[on], utc=True, errors="coerce", format="ISO8601")
    if dates.isna().any():
        row = int(dates.isna().to_numpy().argmax())
        raise StudyError(
            f"align={path!r}: row {row + 1} of {on!r} holds {frame[on].iloc[row]!r}, not an ISO 8601 date"
        )
    return frame.assign(**{on: dates.astype("datetime64[ns, UTC]")})


def align(table: pd.DataFrame, embeddings: pd.DataFrame, *, on: str, interval: pd.Timedelta) -> pd.DataFrame:
    """The table in its own order, each row with the latest embedding known strictly before its date.

    An embedding is known when its window's last candle closes, one interval after the candle's open time.

    Args:
        table: any columns, `on` among them as dates in UTC; with a `symbol` where the embeddings have one.
        embeddings: `date`, perhaps `symbol`, and the vector's columns.
        on: the table's date column.
        interval: of the candles.

    Returns:
        The table's columns, `embedding_date` (open time of that last candle) and the vector; both empty where no
        embedding was known yet.

    Raises StudyError when columns clash or the symbol is missing.
    """
    by = "symbol" if "symbol" in embeddings.columns else None
    if by and by not in table.columns:
        raise StudyError("the candles have several symbols; the table to align needs a column 'symbol'")
    vector = [name for name in embeddings.columns if name not in ("date", "symbol")]
    clash = [name for name in ["embedding_date", *vector] if name in table.columns]
    if clash:
        raise StudyError(f"the table to align has a column {clash[0]!r} already; rename it")
    known = embeddings.assign(known_at=embeddings["date"] + interval).rename(
        columns={"date": "embedding_date"}
    )
    order = np.argsort(table[on].to_numpy(), kind="stable")
    joined = pd.merge_asof(
        table.iloc[order].reset_index(drop=True),
        known.sort_values("known_at", kind="stable"),
        left_on=on,
        right_on="known_at",
        by=by,
        allow_exact_matches=False,
    ).drop(columns="known_at")
    joined.index = table.index[order]
    return joined.loc[table.index]
