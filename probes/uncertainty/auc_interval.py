"""An interval for an AUC that stays honest with a handful of rows and near 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from probes.errors import ProbeError

# Finer towards 0 and 1, where the spread changes fastest.
_GRID = (1 - np.cos(np.linspace(0.0, np.pi, 10_001))) / 2


def auc_score_interval(
    auc: np.ndarray, class_counts: Sequence[int], level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """(low, high), float64 of the shape of `auc`: all values A with |auc - A| <= z sqrt(V(A)).

    V is the variance that the AUC of independent rows would have if it were A, so bounds do not shrink to a point
    where every pair happens to be in order, as those of a bootstrap do:
    V(A) = A (1 - A) / (m n) (1 + (N - 1) ((1 - A) / (2 - A) + A / (1 + A))), N = (m + n) / 2, m and n the class sizes.
    For more classes, the mean of their one-versus-rest AUCs: V is the mean of theirs over the number of classes, as if
    they were independent. Rows must be independent.

    Source: Newcombe 2006, Confidence intervals for an effect size measure based on the Mann-Whitney statistic,
    part 2, method 5; V after Hanley & McNeil 1982.

    Args:
        auc: float, any shape.
        class_counts: rows of each class, at least one each.

    Raises:
        ProbeError: fewer than two classes, an empty class, a level outside (0, 1).
    """
    counts = [int(count) for count in class_counts]
    if len(counts) < 2 or min(counts) < 1:
        raise ProbeError(f"class_counts are {counts}; at least two classes with rows are needed")
    if not 0 < level < 1:
        raise ProbeError(f"level is {level}; it must lie between 0 and 1")
    auc = np.asarray(auc, dtype=np.float64)
    total = sum(counts)
    sizes = [(counts[0], counts[1])] if len(counts) == 2 else [(count, total - count) for count in counts]
    variance = np.mean([_variance(m, n) for m, n in sizes], axis=0) / len(sizes)
    reach = norm.ppf((1 + level) / 2) * np.sqrt(variance)
    # The least A whose upper end reaches the score, the largest whose lower end does.
    highest = np.maximum.accumulate(_GRID + reach)
    lowest = np.minimum.accumulate((_GRID - reach)[::-1])[::-1]
    low = _GRID[np.minimum(np.searchsorted(highest, auc, side="left"), len(_GRID) - 1)]
    high = _GRID[np.maximum(np.searchsorted(lowest, auc, side="right") - 1, 0)]
    return np.minimum(low, auc), np.maximum(high, auc)


def _variance(m: int, n: int) -> np.ndarray:
    """float64 (grid,): variance of an AUC from m and n rows, at every value of the grid."""
    spread = (1 - _GRID) / (2 - _GRID) + _GRID / (1 + _GRID)
    return _GRID * (1 - _GRID) / (m * n) * (1 + ((m + n) / 2 - 1) * spread)
