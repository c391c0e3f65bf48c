"""Which of many candidates is best, told so that luck is not mistaken for merit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probes.errors import ProbeError
from probes.scores import metric_named, score_of_many
from probes.uncertainty import NEEDS_ALL_CLASSES, bootstrap_scores, heavy_tails, usable_resamples


@dataclass(frozen=True)
class CorrectedScore:
    """The winner's score, freed of the luck of being picked.

    Attributes:
        score: mean out-of-bag score of the candidates picked in the bag.
        apparent: score on all rows of the candidate that is picked on them, what a table would show.
        optimism: apparent - score for metrics where higher is better, score - apparent otherwise.
        resamples: how many resamples had rows left to score on.
        out_of_bag_rows: mean number of such rows.
        purge: rows kept clear around the bag; less than asked for where nothing would have been left.
    """

    score: float
    apparent: float
    optimism: float
    resamples: int
    out_of_bag_rows: float
    purge: int


def bias_corrected_score(
    y: np.ndarray,
    probability: np.ndarray,
    counts: np.ndarray,
    metric: str,
    *,
    purge: int = 0,
    beside: np.ndarray | None = None,
) -> CorrectedScore:
    """Pick the best candidate on each resample, score it on the rows outside, pool over resamples.

    Rows outside count only when no in-bag row lies within `purge` rows, for a window that overlaps an in-bag window
    carries the same luck. Resamples are pooled by what they can tell: pairs of classes for auc, rows otherwise.
    Slightly pessimistic where candidates truly differ, because each pick sees about 63 % of the rows.
    The counts should come from blocks several times longer than the purge (`correction_block_length`), or little is
    left outside. Where nothing at all is left, the purge is halved until something is; the answer says which was used.

    Source: Tsamardinos, Greasidou & Borboudakis 2018, Bootstrapping the out-of-sample predictions (BBC), here
    with blocks and a purge.

    Args:
        y: int (n,). probability: (n_candidates, n, n_classes). counts: int (n_resamples, n).
        metric: primary metric. purge: rows, normally seq_len + horizon - 1.
        beside: float (n_candidates,), what is known of each candidate from other rows, in units of the metric: added
            to its score where one is picked. None for nothing.

    Raises:
        ProbeError: no resample leaves rows of two classes outside even without a purge.
    """
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0
    y = np.asarray(y).astype(np.int64)
    apparent = score_of_many(y, probability, metric)
    known = np.zeros(len(apparent)) if beside is None else np.asarray(beside, dtype=np.float64)
    if known.shape != apparent.shape:
        raise ProbeError(f"beside has shape {known.shape} but there are {len(apparent)} candidates")
    best = float(apparent[np.argmax(sign * (apparent + known))])
    inside = bootstrap_scores(y, probability, metric, counts)
    if metric in NEEDS_ALL_CLASSES:
        counts = counts[usable_resamples(y, counts)]
    winners = np.argmax(sign * (inside + known[:, None]), axis=0)
    while True:
        total = weight = rows_seen = 0.0
        used = 0
        for resample, winner in enumerate(winners):
            outside = _outside(counts[resample] > 0, purge)
            here = y[outside]
            class_counts = np.unique(here, return_counts=True)[1]
            if len(class_counts) < 2:
                continue
            value = float(score_of_many(here, probability[winner : winner + 1, outside], metric)[0])
            # An AUC is a mean over pairs: many rows of one class with a few of the other say little.
            share = float(len(here) ** 2 - (class_counts**2).sum()) if metric == "auc" else float(len(here))
            total, weight = total + share * value, weight + share
            used, rows_seen = used + 1, rows_seen + len(here)
        if used or purge == 0:
            break
        purge //= 2
    if used == 0:
        raise ProbeError(f"no resample leaves rows of two classes outside among {len(y)}; use more rows")
    score = total / weight
    return CorrectedScore(score, best, sign * (best - score), used, rows_seen / used, purge)


def correction_block_length(n: int, block_length: int, purge: int) -> int:
    """Rows per block for `bias_corrected_score`: four purges, at least block_length, at most a third of n."""
    return max(1, min(max(block_length, 4 * purge), n // 3))


def _outside(inside: np.ndarray, purge: int) -> np.ndarray:
    """Row numbers that are not inside nor within purge rows of one that is."""
    n = len(inside)
    if purge > 0:
        marks = np.zeros(n + 1, dtype=np.int64)
        rows = np.flatnonzero(inside)
        np.add.at(marks, np.maximum(rows - purge, 0), 1)
        np.add.at(marks, np.minimum(rows + purge + 1, n), -1)
        inside = np.cumsum(marks[:-1]) > 0
    return np.flatnonzero(~inside)


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

    Given n_blocks, the test allows for spreads that were estimated from few blocks: each spread is averaged with
    the spread of all, and chance gets the tails of Student's t. Without, it drops good candidates far too often: of
    60 equal candidates all survived a 90 % test in half of simulated studies of 20 blocks, with it in nine of ten.

    Source: Hansen, Lunde & Nason 2011, The model confidence set, section 3.1.2, equation for T_max.

    Args:
        point: float (m,), scores on all rows. resampled: float (m, n_resamples), same metric.
        n_blocks: rows / block length; None for the published test.
        seed: of the tails.
    """
    point, resampled = _pair(point, resampled)
    if not 0 < level < 1:
        raise ProbeError(f"level is {level}; it must lie between 0 and 1")
    loss = -point if higher_is_better else point
    m, n_resamples = resampled.shape
    tails = np.ones(n_resamples) if n_blocks is None else heavy_tails(n_resamples, n_blocks, seed)
    noise = (resampled - point[:, None]).astype(np.float32) * (-1.0 if higher_is_better else 1.0)
    p_values = np.zeros(m)
    left = np.arange(m)
    reached = 0.0
    rows = noise.copy()
    squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    # Products with the sum of those left, kept up to date as candidates leave: the spread of every
    # difference from the mean follows without another pass over the table.
    total = rows.sum(axis=0, dtype=np.float64)
    cross = rows @ total.astype(np.float32)
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
        worst = int(np.argmax(statistic))
        if statistic[worst] <= 0:
            reached = 1.0
            break
        chance = _largest(rows, mean, safe) * tails
        reached = max(reached, float((statistic[worst] < chance).mean()))
        if reached > 1 - level:
            break
        p_values[left[worst]] = reached
        gone = rows[worst].copy()
        keep = np.arange(count) != worst
        rows = rows[keep]
        left = left[keep]
        squares, cross = squares[keep], cross[keep] - rows @ gone
        total = total - gone
    p_values[left] = 1.0 if len(left) == 1 else reached
    return ConfidenceSet(left[np.argsort(loss[left], kind="stable")], p_values, level)


def _largest(rows: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """float32 (n_resamples,): max over candidates of (row - mean) / spread, in cache-sized pieces."""
    best = np.full(rows.shape[1], -np.inf, dtype=np.float32)
    scale = (1 / spread).astype(np.float32)[:, None]
    mean32 = mean.astype(np.float32)
    for begin in range(0, len(rows), 128):
        part = slice(begin, begin + 128)
        np.maximum(best, ((rows[part] - mean32) * scale[part]).max(axis=0), out=best)
    return best


@dataclass(frozen=True)
class SuperiorAbility:
    """Hansen's test that no candidate beats the benchmark.

    Attributes:
        p_value: the consistent p-value. lower, upper: its bounds (upper = White's reality check).
        best: candidate with the largest statistic.
        statistic: that statistic.
    """

    p_value: float
    lower: float
    upper: float
    best: int
    statistic: float


def spa_p_value(
    point: np.ndarray,
    resampled: np.ndarray,
    benchmark: float,
    benchmark_resampled: np.ndarray,
    *,
    n: int,
    higher_is_better: bool = True,
    studentize: bool = False,
    n_blocks: float | None = None,
    seed: int = 0,
) -> SuperiorAbility:
    """p-value of "no candidate is better than the benchmark", corrected for the number of candidates.

    Works on bootstrap distributions of any score over the same resamples, which for a mean over rows is what
    `arch.bootstrap.SPA` does from per-row losses, two or three orders of magnitude faster.

    Differences are compared as they are, as arch does, unless studentize asks for standard errors as Hansen proposes:
    with 20 blocks those are so uncertain that the test at 5 % finds something in 12 … 35 % of studies without merit,
    against 5 … 15 % as they are. Given n_blocks, chance also gets the tails of Student's t: 3 … 9 %.

    Source: Hansen 2005, A test for superior predictive ability, section 2.3.

    Args:
        point: float (m,), candidates. resampled: float (m, n_resamples).
        benchmark: its score. benchmark_resampled: float (n_resamples,), over the same resamples.
        n: rows behind the scores, for the threshold sqrt(2 log log n) of the consistent p-value.
        studentize: whether differences are divided by their bootstrap standard errors.
        n_blocks: rows / block length; None for the published test. seed: of the tails.
    """
    point, resampled = _pair(point, resampled)
    if benchmark_resampled.shape != (resampled.shape[1],):
        raise ProbeError(
            f"benchmark_resampled has shape {benchmark_resampled.shape} but candidates have "
            f"{resampled.shape[1]} resamples; use the same counts"
        )
    if n < 3:
        raise ProbeError(f"n is {n}; the test needs at least 3 rows")
    sign = 1.0 if higher_is_better else -1.0
    gain = sign * (point - benchmark)
    noise = sign * (resampled - benchmark_resampled) - gain[:, None]
    spread = np.sqrt((noise**2).mean(axis=1))
    tiny = 1e-9 * max(float(np.abs(point).max()), abs(benchmark), 1e-12)
    varies = spread > tiny
    if not varies.any():
        better = float(gain.max()) > tiny
        p = 0.0 if better else 1.0
        return SuperiorAbility(p, p, p, int(np.argmax(gain)), float(gain.max()))
    scale = np.where(varies, spread, 1.0) if studentize else np.ones_like(spread)
    # A difference that no resample changes is certain, one way or the other.
    statistic = np.where(varies, gain / scale, np.where(gain > tiny, np.inf, -np.inf))
    noise = np.where(varies[:, None], noise, 0.0) / scale[:, None]
    if n_blocks is not None:
        noise *= heavy_tails(noise.shape[1], n_blocks, seed)
    hopeless = gain < -spread * np.sqrt(2 * np.log(np.log(n)))
    shift_upper = np.zeros_like(gain)
    shift_consistent = np.where(hopeless, gain / scale, 0.0)
    shift_lower = np.minimum(gain, 0.0) / scale
    top = float(statistic.max())
    p_values = [
        float(((noise + shift[:, None]).max(axis=0) > top).mean())
        for shift in (shift_consistent, shift_lower, shift_upper)
    ]
    return SuperiorAbility(p_values[0], p_values[1], p_values[2], int(np.argmax(statistic)), top)


def selection_frequency(resampled: np.ndarray, *, higher_is_better: bool = True) -> np.ndarray:
    """float64 (m,): share of resamples (m, n_resamples) that each candidate wins; joint winners share a win."""
    signed = resampled if higher_is_better else -resampled
    wins = signed == signed.max(axis=0)
    return (wins / wins.sum(axis=0)).mean(axis=1)


def _pair(point: np.ndarray, resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    point, resampled = np.asarray(point, dtype=np.float64), np.asarray(resampled, dtype=np.float64)
    if point.ndim != 1 or resampled.ndim != 2 or len(point) != len(resampled) or 0 in resampled.shape:
        raise ProbeError(
            f"point has shape {point.shape} but resampled {resampled.shape}; use (m,) with (m, resamples)"
        )
    if not (np.isfinite(point).all() and np.isfinite(resampled).all()):
        raise ProbeError("scores hold values that are not finite; drop those candidates first")
    return point, resampled
