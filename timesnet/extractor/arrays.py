"""Windows given one a row, in columns whose cells are arrays, as Spark hands them over."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..candles import clean_candles, find_columns
from ..errors import DataError
from .extractor import Extractor

_ARRAYS = (list, tuple, np.ndarray)


def holds_arrays(frame: pd.DataFrame) -> bool:
    """Whether the first row of a table has a cell that is an array."""
    return len(frame) > 0 and any(isinstance(cell, _ARRAYS) for cell in frame.iloc[0])


def embed_rows(extractor: Extractor, frame: pd.DataFrame, batch_size: int = 1024) -> np.ndarray:
    """Embeds the last window of each row's candles: float32 (n, dim), in the order of the rows.

    Columns are date, open, high, low, close and volume in any usual spelling, each cell an array with one entry a
    candle; other columns are ignored. Of more candles than a window needs the last ones count.

    Raises DataError naming the row that has no such window, whose arrays differ in length or hold an unusable candle;
    and where the hours of the market are not the same for all symbols.
    """
    if extractor.by_rows:
        raise DataError(
            "this extractor takes rows as they stand: give a table of one row a candle, not one of arrays"
        )
    # Rows name no symbol.
    extractor.require_one_market()
    flat, lengths = _below_each_other(frame)
    candles, _ = clean_candles(
        flat,
        source="array columns",
        interval=extractor.interval(),
        timezone=extractor.timezone,
        calendar=extractor.market,
    )
    rows = candles.frame["symbol"].astype(np.int64).to_numpy()
    last = np.searchsorted(rows, np.arange(len(frame)), side="right") - 1
    windows = extractor.windows_of(candles)
    kept = np.bincount(rows, minlength=len(frame))
    # Were one left out, the last one of those kept would not be the row's last one.
    missing = np.flatnonzero(~np.isin(last, windows.ends) | (kept < lengths))
    if len(missing):
        row, needed = int(missing[0]), extractor.candles_needed
        raise DataError(
            f"row {row}: its arrays must end with {needed} consecutive candles; they hold {lengths[row]}, of which "
            f"{kept[row]} are usable"
        )
    return extractor.embed_windows(windows.select(np.searchsorted(windows.ends, last)), batch_size)


def arrays_of(frame: pd.DataFrame) -> list:
    """The ready-made windows in a table's only column of arrays, one a row.

    Raises DataError where there is not exactly one such column.
    """
    columns = [name for name in frame.columns if isinstance(frame[name].iloc[0], _ARRAYS)]
    if len(columns) != 1:
        raise DataError(
            f"{len(columns)} columns hold arrays; give one, its cells windows of steps of channels"
        )
    return [[np.asarray(step) for step in window] for window in frame[columns[0]]]


def _below_each_other(frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """All rows' candles in one table, with the row as their symbol; candles in each row."""
    names = [name for name in frame.columns if isinstance(frame[name].iloc[0], _ARRAYS)]
    roles = find_columns(frame[names].iloc[:0], source="array columns").roles
    used = [label for role, label in roles.items() if role != "symbol"]
    lengths = np.array([[len(cell) for cell in frame[name]] for name in used])
    uneven = np.flatnonzero((lengths != lengths[0]).any(axis=0))
    if len(uneven):
        row = int(uneven[0])
        sizes = ", ".join(f"{name} {size}" for name, size in zip(used, lengths[:, row], strict=True))
        raise DataError(f"row {row}: its arrays differ in length: {sizes}")
    flat = pd.DataFrame({name: np.concatenate([np.asarray(cell) for cell in frame[name]]) for name in used})
    width = len(str(len(frame)))
    flat["symbol"] = np.repeat([f"{row:0{width}d}" for row in range(len(frame))], lengths[0])
    return flat, lengths[0]
