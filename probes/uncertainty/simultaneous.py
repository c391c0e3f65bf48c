"""How far every candidate is behind the one that was picked, with intervals that hold all at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from probes.errors import ProbeError
from probes.uncertainty.influence import checked_blocks, heavy_tails
from probes.uncertainty.pieces import pieces
from probes.uncertainty.score_table import checked_table

# Of the variance of two scores: below it, the spread of their difference is float32 rounding.
ROUNDING = 1e-5


@dataclass(frozen=True)
class SimultaneousBand:
    """Differences of many scores from one of them.

    Attributes:
        behind: float64 (m,), how much better the picked candidate scored; positive where it is ahead, whatever the
            direction of the metric. Exactly 0 for itself.
        low, high: float64 (m,), bounds of the true differences.
        critical: standard errors from `behind` to either bound.
    """

    behind: np.ndarray
    low: np.ndarray
    high: np.ndarray
    critical: float


def behind_the_picked(
    point: np.ndarray,
    resampled: np.ndarray,
    *,
    picked: int,
    among: np.ndarray,
    n_blocks: float,
    higher_is_better: bool = True,
    level: float = 0.95,
    seed: int = 0,
) -> SimultaneousBand:
    """Differences from the picked candidate, with bounds that hold for all of `among` at once.

    The picked one was picked by these very scores, so its lead is partly luck: a band that is simultaneous over
    comparisons with one fixed candidate (Dunnett's) holds too rarely. This one is simultaneous over all pairs of
    `among` (Tukey's), so that it holds whichever of them was picked: behind -+ c · standard error, c the quantile of
    the largest |difference| / standard error that chance makes among the pairs. Standard errors are the spread of the
    difference over the same resamples, so luck that two candidates share counts for nothing; chance has the tails of
    Student's t with n_blocks - 1 degrees of freedom.

    Source: Hsu 1996, Multiple comparisons, sections 4.2 and 5.1 (all pairs, and those with the best); Romano & Wolf
    2005, Exact and approximate stepdown methods for multiple hypothesis testing (the resampled maximum).

    Args:
        point: float (m,), scores on all rows. resampled: float (m, n_resamples), same metric.
        picked: its number. among: int (k,), the candidates that the band is simultaneous over; the picked one is
            counted in.
        n_blocks: rows / block length.
        seed: of the tails.

    Raises:
        ProbeError: shapes that do not fit, a level outside (0, 1), a number that is no candidate.
    """
    point, resampled = checked_table(point, resampled)
    if not 0 < level < 1:
        raise ProbeError(f"level is {level}; it must lie between 0 and 1")
    among = np.unique(np.append(np.asarray(among, dtype=np.int64), picked))
    if among[0] < 0 or among[-1] >= len(point):
        raise ProbeError(f"candidates {among[0]} to {among[-1]} are asked for, but there are {len(point)}")
    sign = 1.0 if higher_is_better else -1.0
    behind = sign * (point[picked] - point)
    reference = resampled[picked].astype(np.float64) - point[picked]
    error = np.empty(len(point))
    for part in pieces(len(point)):
        error[part] = _spread(reference, resampled[part].astype(np.float64) - point[part, None])
    tails = heavy_tails(resampled.shape[1], n_blocks, seed)
    noise = resampled[among].astype(np.float64) - point[among, None]
    blocks = checked_blocks(n_blocks)
    pointwise = float(student.ppf((1 + level) / 2, blocks - 1) * np.sqrt(blocks / (blocks - 1)))
    critical = max(_largest_of_pairs(noise, tails, level), pointwise)
    return SimultaneousBand(behind, behind - critical * error, behind + critical * error, critical)


def _largest_of_pairs(noise: np.ndarray, tails: np.ndarray, level: float) -> float:
    """Quantile of max over pairs of |difference| / its spread, of noise (k, n_resamples); without pairs 0."""
    largest = np.zeros(noise.shape[1])
    for place, row in enumerate(noise[:-1], start=1):
        spread = _spread(row, noise[place:])
        varies = spread > 0
        if varies.any():
            apart = np.abs(row - noise[place:][varies]) / spread[varies, None]
            np.maximum(largest, apart.max(axis=0), out=largest)
    return float(np.quantile(largest * tails, level))


def _spread(row: np.ndarray, others: np.ndarray) -> np.ndarray:
    """float64 (k,): standard deviation of row - others, (k, n_resamples); 0 where it is rounding."""
    spread = (row - others).std(axis=1)
    size = row.var() + others.var(axis=1)
    return np.where(spread**2 > ROUNDING * size, spread, 0.0)
