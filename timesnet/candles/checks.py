"""Candles that no market can have produced."""

from collections.abc import Mapping

import numpy as np

from ..tables import RowNames
from .columns import NUMBERS
from .table import CandleRows

# Far beyond any market, and far enough inside float64 that no ratio or sum of features leaves it.
_SMALLEST_PRICE, _LARGEST = 1e-30, 1e30


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
