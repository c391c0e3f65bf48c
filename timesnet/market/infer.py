"""The weekly hours of a market, found in when its candles stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .hours import DAY, MINUTE, WEEK, WeeklyHours, to_local

# One zone for each rule of summer time that markets follow; the first is taken where none fits better.
ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "Asia/Jerusalem",
    "Australia/Sydney",
    "America/Santiago",
    "Africa/Cairo",
)
# A market is closed where it traded in at most one week of so many, of at least two seen.
_CLOSED_SHARE, _WEEKS, _DAYS = 0.1, 2, 3
# How likely it may be that any closure was found by chance.
_CHANCE = 1e-3
# A zone is taken for the market's own where it explains more than UTC does: so many hours, and such a share.
_GAIN, _GAIN_SHARE = 3 * 60 * MINUTE, 0.01
# What is longer without candles says nothing of a week; a holiday is shorter than a week, unless longer ones recur.
_OUTAGE, _HOLIDAY, _LONG_HOLIDAY = 10 * DAY, WEEK, 12 * DAY
# A market has holidays if it rests that long every week.
_REST = 20 * 60 * MINUTE
_MONDAY = 3 * DAY


@dataclass(frozen=True, eq=False)
class _Runs:
    """Stretches covered by candles, int64 nanoseconds, UTC: `starts` (n,) and `stops` (n,), ends left out."""

    starts: np.ndarray
    stops: np.ndarray

    def local(self, zone: str) -> _Runs:
        return _Runs(to_local(self.starts, zone), to_local(self.stops, zone))


def infer_hours(starts: np.ndarray, stops: np.ndarray, interval: int) -> WeeklyHours | None:
    """The hours of a market whose candles of `interval` cover `starts` to `stops` (n,), in order, nanoseconds, UTC.

    Of each stretch of a week, by the clock of each zone of ZONES, the share of weeks is counted in which candles
    cover it. The market is closed where that share is at most a tenth; the zone is the one by whose clock the
    stretches are most nearly all or nothing. Candles of less than two weeks are laid over a day instead. A closure is
    believed only where so many candles would hardly be missing by chance, given how many are missing while the market
    is open: minutes without a trade are no closures.

    None where the market never closes, or where there is too little to tell.
    """
    runs = _Runs(starts, stops)
    if len(starts) < 2:
        return None
    resolution = _resolution(starts, stops)
    span = int(stops[-1] - starts[0])
    if span >= _WEEKS * WEEK:
        fold, seen = WEEK, _WEEKS
    elif span >= _DAYS * DAY:
        fold, seen = DAY, _DAYS
    else:
        return None
    shares = {
        zone: _shares(runs.local(zone), fold, resolution) for zone in (ZONES if fold == WEEK else ZONES[:1])
    }
    unexplained = {
        zone: float(np.minimum(covered, np.maximum(weeks - covered, 0)).sum())
        for zone, (covered, weeks) in shares.items()
    }
    zone = min(unexplained, key=unexplained.__getitem__)
    of_utc = unexplained[ZONES[0]]
    if of_utc - unexplained[zone] < max(_GAIN / resolution, _GAIN_SHARE * of_utc):
        zone = ZONES[0]
    covered, weeks = shares[zone]
    closed = (covered <= _CLOSED_SHARE * weeks) & (weeks >= seen - 0.5)
    closed &= _beyond_chance(closed, covered, weeks, resolution / interval)
    if not closed.any() or closed.all() or covered[closed].sum() > _CLOSED_SHARE * covered.sum():
        return None
    if fold == DAY:
        closed = np.tile(closed, 7)
    spans = _spans(~closed, resolution // MINUTE)
    # One candle a session is another, longer interval, mixed with this one.
    if interval < DAY and max(stop - start for start, stop in spans) * MINUTE <= interval:
        return None
    rests = fold == DAY or _longest_rest(closed) * resolution >= _REST
    longest = _longest_holiday(runs) if rests else 0
    return WeeklyHours(zone, spans, longest)


def _resolution(starts: np.ndarray, stops: np.ndarray) -> int:
    """The length that a day is cut into so that every run begins and ends at a cut: a minute to an hour."""
    an_hour = 60 * MINUTE
    edges = np.unique(np.concatenate((starts % an_hour, stops % an_hour)) // MINUTE)
    return math.gcd(60, *map(int, edges)) * MINUTE


def _shares(runs: _Runs, fold: int, resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """How often candles cover each piece of the fold, and how often it came: float64 (fold / resolution,) both."""
    pause = runs.starts[1:] - runs.stops[:-1]
    outage = np.flatnonzero(pause > _OUTAGE)
    seen_from = np.append(runs.starts[:1], runs.starts[outage + 1])
    seen_until = np.append(runs.stops[outage], runs.stops[-1:])
    return (
        _coverage(runs.starts, runs.stops, fold, resolution),
        _coverage(seen_from, seen_until, fold, resolution),
    )


def _coverage(starts: np.ndarray, stops: np.ndarray, fold: int, resolution: int) -> np.ndarray:
    pieces = fold // resolution
    first = (starts + _MONDAY) // resolution
    end = -((-(stops + _MONDAY)) // resolution)
    whole, rest = np.divmod(end - first, pieces)
    edges = np.zeros(pieces + 1)
    begin = first % pieces
    finish = begin + rest
    np.add.at(edges, begin, 1)
    np.add.at(edges, np.minimum(finish, pieces), -1)
    over = finish > pieces
    edges[0] += over.sum()
    np.add.at(edges, (finish - pieces)[over], -1)
    return np.cumsum(edges[:-1]) + whole.sum()


def _spans(is_open: np.ndarray, minutes: int) -> tuple[tuple[int, int], ...]:
    """Sessions of a week, by its open pieces bool (n,), in minutes, none longer than a day."""
    begins, lengths = _stretches(is_open)
    spans, a_day = [], DAY // MINUTE
    for begin, length in zip(begins * minutes, lengths * minutes, strict=True):
        cuts = [*range(int(begin), int(begin + length), a_day), int(begin + length)]
        spans += list(pairwise(cuts))
    return tuple(spans)


def _beyond_chance(closed: np.ndarray, covered: np.ndarray, weeks: np.ndarray, candles: float) -> np.ndarray:
    """The closed pieces (bool (n,)) of stretches too long to be missing by chance; a piece holds so many `candles`.

    The chance of one candle to be missing is that of nine in ten pieces in which the market is open.
    """
    is_open = ~closed & (weeks > 0)
    if not is_open.any():
        return closed
    missing = np.clip(np.quantile(1 - covered[is_open] / weeks[is_open], 0.9), 0.02, 0.98)
    believed = closed.copy()
    for start, length in zip(*_stretches(closed), strict=True):
        pieces = np.arange(start, start + length) % len(closed)
        if weeks[pieces].sum() * candles * -np.log(missing) < np.log(len(closed) / _CHANCE):
            believed[pieces] = False
    return believed


def _stretches(closed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each stretch of closed pieces begins in the week, and how many it has, round the week's end."""
    begins = np.flatnonzero(closed & ~np.roll(closed, 1))
    ends = np.flatnonzero(~closed & np.roll(closed, 1))
    if len(begins) == 0:
        whole = int(closed.all())
        return np.zeros(whole, dtype=np.int64), np.full(whole, len(closed))
    following = np.searchsorted(ends, begins, side="right") % len(ends)
    return begins, (ends[following] - begins) % len(closed)


def _longest_rest(closed: np.ndarray) -> int:
    """Pieces of the longest stretch of the week that is closed."""
    return int(_stretches(closed)[1].max())


def _longest_holiday(runs: _Runs) -> int:
    """A week; 12 days where closures between the two came about every year, as the Golden Weeks of China do."""
    pause = runs.starts[1:] - runs.stops[:-1]
    long = runs.stops[:-1][(pause >= _HOLIDAY) & (pause < _LONG_HOLIDAY)]
    years = np.unique(long.view("datetime64[ns]").astype("datetime64[Y]"))
    ends = (
        np.array([runs.starts[0], runs.stops[-1]]).view("datetime64[ns]").astype("datetime64[Y]").astype(int)
    )
    return _LONG_HOLIDAY if len(years) >= max(3, 2 / 3 * (ends[1] - ends[0] + 1)) else _HOLIDAY
