"""ROC AUC of many candidates under many integer row weights, exact with ties."""

from __future__ import annotations

import numpy as np

# Few enough for float32 sums to stay exact up to a few thousand rows, and good to seven digits beyond.
POSITIVES_AT_ONCE = 256


def weighted_auc(positive: np.ndarray, scores: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """float64 (m, n_resamples): AUC of scores (m, n) with row weights counts (n_resamples, n).

    Every resample must hold both classes. For each candidate the negatives are put in order once; a running sum of
    their weights then tells for every positive how much negative weight it beats, for all resamples together.

    Args:
        positive: bool (n,).
    """
    winners = np.ascontiguousarray(counts[:, positive].T, dtype=np.float32)
    losers = np.ascontiguousarray(counts[:, ~positive].T, dtype=np.float32)
    n_positive, n_resamples = winners.shape
    pairs = winners.sum(axis=0, dtype=np.float64) * losers.sum(axis=0, dtype=np.float64)
    result = np.empty((len(scores), n_resamples))
    running = np.zeros((len(losers) + 1, n_resamples), dtype=np.float32)
    beaten = np.empty((n_positive, n_resamples), dtype=np.float32)
    upper = np.empty_like(beaten)
    for c, score in enumerate(scores):
        negatives = score[~positive]
        order = np.argsort(negatives)
        ranked = negatives[order]
        np.take(losers, order, axis=0, out=running[1:], mode="clip")
        # Row by row: numpy adds whole rows far faster than it accumulates down columns.
        for i in range(1, len(running)):
            np.add(running[i - 1], running[i], out=running[i])
        below = np.searchsorted(ranked, score[positive], side="left")
        up_to = np.searchsorted(ranked, score[positive], side="right")
        np.take(running, below, axis=0, out=beaten, mode="clip")
        if not np.array_equal(below, up_to):
            np.take(running, up_to, axis=0, out=upper, mode="clip")
            np.add(beaten, upper, out=beaten)
            np.multiply(beaten, 0.5, out=beaten)
        total = np.zeros(n_resamples)
        for begin in range(0, n_positive, POSITIVES_AT_ONCE):
            part = slice(begin, begin + POSITIVES_AT_ONCE)
            total += np.einsum("pr,pr->r", winners[part], beaten[part])
        result[c] = total / pairs
    return result


def placement_values(positive: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """float64 (m, n): per-row values whose mean is the AUC and whose scatter is its sampling error.

    AUC + (n / n_pos) (share of negatives a positive beats - AUC) for a positive, AUC + (n / n_neg) (share of positives
    that beat a negative - AUC) for a negative: the linear part of the AUC, which makes it a mean over rows.

    Source: DeLong, DeLong & Clarke-Pearson 1988, equations 4 to 6.

    Args:
        positive: bool (n,), both classes present. scores: (m, n).
    """
    n = len(positive)
    n_positive = int(positive.sum())
    values = np.empty(scores.shape)
    for c, score in enumerate(scores):
        up, down = score[positive], score[~positive]
        ranked_up, ranked_down = np.sort(up), np.sort(down)
        beats = np.searchsorted(ranked_down, up, "left") + np.searchsorted(ranked_down, up, "right")
        beats = beats / (2 * len(down))
        loses = np.searchsorted(ranked_up, down, "left") + np.searchsorted(ranked_up, down, "right")
        loses = 1 - loses / (2 * len(up))
        auc = beats.mean()
        values[c, positive] = auc + n / n_positive * (beats - auc)
        values[c, ~positive] = auc + n / (n - n_positive) * (loses - auc)
    return values
