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


# Of utils/timefeatures.py of the Time-Series-Library, each frequency's features in its order.
STAMPS = {
    "s": "second minute hour weekday day yearday",
    "t": "minute hour weekday day yearday",
    "h": "hour weekday day yearday",
    "d": "weekday day yearday",
    "b": "weekday day yearday",
    "w": "day week",
    "m": "month",
}


def published_stamps(dates, freq="h", embed="timeF"):
    """Time marks (n, M) of dates as the published loader makes them, by hand."""
    parts = {
        "second": dates.dt.second / 59,
        "minute": dates.dt.minute / 59,
        "hour": dates.dt.hour / 23,
        "weekday": dates.dt.day_of_week / 6,
        "day": (dates.dt.day - 1) / 30,
        "yearday": (dates.dt.day_of_year - 1) / 365,
        "week": (dates.dt.isocalendar().week.astype(float) - 1) / 52,
        "month": (dates.dt.month - 1) / 11,
    }
    if embed == "timeF":
        return np.stack([parts[name] for name in STAMPS[freq].split()], 1) - 0.5
    whole = [dates.dt.month, dates.dt.day, dates.dt.day_of_week, dates.dt.hour]
    return np.stack([*whole, dates.dt.minute // 15][: 5 if freq == "t" else 4], 1)


def published_windows(table, columns, ends, seq_len, *, freq="h", embed="timeF"):
    """Windows x (n, seq_len, C) and marks (n, seq_len, M) as the published loader makes them, by hand."""
    values = table[list(columns)].to_numpy()
    train = values[: int(len(values) * 0.7)]
    scaled = (values - train.mean(0)) / train.std(0)
    stamps = published_stamps(pd.to_datetime(table["date"]), freq, embed)
    x = np.stack([scaled[end - seq_len + 1 : end + 1] for end in ends])
    marks = np.stack([stamps[end - seq_len + 1 : end + 1] for end in ends])
    return torch.tensor(x, dtype=torch.float32), torch.tensor(marks, dtype=torch.float32)
