"""Where a candle stands in the hour, day, week and year, as the published TimesNet is told."""

import numpy as np
import pandas as pd

from ..errors import ConfigError
from ..large_arrays import large_array

_MARKS = {
    "s": ("second", "minute", "hour", "day_of_week", "day_of_month", "day_of_year"),
    "t": ("minute", "hour", "day_of_week", "day_of_month", "day_of_year"),
    "h": ("hour", "day_of_week", "day_of_month", "day_of_year"),
    "d": ("day_of_week", "day_of_month", "day_of_year"),
    "b": ("day_of_week", "day_of_month", "day_of_year"),
    "w": ("day_of_month", "week_of_year"),
    "m": ("month_of_year",),
}
# Dates worked on at once: what comes in between does not grow with the candles.
_CHUNK = 2**16


def mark_frequency(interval: pd.Timedelta) -> str:
    """The published frequency letter: `t` below an hour, `h` below a day, `d` from a day on."""
    if interval < pd.Timedelta(hours=1):
        return "t"
    return "h" if interval < pd.Timedelta(days=1) else "d"


def time_marks(dates: pd.Series | pd.DatetimeIndex, *, freq: str, embed: str = "timeF") -> np.ndarray:
    """Time features of `dates` (n, UTC) as the published data loader makes them, float32 (n, M).

    embed `timeF`: for freq `t` minute of hour, hour of day, day of week, day of month, day of year (M = 5),
    for `s` second of minute before them (6), for `h` without the first (4), for `d` and `b` without the first
    two (3), for `w` day of month and week of year (2), for `m` month of year (1); each from -0.5 to 0.5.
    embed `fixed` and `learned`: whole numbers month (1 to 12), day of month (1 to 31), day of week (0 to 6,
    Monday first), hour (M = 4), for freq `t` also the quarter of the hour (0 to 3; M = 5).
    Raises ConfigError for another embed, or a freq that `timeF` has no features for.

    Source: utils/timefeatures.py and data_provider/data_loader.py of the Time-Series-Library.
    """
    if embed not in ("timeF", "fixed", "learned"):
        raise ConfigError(f"embed={embed!r} is unknown; use timeF, fixed or learned")
    if embed == "timeF" and freq not in _MARKS:
        raise ConfigError(f"freq={freq!r} has no time features; use one of {', '.join(_MARKS)}")
    index = pd.DatetimeIndex(dates)
    marks = large_array((len(index), _marks_of(index[:0], freq, embed).shape[1]), np.float32)
    for start in range(0, len(index), _CHUNK):
        marks[start : start + _CHUNK] = _marks_of(index[start : start + _CHUNK], freq, embed)
    return marks


def _marks_of(index: pd.DatetimeIndex, freq: str, embed: str) -> np.ndarray:
    if embed == "timeF":
        scaled = {
            "second": index.second / 59 - 0.5,
            "minute": index.minute / 59 - 0.5,
            "hour": index.hour / 23 - 0.5,
            "day_of_week": index.day_of_week / 6 - 0.5,
            "day_of_month": (index.day - 1) / 30 - 0.5,
            "day_of_year": (index.day_of_year - 1) / 365 - 0.5,
            "week_of_year": (index.isocalendar().week.to_numpy(dtype=np.float64) - 1) / 52 - 0.5,
            "month_of_year": (index.month - 1) / 11 - 0.5,
        }
        return np.stack([np.asarray(scaled[name]) for name in _MARKS[freq]], axis=1).astype(np.float32)
    columns = [index.month, index.day, index.day_of_week, index.hour]
    if freq == "t":
        columns.append(index.minute // 15)
    return np.stack(columns, axis=1).astype(np.float32)
