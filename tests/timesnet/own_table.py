"""A table in the form that the published loader reads: candles, `pre_return` and `return`, the next candle's return."""

import numpy as np
import pandas as pd
import torch

INPUTS = ("open", "high", "low", "close", "volume", "pre_return", "return")


def own_table(rows=400, *, freq="h", seed=0):
    generator = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(0.01 * generator.standard_normal(rows)))
    opening = np.concatenate([[100.0], close[:-1]])
    spread = 1 + 0.01 * generator.uniform(0.1, 2, rows)
    returns = close / opening - 1
    return pd.DataFrame(
        {
            "date": pd.date_range("2022-01-01", periods=rows, freq=freq).strftime("%Y-%m-%d %H:%M:%S"),
            "open": opening,
            "high": np.maximum(opening, close) * spread,
            "low": np.minimum(opening, close) / spread,
            "close": close,
            "volume": generator.uniform(1, 9, rows),
            "pre_return": np.concatenate([[0.0], returns[:-1]]),
            "return": np.concatenate([returns[1:], [0.0]]),
        }
    )


def published_windows(table, columns, ends, seq_len):
    """Windows x (n, seq_len, C) and hourly marks (n, seq_len, 4) as the published loader makes them, by hand."""
    values = table[list(columns)].to_numpy()
    train = values[: int(len(values) * 0.7)]
    scaled = (values - train.mean(0)) / train.std(0)
    dates = pd.to_datetime(table["date"])
    stamps = np.stack(
        [
            dates.dt.hour / 23,
            dates.dt.day_of_week / 6,
            (dates.dt.day - 1) / 30,
            (dates.dt.day_of_year - 1) / 365,
        ],
        1,
    )
    x = np.stack([scaled[end - seq_len + 1 : end + 1] for end in ends])
    marks = np.stack([stamps[end - seq_len + 1 : end + 1] - 0.5 for end in ends])
    return torch.tensor(x, dtype=torch.float32), torch.tensor(marks, dtype=torch.float32)
