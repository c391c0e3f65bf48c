"""Reading dates in any usual spelling into UTC."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DataError
from .days import DAY as DAY_FORM
from .days import other_calendar, read_days
from .rows import RowNames
from .times_of_day import DAY, read_compact, read_time
from .zones import Twice, read_zone, to_utc

# Nanoseconds in one unit, with the range of values that fall between the years 1973 and 2099.
_EPOCH_UNITS = (
    ("seconds", 1_000_000_000, 1e8, 4.1e9),
    ("milliseconds", 1_000_000, 1e11, 4.1e12),
    ("microseconds", 1_000, 1e14, 4.1e15),
    ("nanoseconds", 1, 1e17, 4.1e18),
)
# Digits of compact dates: those of the day, then those of the time of day.
_COMPACT = ((8, 0), (12, 4), (14, 6), (17, 9))
_NONE = np.iinfo(np.int64).min
_SPLIT = rf"^(?P<day>{DAY_FORM})(?P<rest>$|[^\d].*)$"


@dataclass(frozen=True)
class Moments:
    """Times as a column names them.

    Attributes:
        nanoseconds: int64 (n,) since 1970, the smallest number where a cell holds no time.
        pinned: bool (n,), whether the cell itself says where UTC is; else it is a local time of nobody knows where.
        kind: in words, what they are written as.
        order: in words, how day and month were told apart.
    """

    nanoseconds: np.ndarray
    pinned: np.ndarray
    kind: str
    order: str = ""

    @property
    def known(self) -> np.ndarray:
        return self.nanoseconds != _NONE

    def first(self, rows: int) -> "Moments":
        """Those of the first rows."""
        return Moments(self.nanoseconds[:rows], self.pinned[:rows], self.kind, self.order)

    @property
    def only_days(self) -> bool:
        """Whether all of them are midnights."""
        known = self.nanoseconds[self.known]
        return len(known) > 0 and bool((known % DAY == 0).all())


def parse_dates(
    column: pd.Series,
    *,
    name: str,
    rows: RowNames,
    times: pd.Series | None = None,
    zone: str = "",
    twice: Twice = "told",
) -> tuple[np.ndarray, str]:
    """Open times as datetime64[ns] (n,) in UTC, and in words what was assumed about unit and time zone.

    Text may mix offsets; text without one means the time zone `zone`, UTC by default. Numbers are epoch seconds,
    milliseconds, microseconds or nanoseconds by their size, or compact dates such as 20211231. Whether the day or the
    month comes first is decided by all cells together. Nothing is filled in: a time of day alone is no date.

    Args:
        column: its index holds the rows of its table.
        times: the time of day, where `column` holds the day alone.
        zone: of dates without one, a name of the time zone database.
        twice: which of two is meant by a local time that clocks show twice; see `to_utc`.

    Raises DataError naming column, row and text of the first cell that is not a date.
    """
    moments = read_moments(column, name=name, rows=rows)
    if times is not None:
        moments = with_times(moments, times)
    dates = moments.nanoseconds
    said = moments.kind
    bare = moments.known & ~moments.pinned
    if bare.any():
        told = ""
        if zone:
            dates = dates.copy()
            what = f"{rows.source}: column {name!r}"
            dates[bare], told = to_utc(dates[bare], zone, what=what, twice=twice)
        some = (
            f"; {int(bare.sum()):,} without, taken" if moments.pinned.any() else " without time zone, taken"
        )
        said = f"{said}{some} as {zone or 'UTC'}{told}"
    return _checked(dates, column, times, name=name, rows=rows), said + moments.order


def read_moments(column: pd.Series, *, name: str, rows: RowNames) -> Moments:
    """The times of a column. Raises DataError where all cells together fit both orders of day and month."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        named: object = getattr(column.dtype, "tz", None)
        dates = pd.to_datetime(column, utc=True).dt.tz_convert(None).to_numpy()
        kind = "timestamps" if named is None else f"timestamps with time zone {named}, turned to UTC"
        known = ~np.isnat(dates)
        inside = known & (dates >= np.datetime64("1900")) & (dates < np.datetime64("2200"))
        nanoseconds = np.full(len(dates), _NONE, dtype=np.int64)
        if inside.all():
            nanoseconds = dates.astype("datetime64[ns]").view(np.int64)
        else:
            nanoseconds[inside] = dates[inside].astype("datetime64[ns]").view(np.int64)
        return Moments(nanoseconds, np.full(len(dates), named is not None), kind)
    numbers = as_numbers(column)
    if numbers is not None:
        return _from_numbers(numbers)
    return _from_text(column, name=name, rows=rows)


def with_times(moments: Moments, times: pd.Series) -> Moments:
    """Days with their times of day added; unknown where either is."""
    found = read_times(times)
    if found is None:
        return Moments(np.full(len(times), _NONE), moments.pinned, moments.kind, moments.order)
    known = moments.known & (found != _NONE)
    together = np.where(known, np.where(known, moments.nanoseconds, 0) + np.where(known, found, 0), _NONE)
    return Moments(together, moments.pinned, "day and time of day", moments.order)


def read_times(column: pd.Series) -> np.ndarray | None:
    """Nanoseconds since midnight int64 (n,) of a column of times of day, the smallest number where a cell is empty.

    None where a filled cell is no time of day, or where numbers such as 100 and 200 are hours as well as minutes.
    """
    filled = column.notna().to_numpy()
    if not filled.any():
        return None
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        spans = column.to_numpy().astype("timedelta64[ns]").view(np.int64)
        return spans if bool(((spans[filled] >= 0) & (spans[filled] <= DAY)).all()) else None
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return None
    numbers = as_numbers(column)
    # 04.30 is half past four, and no number.
    pointed = not pd.api.types.is_numeric_dtype(column.dtype) and bool(
        pc.any(pc.match_substring(_text(column), ".")).as_py()
    )
    if numbers is not None and not pointed:
        return _compact_times(column, numbers)
    array = _text(column).dictionary_encode()
    clocks = [read_time(text) for text in array.dictionary.to_pylist()]
    if any(clock is None or clock.zone for clock in clocks):
        return None
    each = np.array([0 if clock is None else clock.nanoseconds for clock in clocks] + [_NONE], dtype=np.int64)
    return each[_codes(array)]


def _compact_times(column: pd.Series, numbers: pd.Series) -> np.ndarray | None:
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    if not known.any() or (values[known] % 1 != 0).any():
        return None
    lengths = {1, len(str(int(values[known].max())))}
    if not pd.api.types.is_numeric_dtype(column.dtype):
        array = _text(column)
        lengths = set(pc.unique(pc.utf8_length(array)).drop_null().to_pylist())
    # Widths that differ lack their leading zeros.
    digits = next((size for size in (2, 4, 6, 9) if size >= max(lengths)), 9)
    if digits == 2 and lengths != {2} and values[known].max() > 23:
        digits = 4
    times = np.full(len(values), _NONE, dtype=np.int64)
    if digits == 4 and lengths != {4} and known.sum() > 1 and _hours_or_minutes(values[known]):
        return None
    found = read_compact(values[known], digits)
    if found is None and digits == 4 and len(lengths) > 1:
        found = read_compact(values[known], 6)
    if found is None:
        return None
    times[known] = found
    return times


def _hours_or_minutes(values: np.ndarray) -> bool:
    """Whether 0, 100, 200 may be the first minutes of one day as well as its hours; hours come back day by day."""
    return bool((values % 100 == 0).all()) and len(np.unique(values)) == len(values)


def as_numbers(column: pd.Series) -> pd.Series | None:
    """The column as numbers, or None where its first filled cell is not one."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return None
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    filled = column.dropna()
    if filled.empty or re.fullmatch(r"\s*\d+(\.\d*)?\s*", str(filled.iloc[0])) is None:
        return None
    if isinstance(filled.iloc[0], str):
        array = _text(column)
        plain = pc.match_substring_regex(array, r"^\d{1,18}$").fill_null(False)
        if pc.all(plain).as_py():
            return pd.Series(pc.cast(array, pa.int64()).to_numpy(), index=column.index)
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers if numbers.notna().mean() > 0.5 else None


def _from_numbers(numbers: pd.Series) -> Moments:
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    filled = values[known]
    for digits, clock in _COMPACT:
        scale = 10.0 ** (digits - 4)
        if len(filled) and ((filled >= 1900 * scale) & (filled < 2100 * scale) & (filled % 1 == 0)).all():
            nanoseconds = np.full(len(values), _NONE, dtype=np.int64)
            nanoseconds[known] = _compact_dates(numbers[known].to_numpy().astype(np.int64), clock)
            if (nanoseconds != _NONE).any():
                return Moments(nanoseconds, np.zeros(len(values), dtype=bool), "compact dates")
    exact = pd.api.types.is_integer_dtype(numbers.dtype) and bool(known.all())
    integers = numbers.to_numpy(dtype=np.int64) if exact else None
    nanoseconds = np.full(len(values), _NONE, dtype=np.int64)
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
    each = np.array([_NONE if day is None else day * DAY for day in found], dtype=np.int64)[codes]
    times = read_compact(left, clock) if clock else np.zeros(len(left), dtype=np.int64)
    if times is None:
        return np.full(len(numbers), _NONE, dtype=np.int64)
    return np.where(each == _NONE, _NONE, np.where(each == _NONE, 0, each) + times)


def _from_text(column: pd.Series, *, name: str, rows: RowNames) -> Moments:
    parts = pc.extract_regex(_text(column), pattern=_SPLIT)
    day_text = pc.struct_field(parts, "day").dictionary_encode()
    days = read_days(day_text.dictionary.to_pylist())
    if days.ambiguous is not None:
        text, first, second = days.ambiguous
        raise DataError(
            f"{rows.source}: column {name!r}: in dates such as {text!r} the day and the month cannot be told apart "
            f"({first} or {second}); write them as 2021-12-31"
        )
    each_day = [_NONE if day is None else day * DAY for day in days.numbers]
    midnight = np.array([*each_day, _NONE], dtype=np.int64)[_codes(day_text)]
    rest = pc.struct_field(parts, "rest").dictionary_encode()
    clock, zone_of, zones = _clocks(rest.dictionary.to_pylist())
    codes = _codes(rest)
    known = (midnight != _NONE) & (clock[codes] != _NONE)
    nanoseconds = np.where(known, np.where(known, midnight, 0) + np.where(known, clock[codes], 0), _NONE)
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
            added.append(_NONE)
            numbers.append(-1)
            continue
        zone = read_zone(zone_text) if zone_text else None
        if zone_text and zone is None:
            added.append(_NONE)
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
        np.array([*added, _NONE], dtype=np.int64),
        np.array([*numbers, -1], dtype=np.int64),
        zones,
    )


def _text(column: pd.Series) -> pa.Array:
    """The column's cells as trimmed text."""
    if not isinstance(column.dtype, pd.StringDtype):
        column = column.astype("string")
    array = pa.array(column, type=pa.large_string(), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return pc.utf8_trim_whitespace(array)


def _codes(array: pa.DictionaryArray) -> np.ndarray:
    """The place of each cell's text in the dictionary, -1 where there is none."""
    return array.indices.fill_null(-1).to_numpy(zero_copy_only=False)


def _checked(
    nanoseconds: np.ndarray, column: pd.Series, times: pd.Series | None, *, name: str, rows: RowNames
) -> np.ndarray:
    """datetime64[ns] (n,), or DataError naming the first cell that holds no date between 1900 and 2200."""
    wrong = np.flatnonzero(nanoseconds == _NONE)
    if len(wrong) == len(nanoseconds):
        cells = [str(cell)[:40] for cell in column.iloc[:3]]
        samples = ", ".join(map(repr, cells))
        calendar = other_calendar(cells)
        hint = (
            calendar
            or "write them as 2021-12-31 23:45, with or without offset, or as epoch seconds or milliseconds"
        )
        raise DataError(f"{rows.source}: column {name!r} holds no dates ({samples}); {hint}")
    if len(wrong):
        others = f" (and {len(wrong) - 1:,} more)" if len(wrong) > 1 else ""
        cell = column.iloc[wrong[0]]
        if times is not None and not pd.isna(cell):
            cell = f"{cell} {times.iloc[wrong[0]]}"
        missing = pd.isna(cell)
        what = "the date is missing" if missing else f"{str(cell)[:40]!r} is not a date"
        raise DataError(
            f"{rows.source}: column {name!r}, {rows.of(int(column.index[wrong[0]]))}: {what}{others}; "
            "correct or remove it"
        )
    return nanoseconds.view("datetime64[ns]")
