"""Columns that hold dates: timestamps, numbers or text, in any usual spelling."""

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from ..errors import DataError
from .cells import as_numbers, as_text, places
from .days import DAY as DAY_FORM
from .days import read_days
from .moments import NO_TIME, Moments
from .rows import RowNames
from .times_of_day import DAY, read_compact, read_time
from .zones import read_zone, to_utc

# Nanoseconds in one unit, with the range of values that fall between the years 1973 and 2099.
_EPOCH_UNITS = (
    ("seconds", 1_000_000_000, 1e8, 4.1e9),
    ("milliseconds", 1_000_000, 1e11, 4.1e12),
    ("microseconds", 1_000, 1e14, 4.1e15),
    ("nanoseconds", 1, 1e17, 4.1e18),
)
# Digits of compact dates: those of the day, then those of the time of day.
_COMPACT = ((8, 0), (12, 4), (14, 6), (17, 9))
_SPLIT = rf"^(?P<day>{DAY_FORM})(?P<rest>$|[^\d].*)$"


def read_moments(column: pd.Series, *, name: str, rows: RowNames) -> Moments:
    """The times of a column. Raises DataError where all cells together fit both orders of day and month."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        named: object = getattr(column.dtype, "tz", None)
        dates = pd.to_datetime(column, utc=True).dt.tz_convert(None).to_numpy()
        kind = "timestamps" if named is None else f"timestamps with time zone {named}, turned to UTC"
        known = ~np.isnat(dates)
        inside = known & (dates >= np.datetime64("1900")) & (dates < np.datetime64("2200"))
        nanoseconds = np.full(len(dates), NO_TIME, dtype=np.int64)
        if inside.all():
            nanoseconds = dates.astype("datetime64[ns]").view(np.int64)
        else:
            nanoseconds[inside] = dates[inside].astype("datetime64[ns]").view(np.int64)
        return Moments(nanoseconds, np.full(len(dates), named is not None), kind)
    numbers = as_numbers(column)
    if numbers is not None:
        return _from_numbers(numbers)
    return _fromas_text(column, name=name, rows=rows)


def _from_numbers(numbers: pd.Series) -> Moments:
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    filled = values[known]
    for digits, clock in _COMPACT:
        scale = 10.0 ** (digits - 4)
        if len(filled) and ((filled >= 1900 * scale) & (filled < 2100 * scale) & (filled % 1 == 0)).all():
            nanoseconds = np.full(len(values), NO_TIME, dtype=np.int64)
            nanoseconds[known] = _compact_dates(numbers[known].to_numpy().astype(np.int64), clock)
            if (nanoseconds != NO_TIME).any():
                return Moments(nanoseconds, np.zeros(len(values), dtype=bool), "compact dates")
    exact = pd.api.types.is_integer_dtype(numbers.dtype) and bool(known.all())
    integers = numbers.to_numpy(dtype=np.int64) if exact else None
    nanoseconds = np.full(len(values), NO_TIME, dtype=np.int64)
    units = []
    for unit, factor, low, high in _EPOCH_UNITS:
        inside = (values >= low) & (values < high)
        if not inside.any():
            continue
        units.append(unit)
        if integers is not None:
            nanoseconds[inside] = integers[inside] * factor
        elif factor == 1_000_000_000:
            # A float64 of seconds is exact to about a quarter of a microsecond: finer digits are noise.
            nanoseconds[inside] = np.round(values[inside] * 1e6).astype(np.int64) * 1_000
        else:
            nanoseconds[inside] = np.round(values[inside]).astype(np.int64) * factor
    kind = f"epoch {' or '.join(units) or 'numbers'} (by size), UTC"
    return Moments(nanoseconds, np.ones(len(values), dtype=bool), kind)


def _compact_dates(numbers: np.ndarray, clock: int) -> np.ndarray:
    days, left = np.divmod(numbers, 10**clock)
    distinct, codes = np.unique(days, return_inverse=True)
    found = read_days([str(day) for day in distinct]).numbers
    each = np.array([NO_TIME if day is None else day * DAY for day in found], dtype=np.int64)[codes]
    times = read_compact(left, clock) if clock else np.zeros(len(left), dtype=np.int64)
    if times is None:
        return np.full(len(numbers), NO_TIME, dtype=np.int64)
    return np.where(each == NO_TIME, NO_TIME, np.where(each == NO_TIME, 0, each) + times)


def _fromas_text(column: pd.Series, *, name: str, rows: RowNames) -> Moments:
    parts = pc.extract_regex(as_text(column), pattern=_SPLIT)
    day_text = pc.struct_field(parts, "day").dictionary_encode()
    days = read_days(day_text.dictionary.to_pylist())
    if days.ambiguous is not None:
        text, first, second = days.ambiguous
        raise DataError(
            f"{rows.source}: column {name!r}: in dates such as {text!r} the day and the month cannot be told apart "
            f"({first} or {second}); write them as 2021-12-31"
        )
    each_day = [NO_TIME if day is None else day * DAY for day in days.numbers]
    midnight = np.array([*each_day, NO_TIME], dtype=np.int64)[places(day_text)]
    rest = pc.struct_field(parts, "rest").dictionary_encode()
    clock, zone_of, zones = _clocks(rest.dictionary.to_pylist())
    codes = places(rest)
    known = (midnight != NO_TIME) & (clock[codes] != NO_TIME)
    nanoseconds = np.where(known, np.where(known, midnight, 0) + np.where(known, clock[codes], 0), NO_TIME)
    which = zone_of[codes]
    names = []
    for number, zone in enumerate(zones):
        if zone.startswith("/"):
            its = known & (which == number)
            nanoseconds[its], _ = to_utc(nanoseconds[its], zone[1:], what=f"{rows.source}: column {name!r}")
            names.append(zone[1:])
    pinned = known & (which >= 0)
    kind = "text"
    if pinned.any():
        kind = f"text with time zone {' and '.join(names)}" if names else "text with UTC offsets"
        kind += ", turned to UTC"
    return Moments(nanoseconds, pinned, kind, days.order)


def _clocks(texts: list[str]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """What stands behind the day: nanoseconds that it adds (the smallest number where it is no time), the number of
    its zone (-1 without one), and the zones, names with a slash before them; a last entry stands for no text."""
    zones: list[str] = []
    added, numbers = [], []
    for text in texts:
        clock = read_time(text) if text.strip() else None
        zone_text = clock.zone if clock is not None else ""
        if clock is None and text.strip():
            added.append(NO_TIME)
            numbers.append(-1)
            continue
        zone = read_zone(zone_text) if zone_text else None
        if zone_text and zone is None:
            added.append(NO_TIME)
            numbers.append(-1)
            continue
        nanoseconds = 0 if clock is None else clock.nanoseconds
        number = -1
        if zone is not None:
            key = f"/{zone.name}" if zone.name else ""
            if key not in zones:
                zones.append(key)
            number = zones.index(key)
            nanoseconds -= zone.offset
        added.append(nanoseconds)
        numbers.append(number)
    return (
        np.array([*added, NO_TIME], dtype=np.int64),
        np.array([*numbers, -1], dtype=np.int64),
        zones,
    )
