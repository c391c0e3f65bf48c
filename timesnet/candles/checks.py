"""Candles that no market can have produced, and prices that jump from one to the next."""

from collections.abc import Mapping

import numpy as np

from ..tables import RowNames
from .columns import NUMBERS
from .table import CandleRows

# Far beyond any market, and far enough inside float64 that no ratio or sum of features leaves it.
_SMALLEST_PRICE, _LARGEST = 1e-30, 1e30
# Times the close before: two shares made of one are below, an ordinary night is not.
JUMP = 1.8
# Candles compared at once.
_CHUNK = 2**20


def impossible_candles(numbers: np.ndarray) -> dict[str, np.ndarray]:
    """Flags bool (n,) by kind, of `numbers` float64 (n, 5): open, high, low, close, volume."""
    prices, volume = numbers[:, :4], numbers[:, 4]
    opening, high, low, closing = prices.T
    finite = np.isfinite(numbers).all(axis=1)
    flags = {
        "not finite": ~finite,
        "price <= 0": (prices <= 0).any(axis=1),
        "beyond 1e-30 to 1e30": ((prices > 0) & (prices < _SMALLEST_PRICE)).any(axis=1)
        | (numbers > _LARGEST).any(axis=1),
        "high < low": high < low,
        "high < open or close": high < np.maximum(opening, closing),
        "low > open or close": low > np.minimum(opening, closing),
        "volume < 0": volume < 0,
    }
    return {kind: flag if kind == "not finite" else flag & finite for kind, flag in flags.items()}


def describe_candle(rows: CandleRows, row: int, kinds: Mapping[str, np.ndarray], *, names: RowNames) -> str:
    """One impossible candle in words: where it stands, its numbers, what is wrong with it."""
    numbers = " ".join(f"{name}={value:g}" for name, value in zip(NUMBERS, rows.numbers[row], strict=True))
    wrong = ", ".join(kind for kind, flags in kinds.items() if flags[row])
    return f"{names.of(int(rows.positions[row]))}: {numbers} ({wrong})"


def price_jumps(opening: np.ndarray, closing: np.ndarray, segment: np.ndarray) -> np.ndarray:
    """Rows int64 (k,) whose opening is more than JUMP times the close before, or that of it, with no gap in between.

    Shares that were split, or prices that go on in another unit, without the earlier ones being adjusted. A market may
    jump so, too, so that it is said and not refused.

    Args:
        opening, closing: float64 (n,), above 0. segment: int (n,), the gap-free run of each candle.
    """
    found = []
    for start in range(0, len(opening) - 1, _CHUNK):
        rows = slice(start + 1, start + 1 + _CHUNK)
        ratio = opening[rows] / closing[start : start + len(opening[rows])]
        there = segment[rows] == segment[start : start + len(ratio)]
        found.append(np.flatnonzero(there & ((ratio > JUMP) | (ratio < 1 / JUMP))) + start + 1)
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)
