"""Lines that say how far a long step is."""

import time
from collections.abc import Callable

from study.display.durations import duration

# Seconds before the first line, and the longest between two.
FIRST, LONGEST = 2.0, 60.0


class Progress:
    """A line after two seconds, then whenever the time spent has doubled or a minute has passed."""

    def __init__(self, say: Callable[[str], None], what: str, *, total: int, unit: str) -> None:
        """`what` is being done to `total` of `unit`."""
        self._say, self._what, self._total, self._unit = say, what, total, unit
        self._started = time.monotonic()
        self._next = FIRST

    def __call__(self, done: int) -> None:
        """So many are done."""
        elapsed = time.monotonic() - self._started
        if elapsed < self._next or not 0 < done < self._total:
            return
        self._next = elapsed + min(elapsed, LONGEST)
        line = f"  {self._what}: {done:,} of {self._total:,} {self._unit}"
        # Of the first hundredth, starting up is too large a part to tell the rest by.
        if 100 * done >= self._total:
            line += f", about {duration(elapsed / done * (self._total - done))} left"
        self._say(line)
