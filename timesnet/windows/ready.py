"""Windows that come ready-made, cut by whoever recorded them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import DataError
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
