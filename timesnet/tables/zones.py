"""Local times turned to UTC, never silently wrong where clocks change."""

import re
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..errors import DataError
from .times_of_day import HOUR, SECOND

# Abbreviations that mean one thing; IST, CST and BST each mean several and are refused.
_ABBREVIATIONS = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "EST": -5,
    "EDT": -4,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "WET": 0,
    "WEST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "HKT": 8,
    "SGT": 8,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
}
# What is done with a local time that clocks show twice.
Twice = Literal["told", "earlier", "later"]
_OFFSET = re.compile(r"(?:UTC|GMT|Z)?\s*([+\-−])(\d{1,2})(?::?(\d{2}))?(?::?00)?", re.IGNORECASE)


@dataclass(frozen=True)
class Zone:
    """A fixed offset to UTC in nanoseconds, or a zone's name."""

    offset: int = 0
    name: str = ""


def read_zone(text: str) -> Zone | None:
    """What stands behind a time: `Z`, `+05:30`, `GMT+0100`, `EST`, `US/Eastern`; None where it is no zone."""
    if text.upper() in _ABBREVIATIONS:
        return Zone(_ABBREVIATIONS[text.upper()] * HOUR)
    found = _OFFSET.fullmatch(text)
    if found is not None:
        sign, hours, minutes = found.groups()
        size = (int(hours) * 60 + int(minutes or 0)) * 60 * SECOND
        return Zone(size if sign == "+" else -size) if size <= 15 * HOUR and int(minutes or 0) < 60 else None
    return Zone(name=text) if "/" in text and is_zone(text) else None


def is_zone(name: str) -> bool:
    """Whether the name is one of the time zone database."""
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True


def check_zone(name: str) -> None:
    """Raise DataError where `name` is no time zone."""
    if name and not is_zone(name):
        near = [zone for zone in sorted(zoneinfo.available_timezones()) if name.lower() in zone.lower()][:3]
        hint = f"did you mean {' or '.join(near)}?" if near else "give a name such as Asia/Tokyo"
        raise DataError(f"timezone={name!r} is no time zone: {hint}")


def to_utc(local: np.ndarray, zone: str, *, what: str, twice: Twice = "told") -> tuple[np.ndarray, str]:
    """int64 nanoseconds of local times (n,) turned to UTC, and in words what was decided where clocks go back.

    Of a local time that clocks show twice the order of rows says which is meant; or `twice` takes the earlier or the
    later one. Raises DataError, beginning with `what`, where nothing says it, or a time is none that the clocks show.
    """
    index = pd.DatetimeIndex(local.view("datetime64[ns]"))
    plain = index.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    doubtful = np.flatnonzero(plain.isna())
    if len(doubtful) == 0:
        return plain.asi8, ""
    forward = index[doubtful].tz_localize(
        zone, ambiguous=np.ones(len(doubtful), dtype=bool), nonexistent="NaT"
    )
    if forward.isna().any():
        moment = index[doubtful[np.flatnonzero(forward.isna())[0]]]
        raise DataError(
            f"{what}: clocks in {zone} never show {moment:%Y-%m-%d %H:%M}, they go forward then; give the time zone "
            "that the dates are in"
        )
    moment = index[doubtful[0]]
    if twice != "told":
        summer = np.full(len(index), twice == "earlier")
        which = "first" if twice == "earlier" else "second"
        return index.tz_localize(zone, ambiguous=summer).asi8, (
            f"; {len(doubtful):,} in an hour that clocks show twice, taken as the {which} of the two"
        )
    try:
        return _inferred(
            index, zone
        ).asi8, f"; {len(doubtful):,} in hours that clocks show twice, told by their order"
    except ValueError:
        raise DataError(
            f"{what}: clocks in {zone} show {moment:%Y-%m-%d %H:%M} twice and the order of rows does not tell which is "
            "meant; write dates in UTC or with their offset"
        ) from None


def _inferred(index: pd.DatetimeIndex, zone: str) -> pd.DatetimeIndex:
    backwards = len(index) > 1 and bool(index[0] > index[-1])
    ordered = index[::-1] if backwards else index
    found = ordered.tz_localize(zone, ambiguous="infer")
    return found[::-1] if backwards else found


def zones_that_repeat(moments: np.ndarray, candidates: Sequence[str] = ()) -> str | None:
    """The zone whose clocks show all these local times (int64 nanoseconds) twice, None where none does."""
    index = pd.DatetimeIndex(np.unique(moments).view("datetime64[ns]"))
    for zone in candidates or (
        "Europe/London",
        "Europe/Berlin",
        "Europe/Athens",
        "America/New_York",
        "America/Chicago",
        "America/Los_Angeles",
        "Australia/Sydney",
    ):
        once = index.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
        if once.isna().all():
            return zone
    return None
