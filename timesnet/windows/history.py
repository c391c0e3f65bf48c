"""Averages that look further back than a window: how wide the candles and how large the volume were lately.

| name | formula |
| --- | --- |
| log_range_N | mean of log_range over the last N candles, this one included |
| volume_N | v / (v + mean of v over the last N candles), 0 where all are 0; 0.5 at rest |

The averages are those of HAR, the regression of volatility on its own averages over a day, a week and a month
(Corsi 2009, "A simple approximate long-memory model of realized volatility").

The last N candles are the last N places of the market's grid: of candles that are missing there an average has the
fewer, and candles before a gap count as long as they lie within those places. A number is defined as soon as the
symbol's first candle lies N - 1 places back, so it is the same wherever longer data begin.
"""

import numpy as np
import pandas as pd

from ..candles import Candles
from ..market import judge

SPANS = (4, 16, 96, 336)
_KINDS = ("log_range", "volume")
HISTORY: tuple[str, ...] = tuple(f"{kind}_{span}" for span in SPANS for kind in _KINDS)


def span_of(name: str) -> int:
    """N of a name in HISTORY."""
    return int(name.rpartition("_")[2])


def history_up_to(most: int) -> tuple[str, ...]:
    """Those of HISTORY that look back no more than `most` candles."""
    return tuple(name for name in HISTORY if span_of(name) <= most)


def grid_places(candles: Candles) -> np.ndarray:
    """Each candle's place on its symbol's grid, int64 (n,), ascending throughout: symbols lie a long way apart.

    Within a segment places follow each other; over a gap they jump by the candles that are missing.
    """
    steps = np.ones(len(candles), dtype=np.int64)
    breaks = np.flatnonzero(candles.segment[1:] != candles.segment[:-1]) + 1
    dates = pd.DatetimeIndex(candles.frame["date"]).as_unit("ns").asi8
    symbols = candles.frame["symbol"].cat.codes.to_numpy()
    same = symbols[breaks] == symbols[breaks - 1]
    missing = np.zeros(len(breaks), dtype=np.int64)
    for code, symbol in enumerate(candles.frame["symbol"].cat.categories):
        its = same & (symbols[breaks] == code)
        found = judge(
            dates[breaks[its] - 1],
            dates[breaks[its]],
            interval=int(candles.interval.value),
            hours=candles.market.of(str(symbol)),
        )
        missing[its] = 1 + found.missing
    steps[breaks] = np.where(same, np.maximum(missing, 2), 1 + 2 * max(SPANS))
    return np.cumsum(steps)


def symbol_starts(candles: Candles, places: np.ndarray) -> np.ndarray:
    """The place of the first candle of each candle's symbol, int64 (n,)."""
    symbols = candles.frame["symbol"].cat.codes.to_numpy()
    first = np.append(True, symbols[1:] != symbols[:-1])
    return places[np.maximum.accumulate(np.where(first, np.arange(len(places)), 0))]


def history_column(name: str, log_range: np.ndarray, volume: np.ndarray, places: np.ndarray) -> np.ndarray:
    """One of HISTORY for candles in a row with these log ranges, volumes and grid places (n,): float64 (n,)."""
    start = np.searchsorted(places, places - span_of(name), side="right")
    averaged = log_range if name.startswith("log_range") else volume
    lengths = np.arange(1, len(places) + 1) - start
    mean = _sums(averaged, lengths) / lengths
    if averaged is log_range:
        return mean
    whole = volume + mean
    return np.where(whole == 0, 0.0, volume / np.where(whole == 0, 1.0, whole))


def _sums(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The sum of the last `lengths` (n,) of the values (n,) up to each, those alone: float64 (n,).

    Sums of 1, 2, 4, ... values are put together. A difference of sums from the start on would keep what large values
    long before have rounded away, as where volumes change from one unit to another.
    """
    total, end = np.zeros(len(values)), np.arange(len(values))
    block, width = values, 1
    while width <= lengths.max(initial=0):
        rows = np.flatnonzero(lengths & width)
        total[rows] += block[end[rows]]
        end[rows] -= width
        longer = block.copy()
        longer[width:] += block[:-width]
        block, width = longer, 2 * width
    return total
