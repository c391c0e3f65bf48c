"""Resampling dependent rows in blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from arch.bootstrap import CircularBlockBootstrap, optimal_block_length
from scipy.stats import rankdata

from probes.errors import ProbeError

# Windows depend on each other for longer than they overlap, and a score that is a mean over pairs for longer than its
# terms show: with blocks of just the overlap, or of what the score's terms ask for, 95 % intervals of persistent series
# cover less than with twice what the windows and predictions show (benchmarks.calibration).
STRETCH = 2
# Fewer blocks than this and the resamples are too alike to say anything; fewer than ENOUGH_BLOCKS and intervals hold
# less often than they say where what is predicted persists.
FEWEST_BLOCKS, ENOUGH_BLOCKS = 5, 20


@dataclass(frozen=True)
class BlockLength:
    """How long the blocks are, in rows.

    Attributes:
        length: what to use.
        optimal: what the data asked for, before any limit; 0 if nothing varies.
        note: one line that says what decided, for the report.
    """

    length: int
    optimal: int
    note: str


def choose_block_length(
    series: np.ndarray, *, min_block: int, predictions: np.ndarray | None = None
) -> BlockLength:
    """The longest of what the data's persistence asks for and what the overlap needs, capped so that 5 blocks fit in.

    Overlapping windows share candles over seq_len + horizon rows, which is what min_block should be; blocks are no
    shorter than STRETCH times that where rows overlap. The series is what the score is a mean of. Its own optimal
    length is too short where labels are noisy and what moves the score from one stretch of time to the next is slow:
    noise hides the slow part, which the predictions show. Blocks are therefore no shorter than STRETCH times the
    optimal length of the ranks of the predictions either. The cap wins over all and is named in the note: with so few
    rows any interval is rough.

    Args:
        series: float (n,), what is resampled: per-row losses or placement values of a candidate, in time order.
        min_block: rows, at least 1; 1 means rows that share nothing.
        predictions: float (n,) or (n, k), the same candidate's; None asks the series alone.

    Source: Politis & White 2004 with the correction of Patton, Politis & White 2009, through arch.
    """
    series = np.asarray(series, dtype=np.float64)
    if series.ndim != 1 or len(series) < 2 * FEWEST_BLOCKS or not np.isfinite(series).all():
        raise ProbeError(
            f"series has shape {series.shape}; a block length needs at least {2 * FEWEST_BLOCKS} finite rows"
        )
    if min_block < 1:
        raise ProbeError(f"min_block is {min_block}; it must be at least 1")
    n = len(series)
    optimal = _optimal(series)
    if predictions is not None:
        columns = np.asarray(predictions, dtype=np.float64).reshape(n, -1).T
        optimal = max(optimal, *(STRETCH * _optimal(rankdata(column)) for column in columns))
    floor = STRETCH * min_block if min_block > 1 else 1
    wanted = max(floor, optimal)
    cap = max(1, n // FEWEST_BLOCKS)
    if wanted > cap:
        note = (
            f"resampled in blocks of {cap} windows: {wanted} were wanted, but {n} windows hold no more "
            f"than {FEWEST_BLOCKS} blocks; intervals are rough"
        )
        return BlockLength(cap, optimal, note)
    why = "as the data ask for" if optimal >= floor else f"since neighbours share candles over {min_block}"
    note = f"resampled in blocks of {wanted} windows, {why}"
    if n / wanted < ENOUGH_BLOCKS:
        note += f"; {n / wanted:.0f} blocks are few: intervals may hold less often than they say"
    return BlockLength(wanted, optimal, note)


def _optimal(series: np.ndarray) -> int:
    """Politis and White's length for the circular block bootstrap, rounded up; 0 for a constant."""
    if series.std() <= 1e-12 * max(1.0, float(np.abs(series).max())):
        return 0
    estimate = float(optimal_block_length(series)["circular"].iloc[0])
    return int(np.ceil(estimate)) if np.isfinite(estimate) else 0


def stratified_bootstrap_counts(y: np.ndarray, n_resamples: int, seed: int) -> np.ndarray:
    """int16 (n_resamples, n): how often each row is in each resample, rows drawn one by one within their class.

    For rows that share nothing with one another. Every resample holds each class as often as y does, so that scores
    that need all classes are there even where a class has two rows.

    Args:
        y: int (n,), classes. seed: same seed, same counts.

    Source: Efron & Tibshirani 1993, An introduction to the bootstrap, section 8.3 (several samples, each resampled
    on its own).
    """
    y = np.asarray(y)
    if y.ndim != 1 or len(y) < 2 or n_resamples < 1:
        raise ProbeError(f"y has shape {y.shape}, n_resamples is {n_resamples}; need n ≥ 2, n_resamples ≥ 1")
    generator = np.random.default_rng(seed)
    counts = np.zeros((n_resamples, len(y)), dtype=np.int16)
    for label in np.unique(y):
        rows = np.flatnonzero(y == label)
        counts[:, rows] = generator.multinomial(
            len(rows), np.full(len(rows), 1 / len(rows)), size=n_resamples
        )
    return counts


def block_bootstrap_counts(n: int, block_length: int, n_resamples: int, seed: int) -> np.ndarray:
    """int16 (n_resamples, n): how often each row is in each resample; every row of the table sums to n.

    Counts stand for the resample in everything that does not depend on order, which turns a bootstrap of means into
    one matrix product.

    Args:
        n: rows. block_length: rows; 1 = independent rows.
        seed: same seed, same counts.

    Source: Politis & Romano 1992, the circular block bootstrap; indices drawn by arch.
    """
    if n < 2 or not 1 <= block_length <= n or n_resamples < 1:
        raise ProbeError(
            f"n is {n}, block_length {block_length}, n_resamples {n_resamples}; need n ≥ 2, "
            "1 ≤ block_length ≤ n, n_resamples ≥ 1"
        )
    sampler = CircularBlockBootstrap(block_length, np.arange(n), seed=np.random.default_rng(seed))
    draws = sampler.bootstrap(n_resamples)
    counts = np.empty((n_resamples, n), dtype=np.int16)
    for i, (positional, _) in enumerate(draws):
        counts[i] = np.bincount(positional[0], minlength=n)
    return counts
