"""Made-up candles for tests."""

import numpy as np
import pandas as pd

NUMBERS = ["open", "high", "low", "close", "volume"]


def candle_frame(
    n: int = 200,
    *,
    start: str = "2021-09-27 14:45",
    freq: str = "15min",
    seed: int = 0,
    symbol: str | None = None,
    zero_volumes: float = 0.2,
) -> pd.DataFrame:
    """A random walk of `n` possible candles, prices to the cent, some volumes zero."""
    generator = np.random.default_rng(seed)
    close = np.round(40_000 * np.exp(np.cumsum(generator.normal(0, 0.003, n))), 2)
    opening = np.concatenate(([40_000.0], close[:-1]))
    spread = 1 + generator.exponential(0.001, (2, n))
    frame = pd.DataFrame(
        {
            "date": pd.date_range(start, periods=n, freq=freq, tz="UTC").as_unit("ns"),
            "open": opening,
            "high": np.round(np.maximum(opening, close) * spread[0], 2),
            "low": np.round(np.minimum(opening, close) / spread[1], 2),
            "close": close,
            "volume": np.where(generator.random(n) < zero_volumes, 0.0, np.round(generator.gamma(2, 500, n))),
        }
    )
    return frame if symbol is None else frame.assign(symbol=symbol)
