"""Each stretch without candles: the market was closed, or candles are missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .hours import DAY, MINUTE, Hours, Sessions

# A change of clocks moves the open time of a candle of whole days by an hour.
_CLOCKS = 60 * MINUTE
# A lunch break is shorter than a night; markets that pause for an hour a day trade nearly all the rest of it.
_NIGHT, _LONG_SESSION, _SHORT_DAY = 4 * 60 * MINUTE, 12 * 60 * MINUTE, 3 * 60 * MINUTE


@dataclass(frozen=True, eq=False)
class Judged:
    """What each of n breaks between two candles is.

    Attributes:
        missing: int64 (n,), candles that the market's hours would have held; 0 for nights and weekends.
        closed: bool (n,), the market was closed: a night, a weekend, or one of the two below. Any other break is a gap.
        holiday: bool (n,), whole sessions are missing, which is taken for days on which the market was closed.
        early_close: bool (n,), the end of a session is missing, which is taken for a day of fewer hours; a holiday may
            follow it.
    """

    missing: np.ndarray
    closed: np.ndarray
    holiday: np.ndarray
    early_close: np.ndarray


def judge(last: np.ndarray, following: np.ndarray, *, interval: int, hours: Hours | None) -> Judged:
    """Whether the market was closed between candles that open at `last` (n,) and `following` (n,), nanoseconds, UTC.

    A market without hours never closes: every candle between is missing. Of the sessions that a break touches, as
    many candles are missing as fit into what it takes of them. Where the dates of holidays are not known, a break
    shorter than `hours.longest_closure` is taken for closed if it

    - misses whole sessions, and
    - begins where a session ends, or in its second half and the rest of that session is missing (an early close), and
    - ends where a session begins, or, after a whole session, in the first half of one that adjoins the session before
      it, as the days of a market that trades round the clock do (a late opening after Christmas);

    or if it misses the end of a session that ends a day of trading (not the one before a lunch break), from its second
    half on, and nothing else. A break within one session is a gap. The judgement depends on the break and the hours
    alone, not on other candles.
    """
    none = np.zeros(len(last), dtype=bool)
    if hours is None or len(last) == 0:
        missing = np.maximum(np.rint((following - last) / interval).astype(np.int64) - 1, 0)
        return Judged(missing, none, none, none)
    begins, following = hours.clock(last, interval) + interval, hours.clock(following, interval)
    sessions = hours.sessions(int(begins.min()), int(following.max()), interval)
    missing, open_time = _taken(begins, following, sessions, interval)
    # Candles of whole days may open an hour or more early or late; within a day, a grid that moves is no pause.
    pause = (missing == 0) & ((open_time < following - begins) | (interval % DAY == 0))
    if not hours.longest_closure:
        return Judged(missing, pause, none, none)
    tolerance = _tolerance(interval)
    opens, closes = sessions.opens, sessions.closes
    # Sessions that a break touches, first to end - 1.
    first = np.searchsorted(closes, begins + tolerance, side="right")
    end = np.searchsorted(opens, following - tolerance, side="left")
    touched = end > first
    head, tail = np.minimum(first, len(opens) - 1), np.maximum(end - 1, 0)
    whole_head = begins <= opens[head] + tolerance
    whole_tail = following >= closes[tail] - tolerance
    adjoins = np.append(False, opens[1:] <= closes[:-1])
    whole = end - first - ~whole_head - ~whole_tail + ((end - first == 1) & ~whole_head & ~whole_tail)
    late_half = begins >= (opens[head] + closes[head]) // 2
    early_half = following <= (opens[tail] + closes[tail]) // 2
    short = following - begins < hours.longest_closure
    fits = touched & short & (missing > 0) & (whole_head | late_half)
    holiday = fits & (whole > 0) & (whole_tail | (adjoins[tail] & early_half))
    # Of a market that trades round the clock an hour or two before the day's end are more likely an outage.
    long = (following - begins >= _SHORT_DAY) | ~np.append(adjoins[1:], False)[head]
    alone = fits & (end - first == 1) & whole_tail & _ends_a_day(sessions)[head] & long
    early_close = (alone | holiday) & ~whole_head
    return Judged(missing, pause | holiday | early_close, holiday, early_close)


def _ends_a_day(sessions: Sessions) -> np.ndarray:
    """Whether the market pauses after each session for longer than a lunch break, bool (n,)."""
    pause = np.append(sessions.opens[1:] - sessions.closes[:-1], DAY)
    return (pause >= _NIGHT) | (sessions.closes - sessions.opens >= _LONG_SESSION)


def _taken(
    begins: np.ndarray, ends: np.ndarray, sessions: Sessions, interval: int
) -> tuple[np.ndarray, np.ndarray]:
    """Candles that fit into what `begins` to `ends` takes of each session, and how long that is: int64 (n,) both."""
    tolerance = _tolerance(interval)
    opens, closes = sessions.opens, sessions.closes
    first = np.searchsorted(closes, begins, side="right")
    end = np.searchsorted(opens, ends, side="left")
    head, tail = np.minimum(first, len(opens) - 1), np.maximum(end - 1, 0)
    of_head = np.maximum(np.minimum(closes[head], ends) - np.maximum(opens[head], begins), 0)
    of_tail = np.maximum(np.minimum(closes[tail], ends) - opens[tail], 0)
    touched, several = end > first, end - first > 1

    def total(whole: np.ndarray, at_head: np.ndarray, at_tail: np.ndarray) -> np.ndarray:
        before = np.concatenate(([0], np.cumsum(whole)))
        inner = before[tail] - before[np.minimum(first + 1, len(opens))]
        return np.where(touched, at_head + np.where(several, inner + at_tail, 0), 0)

    room = closes - opens
    candles = total(*((part + tolerance) // interval for part in (room, of_head, of_tail)))
    return candles, total(room, of_head, of_tail)


def _tolerance(interval: int) -> int:
    return _CLOCKS if interval % DAY == 0 else 0
