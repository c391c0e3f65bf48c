"""Four splits in the order of time, with nothing shared between them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from probes import even_subsample
from study.errors import StudyError
from timesnet.candles import in_words

SPLIT_NAMES = ("fit", "tune", "select", "test")
SHARES = (0.55, 0.15, 0.15, 0.15)
MIN_WINDOWS = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Splits:
    """Windows of each split.

    Attributes:
        fit, tune, select, test: int64, places in the array of window ends that was split, in its order.
        boundaries: for each split the dates (UTC) of its `first_candle` (the first that its first window knows),
            `first_end` and `last_end` (last candles of its first and last window) and `last_candle` (the last
            of its last label).
        purge: candles between the last window end of one split and the first of the next that serve neither.
        purged: windows that belong to no split for that reason.
    """

    fit: np.ndarray
    tune: np.ndarray
    select: np.ndarray
    test: np.ndarray
    boundaries: Mapping[str, Mapping[str, pd.Timestamp]]
    purge: int
    purged: int

    def to_dict(self) -> dict[str, dict[str, str | int]]:
        """Number of windows and boundary dates of each split, as ISO 8601 text in UTC."""
        return {
            name: {
                "windows": len(getattr(self, name)),
                **{key: date.isoformat() for key, date in dates.items()},
            }
            for name, dates in self.boundaries.items()
        }


def chronological_splits(
    dates: pd.DatetimeIndex | pd.Series | np.ndarray,
    *,
    interval: pd.Timedelta,
    seq_len: int,
    horizon: int,
    look_back: int = 0,
    shares: tuple[float, float, float, float] = SHARES,
    min_windows: int = MIN_WINDOWS,
    n_candles: int | None = None,
) -> Splits:
    """Split windows by the date of their last candle.

    What happens in time: a window that ends at 12:00 is made of the `seq_len` candles up to 12:00, and its
    label is settled by the `horizon` candles after it. The last fit window therefore knows the market until
    `horizon` candles after its end. The first tune window, with the `look_back` candles before it that its
    features use, may begin only then, and so ends `look_back + seq_len` candles later still: the
    `seq_len + horizon - 1 + look_back` ends in between (the purge) would make windows that share a candle with
    one side or the other, and are left out. Time decides, not the number of rows: a gap of two
    days purges by itself, and no symbol's future is another symbol's past.

    Args:
        dates: (n,) open time of each window's last candle, in any order, possibly of several symbols.
        interval: from one candle to the next.
        look_back: candles before a window that its features use.
        shares: of the windows that the purge leaves, for fit, tune, select and test; they add up to 1.
        min_windows: that every split must hold.
        n_candles: how many candles there are, for the message when they are too few.

    Raises StudyError saying how many candles are needed and how many there are, or which share is wrong.
    """
    if (
        len(shares) != len(SPLIT_NAMES)
        or min(shares) <= 0
        or not math.isclose(sum(shares), 1.0, abs_tol=1e-6)
    ):
        raise StudyError(f"shares={shares} must be four numbers above 0 that add up to 1")
    times = pd.DatetimeIndex(dates).as_unit("ns").asi8
    step = int(interval.value)
    purge = seq_len + horizon - 1 + look_back
    moments, counts = np.unique(times, return_counts=True)
    until = np.concatenate(([0], np.cumsum(counts)))
    ranges = _ranges(moments, until, purge, step, shares)
    if ranges is None or min(until[stop] - until[start] for start, stop in ranges) < min_windows:
        raise StudyError(
            _too_few(
                len(times),
                len(moments),
                seq_len,
                horizon,
                look_back,
                interval,
                shares,
                min_windows,
                n_candles,
            )
        )
    rows: dict[str, np.ndarray] = {}
    boundaries: dict[str, dict[str, pd.Timestamp]] = {}
    for name, (start, stop) in zip(SPLIT_NAMES, ranges, strict=True):
        first, last = int(moments[start]), int(moments[stop - 1])
        rows[name] = np.flatnonzero((times >= first) & (times <= last))
        boundaries[name] = {
            "first_candle": _date(first - (seq_len - 1 + look_back) * step),
            "first_end": _date(first),
            "last_end": _date(last),
            "last_candle": _date(last + horizon * step),
        }
    purged = len(times) - sum(len(each) for each in rows.values())
    return Splits(**rows, boundaries=boundaries, purge=purge, purged=purged)


def thinned(splits: Splits, at_most: int, groups: np.ndarray | None = None) -> Splits:
    """At most so many windows of fit, tune and select together, and of test in proportion; all where they are fewer.

    Each split is thinned evenly over time, within each of the `groups` (n,) where windows are of several, such as
    symbols: an even step through windows of ten symbols at every date could meet the same symbol each time.
    """
    total = len(splits.fit) + len(splits.tune) + len(splits.select)
    if total <= at_most:
        return splits

    def few(rows: np.ndarray) -> np.ndarray:
        by_group = rows if groups is None else rows[np.argsort(groups[rows], kind="stable")]
        return np.sort(even_subsample(by_group, max(1, len(rows) * at_most // total)))

    return replace(
        splits,
        fit=few(splits.fit),
        tune=few(splits.tune),
        select=few(splits.select),
        test=few(splits.test),
    )


def _ranges(
    moments: np.ndarray, until: np.ndarray, purge: int, step: int, shares: tuple[float, ...]
) -> list[tuple[int, int]] | None:
    """For each split the range of `moments` (n,) it holds, `purge` steps between neighbours; None where some
    split would be empty. `until` (n + 1,) counts the windows before each moment."""
    total = int(until[-1])
    if total == 0:
        return None
    # How many windows the purge takes is known only once the cuts are placed, since gaps purge by themselves:
    # begin with what it takes where there is none, and keep the cuts that come nearest to the shares.
    usable = max(total - round((len(shares) - 1) * purge * total / len(moments)), len(shares))
    best, least = None, math.inf
    for _ in range(8):
        ranges = _place(moments, until, (purge + 1) * step, [share * usable for share in shares])
        if ranges is None:
            break
        counts = np.array([until[stop] - until[start] for start, stop in ranges])
        usable = int(counts.sum())
        off = float(np.abs(counts - np.array(shares) * usable).max())
        if off >= least:
            break
        best, least = ranges, off
    return best


def _place(
    moments: np.ndarray, until: np.ndarray, distance: int, sizes: list[float]
) -> list[tuple[int, int]] | None:
    """Ranges of so many windows, `distance` nanoseconds from end to begin; the last one takes all that is
    left."""
    ranges, start = [], 0
    for number, size in enumerate(sizes):
        if start >= len(moments):
            return None
        stop = len(moments)
        if number < len(sizes) - 1:
            stop = int(np.searchsorted(until, until[start] + round(size), side="left"))
            stop = min(max(stop, start + 1), len(moments))
        ranges.append((start, stop))
        start = int(np.searchsorted(moments, moments[stop - 1] + distance, side="left"))
    return ranges


def _too_few(
    windows: int,
    moments: int,
    seq_len: int,
    horizon: int,
    look_back: int,
    interval: pd.Timedelta,
    shares: tuple[float, ...],
    min_windows: int,
    n_candles: int | None,
) -> str:
    windows_a_moment = max(windows / moments, 1.0) if moments else 1.0
    ends = math.ceil(min_windows / min(shares) / windows_a_moment) + 3 * (seq_len + horizon - 1 + look_back)
    needed = ends + seq_len + horizon - 1 + look_back
    there = f"{windows:,} complete labelled windows" + (
        f" in {n_candles:,} candles" if n_candles is not None else ""
    )
    return (
        f"too few candles: four splits of at least {min_windows} windows each (seq_len={seq_len}, "
        f"horizon={horizon}) need "
        f"about {needed:,} candles of {in_words(interval)} without a gap, but there are only {there}; give "
        "more candles "
        "or a smaller seq_len or horizon"
    )


def _date(nanoseconds: int) -> pd.Timestamp:
    return pd.Timestamp(nanoseconds, unit="ns", tz="UTC")
