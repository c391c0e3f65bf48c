"""ROC AUC of many candidates under many integer row weights, exact with ties."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

# Few enough for float32 sums to stay exact up to a few thousand rows, and good to seven digits beyond.
POSITIVES_AT_ONCE = 256


class WeightedAuc:
    """ROC AUC under the same row weights, for one set of scores after another.

    For each candidate the negatives are put in order once; a running sum of their weights then tells for every
    positive how much negative weight it beats, for all resamples together; half of what it is level with is added
    for those few that are. Sums are of 16-bit integers while the weight of all rows fits in, which is exact and half
    the memory to go through; beyond, of float32.
    """

    def __init__(self, positive: np.ndarray, counts: np.ndarray) -> None:
        """Row weights counts, int (n_resamples, n), for positive bool (n,); every resample must hold both classes."""
        heaviest = int(counts.sum(axis=1, dtype=np.int64).max(initial=0))
        kind = np.uint16 if heaviest <= np.iinfo(np.uint16).max else np.float32
        self.positive = positive
        self.winners: Any = np.ascontiguousarray(counts[:, positive].T, dtype=kind)
        self.losers = np.ascontiguousarray(counts[:, ~positive].T, dtype=kind)
        self.pairs = self.winners.sum(axis=0, dtype=np.float64) * self.losers.sum(axis=0, dtype=np.float64)

    def of(self, scores: np.ndarray) -> np.ndarray:
        """float64 (m, n_resamples): AUC of scores (m, n)."""
        winners, losers = self.winners, self.losers
        n_positive, n_resamples = winners.shape
        # Products of 16-bit sums need 32 bits, which hold the sum over all pairs: n² / 4 for n < 2¹⁶.
        wide: np.dtype[Any] = np.dtype(np.uint32 if winners.dtype == np.uint16 else np.float32)
        result = np.empty((len(scores), n_resamples))
        running = np.zeros((len(losers) + 1, n_resamples), dtype=losers.dtype)
        beaten = np.empty((n_positive, n_resamples), dtype=losers.dtype)
        rows = list(running)
        for c, score in enumerate(scores):
            negatives = score[~self.positive]
            order = np.argsort(negatives)
            ranked = negatives[order]
            np.take(losers, order, axis=0, out=running[1:], mode="clip")
            # Row by row: numpy adds whole rows far faster than it accumulates down columns.
            for before, row in pairwise(rows):
                np.add(before, row, row)
            below = np.searchsorted(ranked, score[self.positive], side="left")
            up_to = np.searchsorted(ranked, score[self.positive], side="right")
            np.take(running, below, axis=0, out=beaten, mode="clip")
            total = np.zeros(n_resamples)
            for begin in range(0, n_positive, POSITIVES_AT_ONCE):
                part = slice(begin, begin + POSITIVES_AT_ONCE)
                total += np.einsum("pr,pr->r", winners[part], beaten[part], dtype=wide)
            level = np.flatnonzero(up_to > below)
            for begin in range(0, len(level), POSITIVES_AT_ONCE):
                some = level[begin : begin + POSITIVES_AT_ONCE]
                between = running[up_to[some]] - running[below[some]]
                total += 0.5 * np.einsum("pr,pr->r", winners[some], between, dtype=wide)
            result[c] = total / self.pairs
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
