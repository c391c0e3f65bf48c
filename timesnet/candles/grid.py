"""The regular grid of open times that candles stand on."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import DataError
from .durations import in_words

# A second interval is one that fills this share of all steps, or this many steps on end: candles missing at
# random reach a quarter at most, and twelve equal gaps in a row are no accident.
_SECOND_SHARE = 0.3
_SECOND_RUN = 12
_FEW = 10
_HOUR = 3_600_000_000_000
_DAY = 24 * _HOUR


@dataclass(frozen=True)
class Steps:
    """Time from each candle to the one before it, in nanoseconds, 0 where there is none of the same
    symbol."""

    nanoseconds: np.ndarray
    symbols: np.ndarray

    @classmethod
    def between(cls, dates: np.ndarray, symbols: np.ndarray) -> "Steps":
        """`dates` int64 nanoseconds (n,) and `symbols` codes (n,), sorted by symbol, then date."""
        steps = np.zeros(len(dates), dtype=np.int64)
        same = symbols[1:] == symbols[:-1]
        steps[1:][same] = np.diff(dates)[same]
        return cls(steps, symbols)

    def regular(self, interval: int) -> np.ndarray:
        """Whether each candle follows the one before it without a gap, bool (n,).

        Candles of whole days that open at a local midnight are 23 or 25 hours apart when clocks change.
        """
        if interval % _DAY:
            return self.nanoseconds == interval
        return (self.nanoseconds > 0) & (np.abs(self.nanoseconds - interval) <= _HOUR)


def count_steps(steps: Steps) -> tuple[np.ndarray, np.ndarray]:
    """Every step there is, ascending, in nanoseconds, and how often: int64 (k,) both."""
    return np.unique(steps.nanoseconds[steps.nanoseconds > 0], return_counts=True)


def infer_interval(
    values: np.ndarray, counts: np.ndarray, *, source: str, expected: int | None = None
) -> int:
    """The commonest of the steps `values` (k,), in nanoseconds.

    With `expected`, candles must stand that far apart; where there are no two of them, it is taken as it is.
    Raises DataError where the interval is not the expected one, or where there are no two candles to infer it from.
    """
    if len(values) == 0:
        if expected is None:
            raise DataError(
                f"{source}: one date is too few to tell the interval; at least 2 candles of a symbol are needed"
            )
        return expected
    interval = int(values[np.argmax(counts)])
    if expected is not None and interval != expected:
        if expected not in values:
            raise DataError(
                f"{source}: candles are {_words(interval)} apart, but {_words(expected)} are expected; give "
                "candles of "
                f"{_words(expected)}"
            )
        return expected
    return interval


def refuse_second_interval(
    steps: Steps, interval: int, closed: np.ndarray, values: np.ndarray, counts: np.ndarray, *, source: str
) -> None:
    """Raise DataError where two intervals are mixed, naming both and how often each occurs.

    `closed` int (m,) are the candles before which the market was closed: nights as long as each other are no second
    interval, unless they follow each other with no other step between. `values` and `counts` are of `count_steps`.
    """
    if len(values) < 2:
        return
    regular = int(counts[values == interval].sum())
    in_a_row = _longest_runs(steps.nanoseconds, values)
    nights = np.searchsorted(values, steps.nanoseconds[closed])
    while_open = counts - np.bincount(nights, minlength=len(values))
    for value, count, often, run in zip(values, counts, while_open, in_a_row, strict=True):
        second = often >= max(_FEW, _SECOND_SHARE * while_open.sum()) or run >= _SECOND_RUN
        if value != interval and second:
            raise _mixed(interval, regular, int(value), int(count), source=source)
    of_any = np.bincount(steps.symbols, steps.nanoseconds > 0)
    of_any -= np.bincount(steps.symbols[closed], minlength=len(of_any))
    of_interval = np.bincount(steps.symbols, steps.nanoseconds == interval)
    for symbol in np.flatnonzero((of_interval < _SECOND_SHARE * of_any) & (of_any >= _FEW)):
        its = steps.nanoseconds[(steps.symbols == symbol) & (steps.nanoseconds > 0)]
        values, counts = np.unique(its, return_counts=True)
        own = int(values[np.argmax(counts)])
        if own != interval:
            raise _mixed(interval, regular, own, int(counts.max()), source=source)


def refuse_interleaved(
    dates: np.ndarray, differing: np.ndarray, symbols: np.ndarray, interval: int, *, source: str
) -> None:
    """Raise DataError where repeated dates themselves form a coarser grid: hourly candles laid over
    quarter-hourly.

    `dates` (n,) are those of dropped duplicates, sorted by symbol and date; `differing` says which held other
    numbers.
    """
    steps = Steps.between(dates[differing], symbols[differing]).nanoseconds
    values, counts = np.unique(steps[steps > 0], return_counts=True)
    if len(values) == 0:
        return
    step, count = int(values[np.argmax(counts)]), int(counts.max())
    if step > interval and step % interval == 0 and count >= max(_FEW, 0.8 * counts.sum()):
        raise _mixed(interval, len(dates), step, count, source=source)


def off_grid_rows(dates: np.ndarray, steps: Steps, interval: int) -> np.ndarray:
    """Rows (bool (n,)) that stand between two places of their symbol's grid, alone.

    A row off the commonest phase whose neighbour is exactly one interval away belongs to a grid that has
    shifted, as daily candles do when clocks change: it stays. So does a candle of whole days with none within half an
    interval: the day is its own, as one between two holidays after a change of clocks or one that closed early.
    """
    phase = dates % interval
    if (phase == phase[0]).all():
        return np.zeros(len(dates), dtype=bool)
    counts = pd.DataFrame({"symbol": steps.symbols, "phase": phase}).value_counts()
    usual = counts.reset_index().drop_duplicates("symbol").set_index("symbol")["phase"]
    follows = steps.regular(interval)
    followed = np.append(follows[1:], False)
    stray = (phase != usual.loc[steps.symbols].to_numpy()) & ~follows & ~followed
    if interval % _DAY == 0:
        near = (steps.nanoseconds > 0) & (steps.nanoseconds <= interval // 2)
        stray &= near | np.append(near[1:], False)
    return stray


def segment_numbers(steps: Steps, interval: int, closed: np.ndarray) -> np.ndarray:
    """int32 (int64 of 2^31 rows or more) (n,): which gap-free run of one symbol a row belongs to, counted from 0.

    `closed` int (m,) are the candles before which the market was closed, which ends no run.
    """
    breaks = ~steps.regular(interval)
    breaks[closed] = False
    # The first row has none before it, and so begins a run: it is to be number 0.
    breaks[:1] = False
    return np.cumsum(breaks, dtype=np.int32 if len(breaks) < 2**31 else np.int64)


def _longest_runs(steps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """For each of the sorted `values`, all of them among the `steps`, how often it stands there on end at most."""
    starts = np.flatnonzero(np.append(True, steps[1:] != steps[:-1]))
    lengths = np.diff(starts, append=len(steps))
    known = steps[starts] > 0
    longest = np.zeros(len(values), dtype=np.int64)
    np.maximum.at(longest, np.searchsorted(values, steps[starts[known]]), lengths[known])
    return longest


def _mixed(first: int, first_count: int, second: int, second_count: int, *, source: str) -> DataError:
    return DataError(
        f"{source}: two intervals mixed: {_words(first)} ({first_count:,} times) and {_words(second)} "
        f"({second_count:,} times); give candles of one interval"
    )


def _words(nanoseconds: int) -> str:
    return in_words(pd.Timedelta(nanoseconds, unit="ns"))
