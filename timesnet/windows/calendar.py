"""Where a candle's open time stands in the day and in the week, as channels that any network takes.

A window of twelve hours cannot see the day that it lies in, and much of what comes next depends on it: volatility
follows the hours of the exchanges and the weekdays. Smooth harmonics say the time of day without a jump at midnight.
The clock is that of the market where its hours follow one, else UTC.

| name | formula |
| --- | --- |
| time_of_day_sin_k, time_of_day_cos_k | sine and cosine of 2 pi k x (seconds since midnight) / 86,400, k from 1 to 4 |
| monday … sunday | 1 on that weekday, else 0 |
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..candles import Candles
from ..market import to_local

HARMONICS = 4
_DAY, _WEEK = pd.Timedelta(days=1), pd.Timedelta(days=7)
TIME_OF_DAY: tuple[str, ...] = tuple(
    f"time_of_day_{wave}_{k}" for k in range(1, HARMONICS + 1) for wave in ("sin", "cos")
)
WEEKDAYS: tuple[str, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CALENDAR: tuple[str, ...] = (*TIME_OF_DAY, *WEEKDAYS)


def calendar_of(interval: pd.Timedelta) -> tuple[str, ...]:
    """The names that tell candles of this interval apart: daily candles have no time of day, weekly ones no weekday."""
    if interval < _DAY:
        return CALENDAR
    return WEEKDAYS if interval < _WEEK else ()


def local_dates(candles: Candles) -> pd.DatetimeIndex:
    """Open times by the clock of the market, without zone (n,).

    Markets whose hours follow the clock of a zone have that; all others, and candles of whole days, UTC.
    """
    moments = pd.DatetimeIndex(candles.frame["date"]).as_unit("ns").asi8
    zones = {
        symbol: hours.zone
        for symbol in candles.frame["symbol"].cat.categories
        if (hours := candles.market.of(str(symbol))) is not None
    }
    if candles.interval < _DAY and any(zone != "UTC" for zone in zones.values()):
        moments = moments.copy()
        symbols = candles.frame["symbol"].cat.codes.to_numpy()
        for code, symbol in enumerate(candles.frame["symbol"].cat.categories):
            rows = symbols == code
            moments[rows] = to_local(moments[rows], zones.get(symbol, "UTC"))
    return pd.DatetimeIndex(moments.view("datetime64[ns]"))


def calendar_columns(dates: pd.DatetimeIndex, names: Sequence[str] = CALENDAR) -> dict[str, np.ndarray]:
    """Those of CALENDAR that are among the names, for each of the dates (n,) in their own time zone: float64 (n,)."""
    found: dict[str, np.ndarray] = {}
    if any(name in WEEKDAYS for name in names):
        weekday = np.asarray(dates.day_of_week)
        found = {name: (weekday == WEEKDAYS.index(name)).astype(np.float64) for name in WEEKDAYS}
    if any(name in TIME_OF_DAY for name in names):
        since_midnight = np.asarray(dates.hour * 3600 + dates.minute * 60 + dates.second, dtype=np.float64)
        for k in range(1, HARMONICS + 1):
            angle = 2 * np.pi * k * since_midnight / _DAY.total_seconds()
            found |= {f"time_of_day_sin_{k}": np.sin(angle), f"time_of_day_cos_{k}": np.cos(angle)}
    return {name: found[name] for name in names if name in found}
