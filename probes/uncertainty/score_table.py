"""Scores of many candidates beside the same scores on each resample."""

from __future__ import annotations

import numpy as np

from probes.errors import ProbeError
from probes.uncertainty.pieces import pieces


def checked_table(point: np.ndarray, resampled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """point (m,) as float64 with resampled (m, n_resamples), float32 or float64 as it came, or ProbeError."""
    point, resampled = np.asarray(point, dtype=np.float64), np.asarray(resampled)
    if resampled.dtype != np.float32:
        resampled = resampled.astype(np.float64, copy=False)
    if point.ndim != 1 or resampled.ndim != 2 or len(point) != len(resampled) or 0 in resampled.shape:
        raise ProbeError(
            f"point has shape {point.shape} but resampled {resampled.shape}; use (m,) with (m, resamples)"
        )
    if not (
        np.isfinite(point).all() and all(np.isfinite(resampled[part]).all() for part in pieces(len(point)))
    ):
        raise ProbeError("scores hold values that are not finite; drop those candidates first")
    return point, resampled


def selection_frequency(resampled: np.ndarray, *, higher_is_better: bool = True) -> np.ndarray:
    """float64 (m,): share of resamples (m, n_resamples) that each candidate wins; joint winners share a win."""
    top = resampled.max(axis=0) if higher_is_better else resampled.min(axis=0)
    winners = np.zeros(resampled.shape[1], dtype=np.int64)
    for part in pieces(len(resampled)):
        winners += (resampled[part] == top).sum(axis=0)
    return np.concatenate(
        [((resampled[part] == top) / winners).mean(axis=1) for part in pieces(len(resampled))]
    )
