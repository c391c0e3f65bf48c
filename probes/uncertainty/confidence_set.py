"""The candidates that cannot be told from the best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probes.errors import ProbeError
from probes.uncertainty.influence import heavy_tails
from probes.uncertainty.pieces import pieces
from probes.uncertainty.score_table import checked_table

# While more candidates than ONE_BY_ONE are left, at most the share TOGETHER of them leaves at once.
ONE_BY_ONE, TOGETHER = 3000, 0.02


@dataclass(frozen=True)
class ConfidenceSet:
    """Candidates that cannot be told from the best.

    Attributes:
        members: int64, candidate numbers, best first.
        p_values: float64 (n_candidates,): for a candidate outside, the largest p-value met up to its
            elimination; for every member, the p-value at which elimination stopped.
        level: 1 - size of the test.
    """

    members: np.ndarray
    p_values: np.ndarray
    level: float


def confidence_set(
    point: np.ndarray,
    resampled: np.ndarray,
    *,
    higher_is_better: bool = True,
    level: float = 0.95,
    n_blocks: float | None = None,
    seed: int = 0,
) -> ConfidenceSet:
    """Model confidence set by the T_max rule on bootstrap distributions.

    Candidates are dropped one by one, the one furthest below the average of those left first, in standard errors
    of that difference, until the largest such difference is no larger than chance makes it. Works on any resampled
    score, so on AUC, which per-row losses cannot express; for a metric that is a mean over rows it is
    `arch.bootstrap.MCS(method="max")` on the same resamples. arch holds (resamples, candidates,
    candidates) for its default rule and would need gigabytes; here 2,000 candidates take seconds.

    That is exact while at most ONE_BY_ONE are left. Of more, all that the test would drop now leave together, up to
    TOGETHER of those left, the worst first: one by one would take the square of their number. The two differ only
    where a candidate beyond chance now would be within it once worse ones have left. As these leave, the average
    comes closer to the best and chance has fewer candidates to be the largest of, both of which speak against it; what
    can speak for it is that its spread around that average grows.

    Given n_blocks, the test allows for spreads that were estimated from few blocks: each spread is averaged with
    the spread of all, and chance gets the tails of Student's t. Without, it drops good candidates far too often: of
    60 equal candidates all survived a 90 % test in half of simulated studies of 20 blocks, with it in nine of ten.

    Source: Hansen, Lunde & Nason 2011, The model confidence set, section 3.1.2, equation for T_max.

    Args:
        point: float (m,), scores on all rows. resampled: float (m, n_resamples), same metric.
        n_blocks: rows / block length; None for the published test.
        seed: of the tails.
    """
    point, resampled = checked_table(point, resampled)
    if not 0 < level < 1:
        raise ProbeError(f"level is {level}; it must lie between 0 and 1")
    loss = -point if higher_is_better else point
    m, n_resamples = resampled.shape
    tails = np.ones(n_resamples) if n_blocks is None else heavy_tails(n_resamples, n_blocks, seed)
    rows = np.empty((m, n_resamples), dtype=np.float32)
    for part in pieces(m):
        rows[part] = resampled[part] - point[part, None]
        if higher_is_better:
            np.negative(rows[part], out=rows[part])
    p_values = np.zeros(m)
    left = np.arange(m)
    # Where in `rows` each candidate's row is; those that left stay there until half of it is dead.
    place = np.arange(m)
    reached = 0.0
    squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    # Products with the sum of those left: the spread of every difference from the mean follows without another pass
    # over the table.
    total = rows.sum(axis=0, dtype=np.float64)
    cross = _products(rows, place, total)
    while len(left) > 1:
        count = len(left)
        mean = total / count
        variance = (squares - 2 * cross / count + mean @ mean) / n_resamples
        variance = np.maximum(variance, 0.0)
        own_share = variance if n_blocks is None else (variance + variance.mean()) / 2
        spread = np.sqrt(own_share)
        gap = loss[left] - loss[left].mean()
        # Below a third of a percent of its own noise, a candidate's difference from the mean is float32 rounding.
        varies = own_share > 1e-5 * squares / n_resamples
        safe = np.where(varies, spread, np.inf)
        statistic = np.where(~varies & (gap > 1e-9 * np.abs(loss).max()), np.inf, gap / safe)
        worst = _largest(statistic, 1 if count <= ONE_BY_ONE else max(1, int(TOGETHER * count)))
        if statistic[worst[0]] <= 0:
            reached = 1.0
            break
        chance = np.sort(_chance(rows, place, mean, safe) * tails)
        beyond = np.searchsorted(chance, statistic[worst], side="right")
        p = np.maximum(np.maximum.accumulate((n_resamples - beyond) / n_resamples), reached)
        reached = float(p[0])
        if reached > 1 - level:
            break
        gone = worst[(p <= 1 - level) & (statistic[worst] > 0)]
        p_values[left[gone]] = p[: len(gone)]
        reached = float(p[len(gone) - 1])
        keep = np.ones(count, dtype=bool)
        keep[gone] = False
        leaving = rows[place[gone]]
        total = total - leaving.sum(axis=0, dtype=np.float64)
        left, place, squares, cross = left[keep], place[keep], squares[keep], cross[keep]
        if len(place) <= len(rows) // 2:
            rows, place = _without_the_dead(rows, place)
        cross = cross - (rows @ leaving[0])[place] if len(gone) == 1 else _products(rows, place, total)
    p_values[left] = 1.0 if len(left) == 1 else reached
    return ConfidenceSet(left[np.argsort(loss[left], kind="stable")], p_values, level)


def _largest(values: np.ndarray, most: int) -> np.ndarray:
    """Places of the largest values, the largest first; of equal ones the earlier."""
    if most == 1:
        return np.array([np.argmax(values)])
    found = np.argpartition(-values, most - 1)[:most]
    return found[np.lexsort((found, -values[found]))]


def _products(rows: np.ndarray, place: np.ndarray, total: np.ndarray) -> np.ndarray:
    """float32 (len(place),): products of those rows with total."""
    total32 = total.astype(np.float32)
    return np.concatenate([rows[place[part]] @ total32 for part in pieces(len(place))])


def _chance(rows: np.ndarray, place: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """float32 (n_resamples,): max over candidates of (row - mean) / spread, in cache-sized pieces."""
    best = np.full(rows.shape[1], -np.inf, dtype=np.float32)
    scale = (1 / spread).astype(np.float32)[:, None]
    mean32 = mean.astype(np.float32)
    for part in pieces(len(place)):
        here = rows[place[part]]
        here -= mean32
        here *= scale[part]
        np.maximum(best, here.max(axis=0), out=best)
    return best


def _without_the_dead(rows: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows at those ascending places moved to the front of the same memory, with their new places."""
    for part in pieces(len(place)):
        rows[part] = rows[place[part]]
    return rows[: len(place)], np.arange(len(place))
