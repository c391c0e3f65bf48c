"""Made-up candle files for the end-to-end tests."""

import numpy as np
import pandas as pd


def candle_file(folder, change=None):
    dates = pd.date_range("2024-01-01", periods=1200, freq="h", tz="UTC")
    close = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, len(dates))))
    frame = pd.DataFrame(
        {
            "date": dates,
            "open": close,
            "high": close * 1.01,
            "low": close * 0.99,
            "close": close,
            "volume": 1.0,
        }
    )
    if change:
        frame = change(frame)
    frame.to_csv(folder / "candles.csv", index=False)
