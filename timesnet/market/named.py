"""A market's calendar by its name, holidays and short days included."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from ..errors import ConfigError
from .hours import DAY, Sessions, to_local

CALENDARS = "exchange_calendars"
# Sessions asked for beyond the candles, so that a market that closes long has one on either side.
_MARGIN = pd.Timedelta(days=30)


@dataclass(frozen=True)
class NamedHours:
    """A calendar of the package exchange_calendars.

    Attributes:
        name: as XNYS, the market's code in ISO 10383.
    """

    name: str

    @property
    def longest_closure(self) -> int:
        return 0

    @property
    def zone(self) -> str:
        return _zone(self.name)

    def clock(self, moments: np.ndarray, interval: int) -> np.ndarray:
        # Candles of whole days are known by their date, which opens at midnight in UTC or in the market's own zone.
        if interval % DAY:
            return moments
        local = to_local(moments, _zone(self.name))
        return np.where(moments % DAY == 0, moments, local // DAY * DAY)

    def sessions(self, first: int, last: int, interval: int) -> Sessions:
        schedule = _schedule(self.name, first // DAY, last // DAY)
        if interval % DAY == 0:
            days = np.array(pd.DatetimeIndex(schedule.index).as_unit("ns").asi8)
            return Sessions(days, days + DAY)
        opens, closes, pauses, ends = (
            pd.DatetimeIndex(schedule[name]).as_unit("ns").asi8
            for name in ("open", "close", "break_start", "break_end")
        )
        lunch = schedule["break_start"].notna().to_numpy()
        return Sessions(
            np.sort(np.concatenate((opens, ends[lunch]))), np.sort(np.concatenate((closes, pauses[lunch])))
        )

    def to_dict(self) -> dict[str, Any]:
        return {"calendar": self.name}

    def in_words(self) -> str:
        return f"calendar {self.name}"


def named_hours(name: str) -> NamedHours:
    """The calendar of that name. Raises ConfigError where the package or the calendar is missing."""
    names = _package().get_calendar_names()
    if name not in names:
        near = difflib.get_close_matches(name.upper(), names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "give auto, 24/7 or a market's code as XNYS"
        raise ConfigError(f"calendar={name!r} is unknown; {hint}")
    return NamedHours(name)


def _package() -> Any:
    try:
        import exchange_calendars
    except ImportError:
        raise ConfigError(
            f"calendars by name need the package {CALENDARS}: pip install {CALENDARS}"
        ) from None
    return exchange_calendars


@lru_cache(maxsize=8)
def _zone(name: str) -> str:
    return str(_package().get_calendar(name).tz)


@lru_cache(maxsize=64)
def _schedule(name: str, first_day: int, last_day: int) -> pd.DataFrame:
    """Sessions around these days since 1970, with columns open, close, break_start and break_end."""
    start, end = (pd.Timestamp(day, unit="D") for day in (first_day, last_day))
    package = _package()
    kind = type(package.get_calendar(name))
    earliest, latest = kind.bound_min(), kind.bound_max()
    if (earliest is not None and start < earliest) or (latest is not None and end > latest):
        raise ConfigError(
            f"calendar={name!r} is known from {earliest or 'ever'} to {latest or 'ever'}, the candles are from "
            f"{start:%Y-%m-%d} to {end:%Y-%m-%d}"
        )
    begin, finish = start - _MARGIN, end + _MARGIN
    begin = begin if earliest is None else max(begin, earliest)
    finish = finish if latest is None else min(finish, latest)
    try:
        return package.get_calendar(name, start=begin, end=finish).schedule
    except ValueError as error:
        raise ConfigError(f"calendar={name!r} can't be had for these dates: {str(error)[:120]}") from error
