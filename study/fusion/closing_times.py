"""When each candle is complete, so that another table may know it."""

import numpy as np

_DAY, _HOUR = 86_400_000_000_000, 3_600_000_000_000


def closing_times(dates: np.ndarray, interval: int, *, symbols: np.ndarray | None = None) -> np.ndarray:
    """When candles close that open at `dates` int64 (n,), by symbol and then in order of date: int64 (n,). All are
    nanoseconds.

    One interval after they open. A candle of a whole day on which clocks go back lasts an hour longer: until the next
    one opens.

    Args:
        interval: of the candles.
        symbols: of each candle (n,); None where all are of one.
    """
    closes = dates + interval
    if interval % _DAY == 0:
        following = dates[1:]
        # A night, a weekend or a gap is no part of the candle before it.
        longer = (following > closes[:-1]) & (following - closes[:-1] <= _HOUR)
        if symbols is not None:
            longer &= symbols[1:] == symbols[:-1]
        closes[:-1][longer] = following[longer]
    return closes
