"""Columns that hold the time of day."""

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from .cells import as_numbers, as_text, places
from .moments import NO_TIME
from .times_of_day import DAY, read_compact, read_time


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
        pc.any(pc.match_substring(as_text(column), ".")).as_py()
    )
    if numbers is not None and not pointed:
        return _compact_times(column, numbers)
    array = as_text(column).dictionary_encode()
    clocks = [read_time(text) for text in array.dictionary.to_pylist()]
    if any(clock is None or clock.zone for clock in clocks):
        return None
    each = np.array(
        [0 if clock is None else clock.nanoseconds for clock in clocks] + [NO_TIME], dtype=np.int64
    )
    return each[places(array)]


def _compact_times(column: pd.Series, numbers: pd.Series) -> np.ndarray | None:
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(values)
    if not known.any() or (values[known] % 1 != 0).any():
        return None
    lengths = {1, len(str(int(values[known].max())))}
    if not pd.api.types.is_numeric_dtype(column.dtype):
        array = as_text(column)
        lengths = set(pc.unique(pc.utf8_length(array)).drop_null().to_pylist())
    # Widths that differ lack their leading zeros.
    digits = next((size for size in (2, 4, 6, 9) if size >= max(lengths)), 9)
    if digits == 2 and lengths != {2} and values[known].max() > 23:
        digits = 4
    times = np.full(len(values), NO_TIME, dtype=np.int64)
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
