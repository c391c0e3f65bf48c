"""Times as a column names them, before anybody says where on earth."""

from dataclasses import dataclass

import numpy as np

from .times_of_day import DAY

# Stands for a time where a cell holds none.
NO_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Moments:
    """Times as a column names them.

    Attributes:
        nanoseconds: int64 (n,) since 1970, the smallest number where a cell holds no time.
        pinned: bool (n,), whether the cell itself says where UTC is; else it is a local time of nobody knows where.
        kind: in words, what they are written as.
        order: in words, how day and month were told apart.
    """

    nanoseconds: np.ndarray
    pinned: np.ndarray
    kind: str
    order: str = ""

    @property
    def known(self) -> np.ndarray:
        return self.nanoseconds != NO_TIME

    def first(self, rows: int) -> "Moments":
        """Those of the first rows."""
        return Moments(self.nanoseconds[:rows], self.pinned[:rows], self.kind, self.order)

    @property
    def only_days(self) -> bool:
        """Whether all of them are midnights."""
        known = self.nanoseconds[self.known]
        return len(known) > 0 and bool((known % DAY == 0).all())
