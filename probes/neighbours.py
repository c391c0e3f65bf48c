"""Nearest neighbours that share nothing with each other: the same event, one step later, is no second witness."""

import numpy as np

from probes.errors import ProbeError

NONE = -1


def separated_neighbours(vectors: np.ndarray, times: np.ndarray, *, gap: float, k: int) -> np.ndarray:
    """The k nearest vectors of each one, at least `gap` away from it and from each other in time.

    Features are standardised; distances are Euclidean. The nearest one that is far enough away comes first, then the
    nearest that is far enough from that one too, and so on.

    Args:
        vectors: float (n, dim).
        times: float or int (n,), when each was.
        gap: in the unit of `times`; 0 keeps all but the vector itself.

    Returns:
        int64 (n, k), numbers of neighbours; NONE where no more of them are far enough away.

    Raises:
        ProbeError: the times are not one a vector.
    """
    x, times = np.asarray(vectors, dtype=np.float64), np.asarray(times)
    if x.ndim != 2 or times.shape != (len(x),):
        raise ProbeError(f"vectors {x.shape} and times {times.shape}: one time for each vector is needed")
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    squares = (x**2).sum(axis=1)
    distance = squares[:, None] + squares[None, :] - 2 * x @ x.T
    near = np.abs(times[:, None] - times[None, :]) < gap
    np.fill_diagonal(near, True)
    distance[near] = np.inf
    found = np.full((len(x), k), NONE, dtype=np.int64)
    for place in range(min(k, len(x))):
        best = distance.argmin(axis=1)
        there = np.isfinite(distance[np.arange(len(x)), best])
        found[there, place] = best[there]
        distance[near[best]] = np.inf
    return found
