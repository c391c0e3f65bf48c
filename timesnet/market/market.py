"""The hours of each symbol, found in its candles or named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import ConfigError
from .hours import WEEK, Hours, weekly_hours_from_dict
from .infer import infer_hours
from .named import NamedHours, named_hours

AUTO, ALWAYS = "auto", "24/7"


@dataclass(frozen=True)
class Market:
    """When candles are to be expected.

    Attributes:
        hours: of every symbol that `by_symbol` does not name; None for a market that never closes.
        by_symbol: of the symbols whose hours differ from those.
    """

    hours: Hours | None = None
    by_symbol: Mapping[str, Hours | None] = field(default_factory=dict)

    def of(self, symbol: str) -> Hours | None:
        """The hours of a symbol."""
        return self.by_symbol.get(symbol, self.hours)

    @property
    def closes(self) -> bool:
        """Whether any symbol's market closes."""
        return any(hours is not None for hours in (self.hours, *self.by_symbol.values()))

    @property
    def calendars(self) -> tuple[str, ...]:
        """Names of the calendars that were named, which need a package to be read."""
        named = {
            hours.name for hours in (self.hours, *self.by_symbol.values()) if isinstance(hours, NamedHours)
        }
        return tuple(sorted(named))

    def in_words(self) -> str:
        """One line: the usual hours and how many symbols have others."""
        usual = "it never closes" if self.hours is None else self.hours.in_words()
        return usual + (f", {len(self.by_symbol)} symbols have other hours" if self.by_symbol else "")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "hours": _described(self.hours),
            "by_symbol": {name: _described(hours) for name, hours in self.by_symbol.items()},
        }

    @classmethod
    def from_dict(cls, described: Mapping[str, Any]) -> Market:
        """Inverse of `to_dict`. Raises ConfigError for what is none."""
        if not isinstance(described, Mapping) or not isinstance(described.get("by_symbol"), Mapping):
            raise ConfigError(f"market {described!r:.80} is no dictionary of hours and by_symbol")
        by_symbol = {str(name): _from_described(hours) for name, hours in described["by_symbol"].items()}
        return cls(_from_described(described.get("hours")), by_symbol)


NEVER_CLOSES = Market()


def find_market(
    calendar: str | Market,
    starts: np.ndarray,
    stops: np.ndarray,
    codes: np.ndarray,
    names: Sequence[str],
    *,
    interval: int,
) -> Market:
    """The hours of every symbol.

    Args:
        calendar: `auto` to find them in the candles, `24/7` for none, the name of a calendar for all symbols, or a
            market that is known.
        starts, stops: int64 (n,), what the candles cover without a break, nanoseconds since 1970, UTC.
        codes: int (n,), place of each stretch's symbol in `names`, ascending.
        interval: of the candles, nanoseconds.

    Raises ConfigError for a calendar that is unknown.
    """
    if isinstance(calendar, Market):
        return calendar
    if calendar == ALWAYS:
        return NEVER_CLOSES
    if calendar != AUTO:
        return Market(named_hours(calendar))
    edges = np.flatnonzero(np.diff(codes)) + 1
    found: dict[str, Hours | None] = {}
    length: dict[Hours | None, int] = {}
    short = []
    for begin, end in zip(np.append(0, edges), np.append(edges, len(codes)), strict=True):
        name = names[codes[begin]]
        found[name] = infer_hours(starts[begin:end], stops[begin:end], interval)
        if found[name] is None and stops[end - 1] - starts[begin] < 2 * WEEK:
            short.append(name)
        else:
            length[found[name]] = length.get(found[name], 0) + int((stops - starts)[begin:end].sum())
    usual = max(length, key=length.__getitem__) if length else None
    found.update(dict.fromkeys(short, usual))
    return Market(usual, {name: hours for name, hours in found.items() if hours != usual})


def _described(hours: Hours | None) -> dict[str, Any] | None:
    return None if hours is None else hours.to_dict()


def _from_described(described: Any) -> Hours | None:
    if described is None:
        return None
    if isinstance(described, Mapping) and isinstance(described.get("calendar"), str):
        return named_hours(described["calendar"])
    if isinstance(described, Mapping):
        return weekly_hours_from_dict(described)
    raise ConfigError(f"hours {described!r:.80} are no dictionary")
