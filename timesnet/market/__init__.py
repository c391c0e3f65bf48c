"""When a market is open: found in its candles or named, so that a night is no gap."""

from .breaks import Judged, judge
from .hours import DAY, Hours, WeeklyHours, to_local
from .infer import infer_hours
from .market import ALWAYS, AUTO, NEVER_CLOSES, Market, find_market
from .named import CALENDARS, NamedHours, named_hours

__all__ = [
    "ALWAYS",
    "AUTO",
    "CALENDARS",
    "DAY",
    "NEVER_CLOSES",
    "Hours",
    "Judged",
    "Market",
    "NamedHours",
    "WeeklyHours",
    "find_market",
    "infer_hours",
    "judge",
    "named_hours",
    "to_local",
]
