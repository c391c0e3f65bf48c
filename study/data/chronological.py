"""Four splits in the order of time, with nothing shared between them."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from study.data.splits import SPLIT_NAMES, Splits
from study.errors import StudyError
from timesnet.candles import in_words

SHARES = (0.55, 0.15, 0.15, 0.15)
MIN_WINDOWS = 30
# Of the windows before a period, as of those that a study learns from.
TUNE_SHARE = SHARES[1] / (SHARES[0] + SHARES[1])


def chronological_splits(
    dates: pd.DatetimeIndex | pd.Series | np.ndarray,
    *,
    interval: pd.Timedelta,
    seq_len: int,
    horizon: int,
    look_back: int = 0,
    first_candles: pd.DatetimeIndex | None = None,
    last_candles: pd.DatetimeIndex | None = None,
    shares: tuple[float, float, float, float] = SHARES,
    min_windows: int = MIN_WINDOWS,
    n_candles: int | None = None,
    longest_run: int | None = None,
) -> Splits:
    """Split windows by the date of their last candle.

    What happens in time: a window that ends at 12:00 is made of the `seq_len` candles up to 12:00, and its
    label is settled by the `horizon` candles after it. The last fit window therefore knows the market until
    `horizon` candles after its end. The first tune window, with the `look_back` candles before it that its
    features use, may begin only then, and so ends `look_back + seq_len` candles later still: the
    `seq_len + horizon - 1 + look_back` ends in between (the purge) would make windows that share a candle with
    one side or the other, and are left out. Dates decide, not the number of rows: a gap of two days purges by
    itself, and no symbol's future is another symbol's past, whatever the hours of its market.

    Args:
        dates: (n,) open time of each window's last candle, in any order, possibly of several symbols.
        interval: from one candle to the next.
        look_back: candles before a window that its features use.
        first_candles, last_candles: (n,) open times of the first candle that each window knows, look-back included,
            and of the last one of its label; by default those of a market that never closes.
        shares: of the windows that the purge leaves, for fit, tune, select and test; they add up to 1.
        min_windows: that every split must hold.
        n_candles, longest_run: how many candles there are, and on end, for the message when they are too few.

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
    order = None if (times[1:] >= times[:-1]).all() else np.argsort(times, kind="stable")
    in_order = times if order is None else times[order]
    starts = np.flatnonzero(np.append(True, in_order[1:] != in_order[:-1])[: len(times)])
    moments = in_order[starts]
    until = np.append(starts, len(times))
    knows = _Known(
        first=_of_moments(
            first_candles, order, starts, np.minimum, moments - (seq_len - 1 + look_back) * step
        ),
        last=_of_moments(last_candles, order, starts, np.maximum, moments + horizon * step),
    )
    ranges = _ranges(knows, until, purge, shares)
    if ranges is None or min(until[stop] - until[start] for start, stop in ranges) < min_windows:
        raise StudyError(
            _too_few(
                len(times),
                len(moments),
                seq_len=seq_len,
                horizon=horizon,
                look_back=look_back,
                interval=interval,
                shares=shares,
                min_windows=min_windows,
                n_candles=n_candles,
                longest_run=longest_run,
            )
        )
    rows: dict[str, np.ndarray] = {}
    boundaries: dict[str, dict[str, pd.Timestamp]] = {}
    for name, (start, stop) in zip(SPLIT_NAMES, ranges, strict=True):
        first, last = int(moments[start]), int(moments[stop - 1])
        rows[name] = np.flatnonzero((times >= first) & (times <= last))
        boundaries[name] = {
            "first_candle": _date(int(knows.first[start:stop].min())),
            "first_end": _date(first),
            "last_end": _date(last),
            "last_candle": _date(int(knows.last[start:stop].max())),
        }
    purged = len(times) - sum(len(each) for each in rows.values())
    return Splits(**rows, boundaries=boundaries, purge=purge, purged=purged)


def expanding_splits(
    dates: pd.DatetimeIndex, number: int, *, first: np.ndarray, last: np.ndarray, purge: int
) -> tuple[Splits, ...]:
    """Splits of `number` periods of time, the first after one more of the same length that is learnt from alone.

    What happens in time: the windows are cut into number + 1 stretches that hold equally many. Each but the first is
    scored in its turn (as `select`) by what was learnt from all before it, of which the last part is `tune` and the
    rest `fit`. A window whose label knows a candle of the next part is left out, so that no candle serves two. There is
    no `test`.

    Args:
        dates: (n,) open time of each window's last candle, in order.
        first, last: int64 (n,), the first and the last candle that each window and its label know, in one order of all
            candles: moments, or rows where these stand on no grid.
        purge: candles between the parts, to be told.

    Raises StudyError where a period would leave too few windows.
    """
    asked = f"periods={number}"
    if len(dates) < MIN_WINDOWS * (number + 1):
        raise StudyError(
            f"{asked} needs {MIN_WINDOWS * (number + 1):,} windows at least, there are {len(dates):,}; give fewer "
            "periods or more candles"
        )
    times = dates.as_unit("ns").asi8
    edges = [int(times[place * len(times) // (number + 1)]) for place in range(1, number + 1)]
    found = []
    for place, (begin, end) in enumerate(pairwise([*edges, int(times[-1]) + 1]), start=1):
        parts = {"select": np.flatnonzero((times >= begin) & (times < end))}
        learnt = np.flatnonzero((times < begin) & (last < first[parts["select"]].min()))
        if len(learnt):
            cut = int(times[learnt[int((1 - TUNE_SHARE) * len(learnt))]])
            parts["tune"] = learnt[times[learnt] >= cut]
            parts["fit"] = learnt[(times[learnt] < cut) & (last[learnt] < first[parts["tune"]].min())]
        for name in ("fit", "tune", "select"):
            windows = len(parts.get(name, ()))
            if windows < MIN_WINDOWS:
                raise StudyError(
                    f"{asked}: period {place} leaves {windows} windows for {name}, {MIN_WINDOWS} are needed; "
                    "give fewer periods or more candles"
                )
        boundaries = {name: _ends(dates, rows) for name, rows in parts.items()}
        used = sum(len(rows) for rows in parts.values())
        nothing = np.empty(0, dtype=np.int64)
        found.append(
            Splits(
                **parts,
                test=nothing,
                boundaries=boundaries,
                purge=purge,
                purged=int((times < end).sum()) - used,
            )
        )
    return tuple(found)


@dataclass(frozen=True, eq=False)
class _Known:
    """What the windows that end at each of n moments know: int64 (n,), nanoseconds.

    Attributes:
        first: open time of their earliest candle. last: of the latest that their labels look at.
    """

    first: np.ndarray
    last: np.ndarray


def _of_moments(
    dates: pd.DatetimeIndex | None,
    order: np.ndarray | None,
    starts: np.ndarray,
    extreme: np.ufunc,
    default: np.ndarray,
) -> np.ndarray:
    """The least or greatest of the windows' dates (n,) at each moment, whose windows begin at `starts` in `order`."""
    if dates is None or len(starts) == 0:
        return default
    values = dates.as_unit("ns").asi8
    return extreme.reduceat(values if order is None else values[order], starts)


def _ranges(
    knows: _Known, until: np.ndarray, purge: int, shares: tuple[float, ...]
) -> list[tuple[int, int]] | None:
    """For each split the range of moments (n,) it holds, none of which knows a candle of the split before; None where
    some split would be empty. `until` (n + 1,) counts the windows before each moment."""
    total, n = int(until[-1]), len(until) - 1
    if total == 0:
        return None
    # Of several symbols with hours of their own, a later moment may know an earlier candle.
    first = np.minimum.accumulate(knows.first[::-1])[::-1]
    last = np.maximum.accumulate(knows.last)
    # How many windows the purge takes is known only once the cuts are placed, since gaps purge by themselves:
    # begin with what it takes where there is none, and keep the cuts that come nearest to the shares.
    usable = max(total - round((len(shares) - 1) * purge * total / n), len(shares))
    best, least = None, math.inf
    for _ in range(8):
        ranges = _place(first, last, until, [share * usable for share in shares])
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
    first: np.ndarray, last: np.ndarray, until: np.ndarray, sizes: list[float]
) -> list[tuple[int, int]] | None:
    """Ranges of so many windows, each knowing candles after the last of the one before alone; the last range takes all
    that is left. `first` (n,), the earliest candle known at a moment or later, and `last` (n,), the latest so far."""
    ranges, start = [], 0
    for number, size in enumerate(sizes):
        if start >= len(first):
            return None
        stop = len(first)
        if number < len(sizes) - 1:
            stop = int(np.searchsorted(until, until[start] + round(size), side="left"))
            stop = min(max(stop, start + 1), len(first))
        ranges.append((start, stop))
        start = max(stop, int(np.searchsorted(first, last[stop - 1], side="right")))
    return ranges


def _too_few(
    windows: int,
    moments: int,
    *,
    seq_len: int,
    horizon: int,
    look_back: int,
    interval: pd.Timedelta,
    shares: tuple[float, ...],
    min_windows: int,
    n_candles: int | None,
    longest_run: int | None,
) -> str:
    windows_a_moment = max(windows / moments, 1.0) if moments else 1.0
    each = seq_len + horizon + look_back
    needed = math.ceil(min_windows / min(shares) / windows_a_moment) + 3 * (each - 1) + each - 1
    there = f"{windows:,} complete labelled windows" + (
        f" in {n_candles:,} candles" if n_candles is not None else ""
    )
    # Enough candles that make few windows are cut by gaps: more of the same would not help.
    cut = n_candles is not None and longest_run is not None and n_candles >= needed > longest_run
    if cut:
        return (
            f"too many gaps: four splits of at least {min_windows} windows each need runs of candles without a gap; a "
            f"window with its label takes {each:,} (seq_len={seq_len}, horizon={horizon}, {look_back} before), the "
            f"longest run has {longest_run:,}, and there are only {there}; a gap is a candle of {in_words(interval)} "
            "missing while the market is open (see the line on gaps; calendar=... names its hours): fill the gaps, "
            "choose a smaller seq_len or horizon, or, for rows that stand on no grid, grid=rows, windows of rows "
            "whatever lies between them"
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


def _ends(dates: pd.DatetimeIndex, rows: np.ndarray) -> dict[str, pd.Timestamp]:
    return {"first_end": dates[rows[0]], "last_end": dates[rows[-1]]}
