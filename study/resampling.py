"""Resamples of one split's windows, drawn as the windows depend on each other."""

from dataclasses import dataclass

import numpy as np

from probes import (
    bias_corrected_score,
    block_bootstrap_counts,
    choose_block_length,
    correction_block_length,
    row_values,
    stratified_bootstrap_counts,
)

RESAMPLES = 1000


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
    block = choose_block_length(row_values(y, probability[None], metric)[0], min_block=overlap)
    return Resamples(block_bootstrap_counts(len(y), block.length, RESAMPLES, seed), block.length, block.note)


def corrected_score(
    y: np.ndarray, probability: np.ndarray, drawn: Resamples, *, metric: str, overlap: int, seed: int
) -> float:
    """The best candidate's score less the luck of being picked; probability is (n_candidates, n, n_classes)."""
    counts = drawn.counts
    if overlap > 1:
        wide = correction_block_length(len(y), drawn.block_length, overlap - 1)
        counts = block_bootstrap_counts(len(y), wide, RESAMPLES, seed)
    return bias_corrected_score(y, probability, counts, metric, purge=overlap - 1).score
