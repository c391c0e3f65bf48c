"""When a market is open: hours of a week in its own time zone, or a calendar that was named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from ..errors import ConfigError

MINUTE = 60_000_000_000
DAY = 24 * 60 * MINUTE
WEEK = 7 * DAY
# 1970-01-01 was a Thursday; weeks are counted from the Monday before it.
_FIRST_MONDAY = -3 * DAY
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, eq=False)
class Sessions:
    """The stretches in which a market is open, in order, none overlapping another.

    Attributes:
        opens, closes: int64 (n,), nanoseconds since 1970; `closes` is the first moment after a session.
    """

    opens: np.ndarray
    closes: np.ndarray


class Hours(Protocol):
    """When a market is open, and whether all its holidays are known."""

    @property
    def zone(self) -> str:
        """IANA name of the market's clock."""
        ...

    @property
    def longest_closure(self) -> int:
        """Nanoseconds that a holiday, whose date is not known, may last at most; 0 where all are known."""
        ...

    def clock(self, moments: np.ndarray, interval: int) -> np.ndarray:
        """Open times (n,) of candles, nanoseconds since 1970, by the clock in which `sessions` are given."""
        ...

    def sessions(self, first: int, last: int, interval: int) -> Sessions:
        """All sessions that overlap `first` to `last`, for candles of `interval`; all in nanoseconds."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, for `hours_from_dict`."""
        ...

    def in_words(self) -> str:
        """One line."""
        ...


@dataclass(frozen=True)
class WeeklyHours:
    """Hours that are the same every week by the clock of `zone`; holidays are not known beforehand.

    Attributes:
        zone: IANA name, whose summer time the hours follow; UTC for none.
        spans: minutes since Monday 00:00, local time: when each session of a week opens and closes, in order; a
            session lasts a day at most, and the last one may close in the next week.
        longest_closure: nanoseconds.
    """

    zone: str
    spans: tuple[tuple[int, int], ...]
    longest_closure: int

    def clock(self, moments: np.ndarray, interval: int) -> np.ndarray:
        return moments

    def sessions(self, first: int, last: int, interval: int) -> Sessions:
        weeks = np.arange((first - _FIRST_MONDAY) // WEEK - 2, (last - _FIRST_MONDAY) // WEEK + 3)
        starts = weeks[:, None] * WEEK + _FIRST_MONDAY
        spans = np.array(self.spans, dtype=np.int64) * MINUTE
        return Sessions(*(to_utc((starts + spans[:, side]).ravel(), self.zone) for side in (0, 1)))

    def to_dict(self) -> dict[str, Any]:
        return {
            "zone": self.zone,
            "open": [list(span) for span in self.spans],
            "longest_closure_seconds": self.longest_closure / 1e9,
        }

    def in_words(self) -> str:
        return f"{_spans_in_words(self.spans)} {self.zone}"


def to_utc(local: np.ndarray, zone: str) -> np.ndarray:
    """Wall-clock times (n,) in nanoseconds as moments in UTC; a time that a change of clocks skips is moved on."""
    if zone == "UTC":
        return local
    index = pd.DatetimeIndex(local.view("datetime64[ns]"))
    try:
        moments = index.tz_localize(
            zone, ambiguous=np.zeros(len(index), dtype=bool), nonexistent="shift_forward"
        )
    except (KeyError, ValueError) as error:
        raise ConfigError(f"time zone {zone!r} is unknown") from error
    return np.array(moments.asi8)


def to_local(moments: np.ndarray, zone: str) -> np.ndarray:
    """Moments (n,) in nanoseconds since 1970, UTC, as wall-clock times in nanoseconds."""
    if zone == "UTC":
        return moments
    index = pd.DatetimeIndex(moments.view("datetime64[ns]")).tz_localize("UTC").tz_convert(zone)
    return np.array(index.tz_localize(None).asi8)


def weekly_hours_from_dict(described: Mapping[str, Any]) -> WeeklyHours:
    """Inverse of `WeeklyHours.to_dict`. Raises ConfigError for what is none."""
    try:
        zone, spans = str(described["zone"]), described["open"]
        longest = round(float(described["longest_closure_seconds"]) * 1e9)
        pairs = tuple((int(start), int(stop)) for start, stop in spans)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ConfigError(
            f"hours {described!r:.80} are not a zone, open spans and a longest closure"
        ) from error
    flat = [minute for pair in pairs for minute in pair]
    a_week = WEEK // MINUTE
    if not pairs or flat != sorted(flat) or flat[0] < 0 or flat[-1] > flat[0] + a_week or longest < 0:
        raise ConfigError(f"hours: the open spans {spans!r:.80} are not in the order of a week")
    to_utc(np.zeros(1, dtype=np.int64), zone)
    return WeeklyHours(zone, pairs, longest)


def _spans_in_words(spans: tuple[tuple[int, int], ...]) -> str:
    """`Mon to Fri 09:30-16:00`, `Mon to Fri`; sessions that adjoin are one: `Sun 17:00 to Fri 17:00`."""
    if all(start % (DAY // MINUTE) == 0 and stop - start == DAY // MINUTE for start, stop in spans):
        return _days([start // (DAY // MINUTE) % 7 for start, _ in spans])
    joined: list[list[int]] = []
    for start, stop in spans:
        if joined and joined[-1][1] == start:
            joined[-1][1] = stop
        else:
            joined.append([start, stop])
    a_day, a_week = DAY // MINUTE, WEEK // MINUTE
    if len(joined) > 1 and joined[-1][1] - a_week == joined[0][0]:
        joined[0][0] = joined.pop()[0] - a_week
    if any(stop - start > a_day for start, stop in joined):
        return ", ".join(f"{_moment(start)} to {_moment(stop)}" for start, stop in joined)
    by_clock: dict[str, list[int]] = {}
    for start, stop in joined:
        close = (stop - 1) % a_day + 1
        clock = f"{start % a_day // 60:02d}:{start % 60:02d}-{close // 60:02d}:{close % 60:02d}"
        by_clock.setdefault(clock, []).append(start // a_day % 7)
    by_days: dict[str, list[str]] = {}
    for clock, days in by_clock.items():
        by_days.setdefault(_days(days), []).append(clock)
    return ", ".join(f"{days} {' and '.join(clocks)}" for days, clocks in by_days.items())


def _moment(minute: int) -> str:
    day, left = divmod(minute, DAY // MINUTE)
    return f"{_DAYS[day % 7]} {left // 60:02d}:{left % 60:02d}"


def _days(days: list[int]) -> str:
    if len(days) == 1:
        return _DAYS[days[0]]
    for first in range(7):
        row = [(first + place) % 7 for place in range(len(days))]
        if sorted(row) == sorted(days) and len(days) > 2:
            return f"{_DAYS[row[0]]} to {_DAYS[row[-1]]}"
    return ", ".join(_DAYS[day] for day in sorted(days))
