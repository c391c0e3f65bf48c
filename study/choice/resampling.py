"""Resamples of one split's windows, drawn as the windows depend on each other."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from probes import (
    auc_score_interval,
    block_bootstrap_counts,
    choose_block_length,
    correction_block_length,
    interval,
    metric_named,
    out_of_bag_score,
    row_values,
    stratified_bootstrap_counts,
)
from probes.uncertainty import pieces
from study.metrics import LEVEL, RESAMPLES


@dataclass(frozen=True)
class Resamples:
    """How often each window is in each resample.

    Attributes:
        counts: int (n_resamples, n).
        block_length: windows drawn together; note: what decided on it.
    """

    counts: np.ndarray
    block_length: int
    note: str

    @property
    def alone(self) -> bool:
        """Whether windows share nothing with their neighbours, so that they are drawn one by one."""
        return self.block_length == 1

    @property
    def n_blocks(self) -> float:
        """How many blocks the split holds, which is how much it can tell of its own spread."""
        return self.counts.shape[1] / self.block_length


def draw(y: np.ndarray, probability: np.ndarray, *, metric: str, overlap: int, seed: int) -> Resamples:
    """Resamples for a metric.

    Args:
        y: int (n,), labels in the order of the windows.
        probability: (n, n_classes), of the candidate whose scores tell the block length.
        overlap: windows in a row that share what they are made of; blocks are no shorter. With 1, windows stand
            alone: they are drawn one by one, each class for itself.
    """
    if overlap == 1:
        note = "windows do not overlap: drawn one by one within their class"
        return Resamples(stratified_bootstrap_counts(y, RESAMPLES, seed), 1, note)
    predictions = probability if y.ndim == 2 else probability[:, 1:]
    block = choose_block_length(
        row_values(y, probability[None], metric)[0], min_block=overlap, predictions=predictions
    )
    return Resamples(block_bootstrap_counts(len(y), block.length, RESAMPLES, seed), block.length, block.note)


def score_bounds(
    y: np.ndarray, points: np.ndarray, resampled: np.ndarray, drawn: Resamples, *, metric: str
) -> tuple[np.ndarray, np.ndarray]:
    """95 % bounds (low, high), each (m,), of scores (m,) with their resampled values (m, n_resamples).

    Bootstrap standard errors with Student's t, kept inside the metric's range. Where windows stand alone they may be a
    dozen, on which a bootstrap covers an AUC in 80 % of cases instead of 95 %, and not at all once every pair is in
    order; the bounds then reach at least as far as the score interval for an AUC.
    """
    bounds = [
        interval(points[part], resampled[part], n_blocks=drawn.n_blocks, level=LEVEL)
        for part in pieces(len(points))
    ]
    low, high = (np.concatenate(ends) for ends in zip(*bounds, strict=True))
    known = metric_named(metric)
    low, high = np.maximum(low, known.lowest), np.minimum(high, known.highest)
    if drawn.alone and metric == "auc":
        least, most = auc_score_interval(points, np.unique(y, return_counts=True)[1].tolist())
        # One probability for all windows scores 0.5 whichever windows they are.
        flat = np.concatenate([(resampled[part] == 0.5).all(axis=1) for part in pieces(len(points))])
        certain = (points == 0.5) & flat
        low = np.where(certain, low, np.minimum(low, least))
        high = np.where(certain, high, np.maximum(high, most))
    return low, high


@dataclass(frozen=True)
class Picks:
    """The candidate that is best in each resample of the correction.

    Attributes:
        winners: int (n_resamples,), its number.
        counts: int (n_resamples, n), how often each window is in each of these resamples.
    """

    winners: np.ndarray
    counts: np.ndarray


def correction_counts(y: np.ndarray, drawn: Resamples, *, overlap: int, seed: int) -> np.ndarray:
    """int (n_resamples, n): what candidates are picked on: the resamples, in longer blocks where windows overlap."""
    if overlap == 1:
        return drawn.counts
    wide = correction_block_length(len(y), drawn.block_length, overlap - 1)
    return block_bootstrap_counts(len(y), wide, RESAMPLES, seed)


def corrected_score(
    y: np.ndarray,
    prediction: Callable[[int], np.ndarray],
    picks: Picks,
    *,
    metric: str,
    overlap: int,
    apparent: float,
) -> float:
    """The best candidate's score, `apparent`, less the luck of being picked.

    `prediction` is (n, n_classes) of a candidate.
    """
    return out_of_bag_score(
        y, prediction, picks.winners, picks.counts, metric, purge=overlap - 1, apparent=apparent
    ).score
