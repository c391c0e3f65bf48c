"""Reading dates in any usual spelling into UTC."""

import re

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from ..errors import DataError
from .rows import RowNames

# Nanoseconds in one unit, with the range of values that fall between the years 1973 and 2099.
_EPOCH_UNITS = (
    ("seconds", 1_000_000_000, 1e8, 4.1e9),
    ("milliseconds", 1_000_000, 1e11, 4.1e12),
    ("microseconds", 1_000, 1e14, 4.1e15),
    ("nanoseconds", 1, 1e17, 4.1e18),
)
_COMPACT = ((8, "%Y%m%d"), (12, "%Y%m%d%H%M"), (14, "%Y%m%d%H%M%S"))
_DASHED_TIME = r"^\d{4}-\d{2}-\d{2}[ T_]\d{2}-(\d{2}|[AP]M)"
_ZONE = r"(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$"


def parse_dates(column: pd.Series, *, name: str, rows: RowNames) -> tuple[np.ndarray, str]:
    """Open times as datetime64[ns] (n,) in UTC, and in words what was assumed about unit and time zone.

    Text may mix offsets; text without one means UTC. Numbers are epoch seconds, milliseconds, microseconds or
    nanoseconds by their size, or compact dates such as 20211231.
    The index of `column` holds the rows of its table.
    Raises DataError naming column, row and text of the first cell that is not a date.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        dates = pd.to_datetime(column, utc=True)
        named: object = getattr(column.dtype, "tz", None)
        zone = (
            "without time zone, taken as UTC" if named is None else f"with time zone {named}, turned to UTC"
        )
        return _checked(dates, column, name=name, rows=rows), f"timestamps {zone}"
    numbers = _as_numbers(column)
    if numbers is not None:
        return _from_numbers(numbers, column, name=name, rows=rows)
    return _from_text(column, name=name, rows=rows)


def _as_numbers(column: pd.Series) -> pd.Series | None:
    """The column as numbers, or None where its first filled cell is not one."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return None
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    filled = column.dropna()
    if filled.empty or re.fullmatch(r"\s*\d+(\.\d*)?\s*", str(filled.iloc[0])) is None:
        return None
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers if numbers.notna().mean() > 0.5 else None


def _from_numbers(
    numbers: pd.Series, column: pd.Series, *, name: str, rows: RowNames
) -> tuple[np.ndarray, str]:
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    filled = values[~np.isnan(values)]
    for digits, layout in _COMPACT:
        scale = 10.0 ** (digits - 4)
        if len(filled) and ((filled >= 1900 * scale) & (filled < 2100 * scale) & (filled % 1 == 0)).all():
            text = numbers.astype("Int64").astype("string")
            dates = pd.to_datetime(text, format=layout, utc=True, errors="coerce")
            if dates.notna().any():
                return _checked(dates, column, name=name, rows=rows), "compact dates, taken as UTC"
    exact = pd.api.types.is_integer_dtype(numbers.dtype) and numbers.notna().all()
    integers = numbers.to_numpy(dtype=np.int64) if exact else None
    nanoseconds = np.full(len(values), np.iinfo(np.int64).min, dtype=np.int64)
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
    dates = pd.Series(pd.to_datetime(nanoseconds.view("datetime64[ns]"), utc=True))
    return (
        _checked(dates, column, name=name, rows=rows),
        f"epoch {' or '.join(units) or 'numbers'} (by size), UTC",
    )


def _from_text(column: pd.Series, *, name: str, rows: RowNames) -> tuple[np.ndarray, str]:
    text = column.astype("string").str.strip()
    first = str(text.dropna().iloc[0]) if text.notna().any() else ""
    if re.search(r"(UTC|GMT)", first, flags=re.IGNORECASE):
        text = text.str.replace(r"\s*(?:UTC|GMT)\s*(?=[+-]\d)", "", regex=True, case=False)
        text = text.str.replace(r"\s*(?:UTC|GMT)$", "+00:00", regex=True, case=False)
    if re.search(_DASHED_TIME, first, flags=re.IGNORECASE):
        # ISO 8601 would take the minutes of 14-45-00 for an offset.
        text = text.str.replace(r"(?<=[ T_]\d{2})-(?=[AaPp][Mm]$)", " ", regex=True)
        text = text.str.replace(r"(?<=[ T_]\d{2})-(\d{2})(?:-(\d{2}))?$", _with_colons, regex=True)
    dates = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
    order = ""
    unread = (dates.isna() & text.notna()).to_numpy()
    if unread.any():
        other, order = _other_spellings(text[unread], name=name, rows=rows)
        dates = dates.where(~unread, other.reindex(dates.index))
    zoned = text.str.contains(_ZONE, regex=True).fillna(False).to_numpy(dtype=bool)
    # A bare day such as 2021-09-27 ends like an offset does.
    zoned &= text.str.contains(":", regex=False).fillna(False).to_numpy(dtype=bool)
    checked = _checked(dates, column, name=name, rows=rows)
    if zoned.all():
        return checked, f"text with UTC offsets, turned to UTC{order}"
    if not zoned.any():
        return checked, f"text without time zone, taken as UTC{order}"
    bare = int((~zoned).sum())
    return checked, f"text with UTC offsets, turned to UTC; {bare:,} without, taken as UTC{order}"


def _with_colons(match: re.Match[str]) -> str:
    return "".join(f":{part}" for part in match.groups() if part)


def _other_spellings(text: pd.Series, *, name: str, rows: RowNames) -> tuple[pd.Series, str]:
    """Dates that ISO 8601 does not know, such as 31/12/2021 or Dec 31, 2021, and the order assumed."""
    parts = text.str.extract(r"^(\d{1,2})([./-])(\d{1,2})[./-]\d{2,4}\b")
    day_first, order = False, ""
    if parts[0].notna().any():
        first, second = pd.to_numeric(parts[0]), pd.to_numeric(parts[2])
        dotted = bool((parts[1] == ".").any())
        day_first = bool(first.max() > 12) or (dotted and not second.max() > 12)
        if not day_first and not second.max() > 12:
            sample = text[parts[0].notna()].iloc[0]
            raise DataError(
                f"{rows.source}: column {name!r}: in dates such as {sample!r} the day and the month cannot "
                "be told "
                "apart; write them as 2021-12-31"
            )
        order = ", day first" if day_first else ", month first"
    layout = guess_datetime_format(str(text.iloc[0]), dayfirst=day_first)
    dates = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us, UTC]")
    if layout is not None:
        dates = pd.to_datetime(text, format=layout, utc=True, errors="coerce")
    if dates.isna().all() and layout is None:
        dates = pd.to_datetime(text, format="mixed", dayfirst=day_first, utc=True, errors="coerce")
    return dates, order


def _checked(dates: pd.Series, column: pd.Series, *, name: str, rows: RowNames) -> np.ndarray:
    """datetime64[ns] (n,), or DataError naming the first cell that holds no date between 1900 and 2200."""
    times = dates.dt.tz_convert(None).to_numpy()
    wrong = np.flatnonzero(~((times >= np.datetime64("1900")) & (times < np.datetime64("2200"))))
    if len(wrong) == len(dates):
        samples = ", ".join(repr(str(cell)[:40]) for cell in column.iloc[:3])
        raise DataError(
            f"{rows.source}: column {name!r} holds no dates ({samples}); write them as 2021-12-31 23:45, "
            "with or "
            "without offset, or as epoch seconds or milliseconds"
        )
    if len(wrong):
        others = f" (and {len(wrong) - 1:,} more)" if len(wrong) > 1 else ""
        cell = column.iloc[wrong[0]]
        what = "the date is missing" if pd.isna(cell) else f"{str(cell)[:40]!r} is not a date"
        raise DataError(
            f"{rows.source}: column {name!r}, {rows.of(int(column.index[wrong[0]]))}: {what}{others}; "
            "correct or remove it"
        )
    return times.astype("datetime64[ns]")
