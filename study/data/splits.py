"""Which windows a study fits, tunes, selects and tests on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from probes import even_subsample

SPLIT_NAMES = ("fit", "tune", "select", "test")


@dataclass(frozen=True, kw_only=True, eq=False)
class Splits:
    """Windows of each split.

    Attributes:
        fit, tune, select, test: int64, places in the array of window ends that was split, in its order.
        boundaries: for each split the dates (UTC) of its `first_candle` (the first that its first window knows),
            `first_end` and `last_end` (last candles of its first and last window) and `last_candle` (the last
            of its last label).
        purge: candles between the last window end of one split and the first of the next that serve neither.
        purged: windows that belong to no split for that reason.
    """

    fit: np.ndarray
    tune: np.ndarray
    select: np.ndarray
    test: np.ndarray
    boundaries: Mapping[str, Mapping[str, pd.Timestamp]]
    purge: int
    purged: int

    def to_dict(self) -> dict[str, dict[str, str | int]]:
        """Number of windows and boundary dates of each split, as ISO 8601 text in UTC."""
        return {
            name: {
                "windows": len(getattr(self, name)),
                **{key: date.isoformat() for key, date in dates.items()},
            }
            for name, dates in self.boundaries.items()
        }


def thinned(splits: Splits, at_most: int, groups: np.ndarray | None = None) -> Splits:
    """At most so many windows of fit, tune and select together, and of test in proportion; all where they are fewer.

    Each split is thinned evenly over time, within each of the `groups` (n,) where they are of several.
    """
    total = len(splits.fit) + len(splits.tune) + len(splits.select)
    if total <= at_most:
        return splits

    def few(rows: np.ndarray) -> np.ndarray:
        return even_subsample(rows, max(1, len(rows) * at_most // total), groups)

    return replace(
        splits,
        fit=few(splits.fit),
        tune=few(splits.tune),
        select=few(splits.select),
        test=few(splits.test),
    )
