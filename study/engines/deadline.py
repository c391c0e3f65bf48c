"""How long a trial may take before its worker counts as hung."""

from study.display import duration

_FIRST = 24 * 3600.0
_LEAST, _TIMES = 3600.0, 10.0


class Deadline:
    """`trial_timeout` seconds; where that is 0, ten times the longest trial so far, at least an hour.

    Before a first trial has completed it is a day then.
    """

    def __init__(self, trial_timeout: float) -> None:
        self._given = trial_timeout
        self._longest: float | None = None

    def took(self, seconds: float) -> None:
        """A trial completed after so many seconds."""
        self._longest = max(seconds, self._longest or 0.0)

    def seconds(self) -> float:
        """The limit as it is now."""
        if self._given:
            return self._given
        return _FIRST if self._longest is None else max(_LEAST, _TIMES * self._longest)

    def exceeded(self) -> str:
        """Why a worker was ended."""
        return f"its worker was ended: no result after {duration(self.seconds())} (trial_timeout)"
