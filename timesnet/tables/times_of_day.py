"""The times of day that text and numbers name, with the zone that stands behind them."""

import re
from dataclasses import dataclass

import numpy as np

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

_CLOCK = (
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?",
    r"(\d{1,2})-(\d{2})(?:-(\d{2})())?",
    r"(\d{1,2})\.(\d{2})(?:\.(\d{2})())?",
    r"(\d{1,2})h(\d{2})(?:m(\d{2})s?())?",
    r"(\d{2})(\d{2})(?:(\d{2})[.,]?(\d{1,9})?)?",
    r"(\d{1,2})()()()",
)
_HALF = r"(?:[\s-]*([AaPp])\.?[Mm]\.?)?"
_PATTERNS = tuple(re.compile(rf"(?:[T\s,;_:]|\s-\s)*{clock}{_HALF}\s*(.*)") for clock in _CLOCK)
_LONE_HOUR = _PATTERNS[-1]


@dataclass(frozen=True)
class Clock:
    """Nanoseconds since midnight (24:00 is a whole day), and the text of the zone behind them, "" where none is."""

    nanoseconds: int
    zone: str = ""


def read_time(text: str) -> Clock | None:
    """A time of day such as `T09:35:00.5Z`, `09:35 PM`, `0935`, `09-35-00`; None where it is none."""
    # A zone's name in brackets says nothing new behind an offset; alone it is the zone.
    text = re.sub(r"(Z|UTC|GMT|[+\-−]\d{2}:?\d{2})\s*\([^)]*\)$", r"\1", text)
    text = re.sub(r"\s*\(([^)]*)\)$", r" \1", text).strip()
    for pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        hour, minute, second, fraction, half, zone = found.groups()
        if pattern is _LONE_HOUR and zone and not half:
            continue
        if zone and not re.match(r"[A-Za-z+\-−]", zone):
            continue
        clock = _clock(int(hour), int(minute or 0), int(second or 0), fraction or "", half)
        return None if clock is None else Clock(clock, zone.strip())
    return None


def _clock(hour: int, minute: int, second: int, fraction: str, half: str | None) -> int | None:
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    whole_day = hour == 24 and minute == second == 0 and not fraction.strip("0")
    if (hour > 23 and not whole_day) or minute > 59 or second > 59:
        return None
    return (hour * 3600 + minute * 60 + second) * SECOND + int(fraction.ljust(9, "0") if fraction else 0)


def read_compact(numbers: np.ndarray, digits: int) -> np.ndarray | None:
    """Nanoseconds since midnight int64 (n,) of numbers such as 935 and 93500; None where one is no such time.

    digits: 4 for hours and minutes, 6 with seconds, 9 with milliseconds, 2 for hours alone.
    """
    values = numbers.astype(np.int64)
    thousandths = np.zeros_like(values)
    if digits == 9:
        values, thousandths = np.divmod(values, 1000)
    if digits == 2:
        values = values * 10_000
    elif digits == 4:
        values = values * 100
    hour, minute, second = values // 10_000, values // 100 % 100, values % 100
    whole_day = (values == 240_000) & (thousandths == 0)
    if ((values < 0) | ((hour > 23) & ~whole_day) | (minute > 59) | (second > 59)).any():
        return None
    return ((hour * 3600 + minute * 60 + second) * 1000 + thousandths) * (SECOND // 1000)
