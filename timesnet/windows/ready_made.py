"""Windows that come ready-made, cut by whoever recorded them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..errors import DataError
from .scaler import Scaler
from .windows import Windows


def stacked(values: np.ndarray) -> Windows:
    """Ready-made windows (n, seq_len, C) as windows over one table of n * seq_len rows, without time marks.

    Raises DataError for another number of axes, or for a value that is not finite.
    """
    values = np.asarray(values)
    if values.ndim != 3 or 0 in values.shape[1:]:
        raise DataError(f"windows have shape {values.shape}, (windows, seq_len, channels) is needed")
    if not np.issubdtype(values.dtype, np.number) or np.issubdtype(values.dtype, np.complexfloating):
        raise DataError(f"windows are {values.dtype}, real numbers are needed")
    if not np.isfinite(values).all():
        window, step, channel = np.argwhere(~np.isfinite(values))[0]
        raise DataError(
            f"window {window} is {values[window, step, channel]} at step {step} of channel {channel}: "
            "fill or drop it"
        )
    n, seq_len, channels = values.shape
    table = values.astype(np.float32, copy=False).reshape(n * seq_len, channels)
    return Windows(table, None, np.arange(n) * seq_len + seq_len - 1, seq_len)


def padded(values: np.ndarray, scaler: Scaler, seq_len: int) -> Windows:
    """Ready-made windows (n, up to seq_len, C) whose shorter series end in NaN, as the published loader pads them.

    They are scaled, then filled with zeros up to `seq_len`; marks (n * seq_len,), the classifier's mask, are 1 at the
    steps that are there.

    Raises DataError for another number of axes, more steps than seq_len, or a value that is missing before the end.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 3 or values.shape[1] > seq_len or values.shape[2] != len(scaler.mean):
        raise DataError(
            f"windows have shape {values.shape}, (windows, at most {seq_len} steps, {len(scaler.mean)} channels) is "
            "needed"
        )
    there = np.zeros((len(values), seq_len), dtype=bool)
    there[:, : values.shape[1]] = np.isfinite(values).all(axis=2)
    lengths = there.sum(axis=1)
    wrong = np.flatnonzero((there != (np.arange(seq_len) < lengths[:, None])).any(axis=1) | (lengths == 0))
    if len(wrong):
        raise DataError(
            f"window {wrong[0]} lacks values before its end: only what follows a shorter series may be missing"
        )
    table = np.zeros((len(values), seq_len, values.shape[2]), dtype=np.float32)
    table[there] = scaler.transform(values[there[:, : values.shape[1]]])
    windows = stacked(table)
    return replace(windows, marks=there.reshape(-1).astype(np.float32))


def of_one_length(series: Sequence[np.ndarray], seq_len: int) -> np.ndarray:
    """Series of any lengths (each (its length, C)) as one array (n, seq_len, C), float64.

    A longer one is cut at its end; a shorter one repeats its last value, which invents no movement.
    """
    values = np.empty((len(series), seq_len, series[0].shape[1]))
    for window, one in zip(values, series, strict=True):
        kept = min(seq_len, len(one))
        window[:kept] = one[:kept]
        window[kept:] = one[kept - 1]
    return values
