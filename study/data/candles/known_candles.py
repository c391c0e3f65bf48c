"""Which candles windows and their labels know."""

import numpy as np
import pandas as pd

from timesnet import Candles

_DAY, _HOUR = pd.Timedelta(days=1), pd.Timedelta(hours=1)


def known_candles(
    candles: Candles, ends: np.ndarray, before: int, horizon: int
) -> tuple[pd.DatetimeIndex | None, pd.DatetimeIndex | None]:
    """Dates of the first and of the last candle that windows ending in rows `ends` and their labels know.

    None where they follow from the interval: where the market never closes, and clocks that change move no candle.
    """
    dates = pd.DatetimeIndex(candles.frame["date"])
    symbols = candles.frame["symbol"].cat.codes.to_numpy()
    if candles.market.closes:
        starts = np.searchsorted(symbols, symbols[ends])
        return dates[np.maximum(ends - before, starts)], dates[ends + horizon]
    if candles.interval % _DAY:
        return None, None
    # Candles of whole days may open an hour early or late by the clock of the window's end.
    first = dates[ends] - before * candles.interval
    there = np.empty(len(ends), dtype=np.int64)
    for symbol in np.unique(symbols[ends]):
        start, stop = np.searchsorted(symbols, [symbol, symbol + 1])
        rows = symbols[ends] == symbol
        there[rows] = start + np.searchsorted(dates.asi8[start:stop], (first[rows] - _HOUR).asi8)
    last = dates[ends] + horizon * candles.interval
    return first.where(first < dates[there], dates[there]), last.where(
        last > dates[ends + horizon], dates[ends + horizon]
    )
