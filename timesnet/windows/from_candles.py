"""The one road from clean candles to scaled windows, for training and for a registered layer alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..candles import Candles
from .features import compute_features
from .scaler import Scaler
from .time_marks import time_marks
from .windows import Windows


def windows_of(
    candles: Candles,
    features: Sequence[str],
    ends: np.ndarray,
    *,
    seq_len: int,
    scaler: Scaler | None = None,
    fit: np.ndarray | None = None,
    freq: str | None = None,
    embed: str = "timeF",
) -> tuple[Windows, Scaler]:
    """Windows of scaled features, and what scaled them.

    Args:
        ends: int64 (n,), row of each window's last candle, see `complete_windows`.
        scaler: of the features; None fits one on the candles of the windows `fit` alone.
        fit: places in `ends`, where there is no scaler yet.
        freq, embed: of the time marks, by the published names; without `freq` there are none.
    """
    values = compute_features(candles, features)
    marks = None if freq is None else time_marks(candles.frame["date"], freq=freq, embed=embed)
    windows = Windows(values, marks, ends, seq_len)
    if scaler is None:
        scaler = Scaler.fit(values, (windows if fit is None else windows.select(fit)).rows())
    # In place: a table of ten million candles is held once.
    scaler.transform(windows.values, out=windows.values)
    return windows, scaler
