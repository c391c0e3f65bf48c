"""Rank-based scores of many score vectors against one set of labels, exact with ties."""

from __future__ import annotations

import numpy as np


def auc_of_many(positive: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """ROC AUC float64 (m,) of scores (m, n) for positive bool (n,); both classes must be present.

    P(score of a positive > score of a negative) + P(equal) / 2: the Mann-Whitney statistic on mid-ranks.
    """
    order = np.argsort(scores, axis=1)
    ranked = np.take_along_axis(scores, order, axis=1)
    hits = positive[order]
    first, last = tie_bounds(ranked)
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    rank_sum = np.einsum("ij,ij->i", (first + last).astype(np.float64), hits.astype(np.float64)) / 2
    return (rank_sum - n_positive * (n_positive - 1) / 2) / (n_positive * n_negative)


def average_precision(positive: np.ndarray, score: np.ndarray) -> float:
    """Average precision of score (n,) for positive bool (n,): sum of (recall step) * precision at each threshold.

    Equal scores are one threshold. Range (0, 1], higher is better, chance = share of positives.
    """
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    found = np.cumsum(positive[order])
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    precision = found[ends] / (ends + 1)
    return float((np.diff(found[ends], prepend=0) * precision).sum() / found[-1])


def tie_bounds(ranked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int64 (m, n) twice: first then last position of the run of equal values in each sorted row."""
    m, n = ranked.shape
    positions = np.broadcast_to(np.arange(n), (m, n))
    starts = np.ones((m, n), dtype=bool)
    np.not_equal(ranked[:, 1:], ranked[:, :-1], out=starts[:, 1:])
    if starts.all():
        return positions, positions
    first = np.maximum.accumulate(np.where(starts, positions, 0), axis=1)
    ends = np.ones((m, n), dtype=bool)
    ends[:, :-1] = starts[:, 1:]
    last = np.minimum.accumulate(np.where(ends, positions, n - 1)[:, ::-1], axis=1)[:, ::-1]
    return first, last
