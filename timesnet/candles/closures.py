"""Where candles do not follow each other: the market was closed, or it is a gap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..market import DAY, Hours, Market, find_market, judge
from .grid import Steps

_LISTED = 10


@dataclass(frozen=True, eq=False)
class Breaks:
    """Every candle that does not follow the one before it in its symbol by one interval, m of them.

    Attributes:
        market: by whose hours they were judged.
        rows: int64 (m,), ascending.
        lengths: int64 (m,), nanoseconds since the candle before.
        missing: int64 (m,), candles that the market's hours would have held.
        closed, holiday, early_close: bool (m,), see `timesnet.market.Judged`.
    """

    market: Market
    rows: np.ndarray
    lengths: np.ndarray
    missing: np.ndarray
    closed: np.ndarray
    holiday: np.ndarray
    early_close: np.ndarray

    @property
    def closed_rows(self) -> np.ndarray:
        """The candles before which the market was closed, int64."""
        return self.rows[self.closed]


def find_breaks(
    dates: np.ndarray, steps: Steps, interval: int, *, calendar: str | Market, names: np.ndarray
) -> Breaks:
    """Breaks between candles that open at `dates` int64 (n,), sorted by symbol, then date, and what each of them is.

    Args:
        calendar: `auto`, `24/7`, the name of a calendar or a market that is known; see `find_market`.
        names: text, what the symbols' codes mean.

    Raises ConfigError for a calendar that is unknown.
    """
    begins = np.flatnonzero(~steps.regular(interval))
    stops = np.append(dates[begins[1:] - 1], dates[-1:]) + interval
    codes = steps.symbols[begins]
    market = find_market(
        calendar, dates[begins], stops, codes, [str(name) for name in names], interval=interval
    )
    inside = steps.nanoseconds[begins] > 0
    rows, codes = begins[inside], codes[inside]
    missing = np.zeros(len(rows), dtype=np.int64)
    closed, holiday, early_close = (np.zeros(len(rows), dtype=bool) for _ in range(3))
    # Symbols stand one after the other.
    for code in np.unique(codes):
        part = slice(*np.searchsorted(codes, [code, code + 1]))
        its = rows[part]
        judged = judge(dates[its - 1], dates[its], interval=interval, hours=market.of(str(names[code])))
        missing[part], closed[part] = judged.missing, judged.closed
        holiday[part], early_close[part] = judged.holiday, judged.early_close
    return Breaks(market, rows, steps.nanoseconds[rows], missing, closed, holiday, early_close)


def closures_found(frame: pd.DataFrame, breaks: Breaks, interval: int) -> Mapping[str, Any]:
    """What DataQuality says of the market's hours: `hours`, `sessions`, `closures`, `holidays`, `early_closes`."""
    usual = breaks.market.hours
    hours = {"": _in_words(usual)} | {name: _in_words(own) for name, own in breaks.market.by_symbol.items()}

    def dates(rows: np.ndarray, *, before: bool) -> tuple[pd.Timestamp, ...]:
        return tuple(frame["date"].iloc[np.unique(rows)[:_LISTED] - before])

    sessions = 0
    if breaks.market.closes:
        daily = interval % DAY == 0
        sessions = len(frame) if daily else int(breaks.closed.sum()) + frame["symbol"].nunique()
    nights = breaks.closed & ~breaks.holiday & ~breaks.early_close
    return {
        "hours": hours,
        "sessions": sessions,
        "closures": int(nights.sum()),
        "holidays": int(breaks.holiday.sum()),
        "holiday_dates": dates(breaks.rows[breaks.holiday], before=True),
        "early_closes": int(breaks.early_close.sum()),
        "early_close_dates": dates(breaks.rows[breaks.early_close], before=True),
    }


def _in_words(hours: Hours | None) -> str:
    return "never closes" if hours is None else hours.in_words()
