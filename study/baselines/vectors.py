"""Vectors of a window that need no network: what a reader would try first."""

import numpy as np
import pandas as pd

from study.data import StudyData
from timesnet.windows import local_dates

LAST, STATISTICS, RAW = "last candle", "window statistics", "raw window"
CALENDAR = "calendar"
# Candles over which log ranges are averaged: the regression of volatility on its own averages, with spans for candles
# of minutes to hours (Corsi 2009, A simple approximate long-memory model of realized volatility).
HAR_SPANS = (1, 4, 16, 48)
# Pairs of sine and cosine of the time of day.
HARMONICS = 8
DAYS = 7
# Keeps the logarithm of a range of zero finite.
_BASIS_POINT = 1e-4


def baseline_vectors(data: StudyData, rows: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
    """Vectors of the windows `rows` (n,) by (name, pooling): float32 (n, dim).

    HAR and calendar are there for windows that were cut from candles.
    """
    windows = data.windows.select(rows)
    raw = windows.flattened()
    vectors = {
        (LAST, "last"): windows.last(),
        (STATISTICS, "statistics"): windows.statistics(),
        (RAW, "flatten"): raw,
    }
    if not data.has_candles:
        return vectors
    calendar = time_of_week(local_times(data, rows))
    ranges = log_ranges(data, rows)
    name = har_name(data)
    return {
        **vectors,
        (f"{RAW} + {CALENDAR}", "flatten"): np.concatenate([raw, calendar], axis=1),
        (name, "ranges"): ranges,
        (f"{name} + {CALENDAR}", "ranges"): np.concatenate([ranges, calendar], axis=1),
    }


def har_spans(data: StudyData) -> tuple[int, ...]:
    """HAR_SPANS, those beyond the window cut to its length: no baseline sees more than the layers do."""
    return tuple(dict.fromkeys(min(span, data.windows.seq_len) for span in HAR_SPANS))


def har_name(data: StudyData) -> str:
    """`HAR`, with its spans where the window is too short for the usual ones."""
    spans = har_spans(data)
    return "HAR" if spans == HAR_SPANS else f"HAR ({', '.join(map(str, spans))} candles)"


def log_ranges(data: StudyData, rows: np.ndarray) -> np.ndarray:
    """Means of the candles' log ranges over the last candles of each window, float32 (n, spans).

    A candle's log range is log(log(high / low) + 0.0001), as in the feature log_range.
    """
    frame = data.candles.frame
    high, low = (frame[name].to_numpy(dtype=np.float64) for name in ("high", "low"))
    log_range = np.log(np.log(high / low) + _BASIS_POINT)
    ends = data.windows.ends[rows]
    spans = har_spans(data)
    means = np.empty((len(ends), len(spans)), dtype=np.float32)
    total = np.zeros(len(ends))
    for back in range(spans[-1]):
        total += log_range[ends - back]
        if back + 1 in spans:
            means[:, spans.index(back + 1)] = total / (back + 1)
    return means


def local_times(data: StudyData, rows: np.ndarray) -> pd.DatetimeIndex:
    """When windows end by the clock of their market, as the calendar that networks see (n,)."""
    return local_dates(data.candles)[data.windows.ends[rows]]


def time_of_week(dates: pd.DatetimeIndex) -> np.ndarray:
    """Sines and cosines of the time of day with a one-hot weekday, float32 (n, 2 * HARMONICS + DAYS)."""
    midnight = dates.normalize()
    share = ((dates - midnight) / pd.Timedelta(days=1)).to_numpy(dtype=np.float64)
    angles = 2 * np.pi * share[:, None] * np.arange(1, HARMONICS + 1)
    weekday = np.eye(DAYS)[dates.day_of_week]
    return np.concatenate([np.sin(angles), np.cos(angles), weekday], axis=1).astype(np.float32)
