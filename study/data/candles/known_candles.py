"""Which candles windows and their labels know."""

import numpy as np
import pandas as pd

from timesnet import Candles


def known_candles(
    candles: Candles, ends: np.ndarray, before: int, horizon: int
) -> tuple[pd.DatetimeIndex | None, pd.DatetimeIndex | None]:
    """Dates of the first and of the last candle that windows ending in rows `ends` and their labels know.

    None where the market never closes, whose dates follow from the interval.
    """
    if not candles.market.closes:
        return None, None
    dates = pd.DatetimeIndex(candles.frame["date"])
    symbols = candles.frame["symbol"].cat.codes.to_numpy()
    starts = np.searchsorted(symbols, symbols[ends])
    return dates[np.maximum(ends - before, starts)], dates[ends + horizon]
