"""Thresholds that follow the level: where the classes part, from the outcomes that were known at each window's end.

Over years the level of volatility or of returns drifts, and a threshold of the fit split then puts nearly all windows
of a later split into one class. The median of the last TRAILING_OUTCOMES outcomes keeps the classes near halves.
"""

import numpy as np
import pandas as pd

from study.labels.label_kinds import LabelSpec, first_number, outcomes
from timesnet import Candles

TRAILING_OUTCOMES = 250
"""Outcomes that a trailing threshold is made of."""
# Windows classified at once.
_CHUNK = 2**18


def trailing_thresholds(candles: Candles, spec: LabelSpec) -> np.ndarray:
    """Thresholds of windows that end in each candle: float64 (n, cuts).

    Those are the median (for return_quantile the quantiles) of the last TRAILING_OUTCOMES outcomes of the same symbol
    that were settled when the candle closed; NaN where there are not as many yet.
    """
    shares = np.arange(1, spec.classes) / spec.classes if spec.kind == "return_quantile" else np.array([0.5])
    found = first_number(candles, np.arange(len(candles)), spec)
    if spec.kind == "triple_barrier":
        found = np.abs(found)
    cuts = np.full((len(candles), len(shares)), np.nan)
    symbols = candles.frame["symbol"].cat.codes.to_numpy()
    starts = np.flatnonzero(np.append(True, symbols[1:] != symbols[:-1]))
    for start, stop in zip(starts, np.append(starts[1:], len(candles)), strict=True):
        known = start + np.flatnonzero(~np.isnan(found[start:stop]))
        rolling = pd.Series(found[known]).rolling(TRAILING_OUTCOMES)
        # An outcome is settled `horizon` candles after its window ends.
        settled = np.searchsorted(known, np.arange(start, stop) - spec.horizon, side="right")
        enough = settled >= TRAILING_OUTCOMES
        for cut, share in enumerate(shares):
            cuts[start:stop][enough, cut] = rolling.quantile(share).to_numpy()[settled[enough] - 1]
    return cuts


def classify_by_trailing(candles: Candles, ends: np.ndarray, cuts: np.ndarray, spec: LabelSpec) -> np.ndarray:
    """Classes int64 (n,) of windows that end in rows `ends`, parted by `cuts` of all candles (see above)."""
    labels = np.empty(len(ends), dtype=np.int64)
    for start in range(0, len(ends), _CHUNK):
        rows = ends[start : start + _CHUNK]
        labels[start : start + _CHUNK] = _classify(outcomes(candles, rows, spec), cuts[rows], spec)
    return labels


def _classify(found: np.ndarray, cuts: np.ndarray, spec: LabelSpec) -> np.ndarray:
    """As `classify` of labels, with each window's own cuts (n, cuts)."""
    if spec.kind != "triple_barrier":
        return (found[:, None] > cuts).sum(axis=1).astype(np.int64)
    up = (found[:, 1 : 1 + spec.horizon] < cuts).sum(axis=1)
    down = (found[:, 1 + spec.horizon :] > -cuts).sum(axis=1)
    return (1 + np.sign(down - up)).astype(np.int64)
