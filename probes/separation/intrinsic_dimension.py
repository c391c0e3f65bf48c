"""TwoNN: intrinsic dimension from the two nearest neighbours."""

from __future__ import annotations

import numpy as np

DISCARDED = 0.1


def two_nn(distances: np.ndarray) -> float | None:
    """Slope through the origin of -log(1 - F) against log(r2 / r1), the top tenth left out.

    r1 and r2 are each row's two nearest distances, F the empirical distribution of their ratio.
    Range above 0, neither good nor bad in itself; dim for a filled cloud. Duplicates (r1 = 0) are left out.
    None when fewer than 10 rows remain or all ratios are 1.
    Source: Facco et al. 2017, Estimating the intrinsic dimension of datasets by a minimal neighborhood information.

    Args:
        distances: (n, n), symmetric, Euclidean, zero diagonal.
    """
    gaps = distances.copy()
    np.fill_diagonal(gaps, np.inf)
    if len(gaps) < 3:
        return None
    rows, nearest = np.arange(len(gaps)), gaps.argmin(axis=1)
    first = gaps[rows, nearest]
    gaps[rows, nearest] = np.inf
    second = gaps.min(axis=1)
    usable = first > 0
    if usable.sum() < 10:
        return None
    ratios = np.sort(np.log(second[usable] / first[usable]))
    n = len(ratios)
    kept = int(n * (1 - DISCARDED))
    x = ratios[:kept]
    y = -np.log1p(-np.arange(1, kept + 1) / n)
    scale = float(x @ x)
    return float(x @ y / scale) if scale > 0 else None
