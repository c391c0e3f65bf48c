"""Lengths of time in words a person reads at a glance."""

import pandas as pd

_UNITS = (("day", 86_400_000_000_000), ("hour", 3_600_000_000_000), ("minute", 60_000_000_000))
_SECOND = 1_000_000_000


def in_words(duration: pd.Timedelta) -> str:
    """A duration in its two largest units: `15 minutes`, `2 days 8 hours`, `1.5 seconds`."""
    left = int(duration.value)
    parts = []
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(_counted(count, name))
    if left:
        parts.append(_counted(round(left / _SECOND, 3), "second"))
    return " ".join(parts[:2]) if parts else "0 seconds"


def _counted(count: float, name: str) -> str:
    return f"{count:g} {name}" if count == 1 else f"{count:g} {name}s"
