"""When each candle is complete, so that another table may know it."""

import numpy as np

_DAY, _HOUR = 86_400_000_000_000, 3_600_000_000_000
NEVER = np.iinfo(np.int64).max // 2
"""After any moment that a table may name."""


def closing_times(
    dates: np.ndarray, interval: int, *, symbols: np.ndarray | None = None, on_grid: bool = True
) -> np.ndarray:
    """When candles close that open at `dates` int64 (n,), by symbol and then in order of date: int64 (n,). All are
    nanoseconds.

    One interval after they open. A candle of a whole day on which clocks go back lasts an hour longer: until the next
    one opens. Of rows on no grid nobody knows how long each lasts: they are taken as complete once the next one has
    begun, the last one NEVER.

    Args:
        interval: of the candles; of rows on no grid the usual one, which they last at least.
        symbols: of each candle (n,); None where all are of one.
        on_grid: whether the candles stand on a grid.
    """
    closes = dates + interval
    following = np.append(dates[1:], NEVER)
    if symbols is not None:
        following[:-1][symbols[1:] != symbols[:-1]] = NEVER
    if not on_grid:
        return np.maximum(closes, following)
    if interval % _DAY == 0:
        # A night, a weekend or a gap is no part of the candle before it.
        longer = (following > closes) & (following - closes <= _HOUR)
        closes = np.where(longer, following, closes)
    return closes
