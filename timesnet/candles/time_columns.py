"""Which column, or which two, hold the time: those whose values form a grid."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from ..errors import DataError
from ..tables import Moments, RowNames, other_calendar, read_moments, read_times, with_times
from .spellings import TIME_WORDS

# Candidates are told apart by so many rows.
_SAMPLE = 20_000
_GOOD = 0.9
_HOUR, _DAY = 3_600_000_000_000, 86_400_000_000_000


@dataclass(frozen=True)
class TimeColumns:
    """The column of the dates, that of the times of day beside it, if there is one, and what else was tried."""

    date: Hashable
    time_of_day: Hashable | None = None
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Candidate:
    columns: TimeColumns
    moments: Moments
    # Shares of rows, 0 to 1: filled, alone with their date, on a grid.
    quality: float
    # Less is better: spellings before others, times that say where UTC is first, then by name.
    rank: tuple[int, ...]


def choose_time(
    frame: pd.DataFrame,
    labels: Sequence[Hashable],
    symbol: Hashable | None,
    *,
    names: Sequence[str],
    ends: Sequence[str],
    plain: Callable[[Hashable], str],
    source: str,
) -> TimeColumns | None:
    """The column, or day and time of day, that dates the candles best; None where no name is that of a time.

    Args:
        labels: columns that may be it.
        symbol: the column of the symbols, within which a date stands once.
        names, ends: spellings of open times, the likeliest first, and of closing times.
        plain: turns a label into such a spelling.
    """
    named = [label for label in labels if plain(label) in names]
    # A candle is dated by its opening: a grid of closing times is one interval late.
    ending = [label for label in labels if plain(label) in ends]
    worded = [
        label
        for label in labels
        if label not in named
        and label not in ending
        and any(word in str(label).lower() for word in TIME_WORDS)
    ]
    named.sort(key=lambda label: names.index(plain(label)))
    possible = [*named, *worded]
    if len(frame) == 0:
        return TimeColumns(possible[0]) if possible else None
    if (
        len(possible) == 1
        and (frame.columns == possible[0]).sum() == 1
        and pd.api.types.is_datetime64_any_dtype(frame[possible[0]].dtype)
        and not any(_may_be_a_clock(frame[label]) for label in labels if label != possible[0])
    ):
        return TimeColumns(possible[0])
    if any((frame.columns == label).sum() > 1 for label in possible):
        return TimeColumns(possible[0])
    sample = frame.iloc[:_SAMPLE]
    sample = sample[sample.notna().any(axis=1)]
    if len(sample) == 0:
        return TimeColumns(possible[0]) if possible else None
    codes = None if symbol is None or (frame.columns == symbol).sum() > 1 else pd.factorize(sample[symbol])[0]
    candidates = _candidates(frame, sample, possible, named, codes, source)
    good = [candidate for candidate in candidates if candidate.quality >= _GOOD]
    if not good:
        # No name says it: the cells of any other column may.
        tried = [*possible, *ending]
        others = [label for label in labels if label not in tried and (frame.columns == label).sum() == 1]
        possible += [label for label in others if not pd.api.types.is_float_dtype(frame[label].dtype)]
        candidates = _candidates(frame, sample, possible, named, codes, source)
        good = [candidate for candidate in candidates if candidate.quality >= _GOOD]
    if not candidates:
        # The error of parse_dates says what is wrong with it.
        foreign = [
            label for label in possible if other_calendar(sample[label].dropna().iloc[:3].astype("str"))
        ]
        return TimeColumns((foreign or possible)[0]) if named or worded else None
    if good:
        best = min(good, key=lambda candidate: candidate.rank)
    else:
        best = max(candidates, key=lambda candidate: candidate.quality)
    used = {best.columns.date, best.columns.time_of_day}
    dated = dict.fromkeys(candidate.columns.date for candidate in candidates)
    return TimeColumns(
        best.columns.date, best.columns.time_of_day, tuple(str(label) for label in dated if label not in used)
    )


def _may_be_a_clock(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_datetime64_any_dtype(
        column.dtype
    )


def _candidates(
    frame: pd.DataFrame,
    sample: pd.DataFrame,
    possible: Sequence[Hashable],
    named: Sequence[Hashable],
    codes: np.ndarray | None,
    source: str,
) -> list[_Candidate]:
    whole: dict[Hashable, Moments] = {}
    clocks: dict[Hashable, pd.Series] = {}
    for label in possible:
        column = sample[label]
        times = read_times(column)
        if times is not None and not _are_days(column):
            clocks[label] = column
            if not _either(column):
                continue
        rows = RowNames(source=source)
        try:
            moments = read_moments(column, name=str(label), rows=rows)
        except DataError:
            # Both orders of day and month fit these rows; all rows of the file may tell.
            try:
                moments = read_moments(frame[label], name=str(label), rows=rows).first(len(sample))
            except DataError:
                if label in named:
                    raise
                continue
        if moments.known.mean() > 0.5:
            whole[label] = moments
    found = []
    for place, label in enumerate(possible):
        if label in whole:
            group = 0 if label in named else 1
            sure = 0 if whole[label].pinned.any() else 1
            rank = (group, 1, sure, place)
            found.append(_Candidate(TimeColumns(label), whole[label], _grid(whole[label], codes), rank))
    for day, clock in product(whole, clocks):
        if day != clock and whole[day].only_days:
            moments = with_times(whole[day], clocks[clock])
            rank = (0, 0, 0, possible.index(day))
            found.append(_Candidate(TimeColumns(day, clock), moments, _grid(moments, codes), rank))
    return found


def _are_days(column: pd.Series) -> bool:
    """Whether numbers that are times of day too are dates: 20240304, or epoch seconds."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return bool((column.dropna() >= 10_000_000).all())
    return bool(column.dropna().astype("str").str.strip().str.fullmatch(r"\d{8,}").all())


def _either(column: pd.Series) -> bool:
    """Whether cells such as 04.05.10 are times of day as well as days."""
    if not isinstance(column.dtype, pd.StringDtype) and column.dtype != object:
        return False
    return bool(column.dropna().astype("str").str.fullmatch(r"\s*\d{1,2}([.-])\d{2}\1\d{2}\s*").all())


def _grid(moments: Moments, codes: np.ndarray | None) -> float:
    """How well times form a grid, 0 to 1: the least of the shares of rows that are filled, that stand alone with
    their date, and whose step from the one before is a multiple of the commonest."""
    known = moments.known
    dates = moments.nanoseconds[known]
    if len(dates) < 2:
        return float(len(dates) == len(known))
    symbols = np.zeros(len(dates), dtype=np.int64) if codes is None else codes[known]
    order = np.lexsort((dates, symbols))
    dates, symbols = dates[order], symbols[order]
    steps = np.diff(dates)[symbols[1:] == symbols[:-1]]
    if len(steps) == 0:
        return float(known.mean())
    alone = float((steps > 0).mean())
    moving = steps[steps > 0]
    if len(moving) == 0:
        return 0.0
    values, counts = np.unique(moving, return_counts=True)
    usual = int(values[np.argmax(counts)])
    off = np.abs(moving - np.round(moving / usual).astype(np.int64) * usual)
    # Days that open at a local midnight are 23 or 25 hours apart when clocks change; months differ by days.
    slack = 0 if usual % _DAY else _HOUR if usual < 28 * _DAY else moving
    regular = float(((off <= slack) & (moving >= usual * 0.9)).mean())
    return min(float(known.mean()), alone, regular)
