"""What the task `outcomes` learns to predict: several things that happen after a window, at several horizons.

With o a window's last candle and k candles after it, natural logarithms:

| target | formula | weight |
| --- | --- | --- |
| log_range_k | log((highest high - lowest low of the k candles) / close_o + 0.0001) | 1 |
| log_volatility_k | log(root of the sum of the k squared log-returns + 0.0001) | 1 |
| log_volume_k | log of their mean volume over the window's, a millionth of fit's mean volume added to both | 0.5 |
| return_k | log(close_(o + k) / close_o) / (root of k x standard deviation of the window's log-returns) | 0.3 |

Each is standardised over the fit split and clipped to four standard deviations, so that none drowns the others.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.labels.labels import LabelSpec, settled
from timesnet import Candles
from timesnet.large_arrays import large_array

SHORT, MIDDLE, LONG = 1, 4, 16
RANGE_WEIGHT, VOLUME_WEIGHT, RETURN_WEIGHT = 1.0, 0.5, 0.3
CLIP = 4.0
_BASIS_POINT, _LITTLE = 1e-4, 1e-6
# What the labels that are not made of returns are made of.
_OWN = {"volatility": "log_range", "volume": "log_volume"}
# Windows whose future is held at once.
_CHUNK = 2**15


@dataclass(frozen=True, kw_only=True, eq=False)
class OutcomeTargets:
    """What follows each of n windows.

    Attributes:
        names: of the targets.
        weights: float32 (k,), of their squared errors.
        values: float32 (n, k), standardised; NaN where it is not known within the window's split.
        own: name of the target that the label is made of.
    """

    names: tuple[str, ...]
    weights: np.ndarray
    values: np.ndarray
    own: str

    def columns(self, *, transfer: bool) -> np.ndarray:
        """Places of the targets that a network learns, int64: all, or all but the label's own."""
        return np.array(
            [place for place, name in enumerate(self.names) if not (transfer and name == self.own)]
        )


def outcome_targets(
    candles: Candles,
    ends: np.ndarray,
    spec: LabelSpec,
    *,
    seq_len: int,
    fit: np.ndarray,
    tune: np.ndarray,
) -> OutcomeTargets:
    """The targets of windows that end in rows `ends` (n,), of the `fit` and `tune` places alone.

    A target that is settled later than the last label of its split is left out there, as labels are: the last fit
    windows would otherwise learn from candles that belong to tune.
    """
    kinds = _kinds(spec.horizon)
    names = tuple(f"{kind}_{k}" for kind, k, _ in kinds)
    values = large_array((len(ends), len(kinds)), np.float32)
    values[:] = np.nan
    dates = pd.DatetimeIndex(candles.frame["date"]).asi8
    volume = candles.frame["volume"].to_numpy()[ends[fit]]
    little = _LITTLE * max(float(volume.mean()), np.finfo(np.float64).tiny)
    for rows in (fit, tune):
        limit = dates[ends[rows] + spec.horizon].max()
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            values[part] = _targets(candles, ends[part], kinds, seq_len, little, dates, limit)
    with np.errstate(invalid="ignore"):
        learnt = values[fit]
        mean = np.nanmean(learnt, axis=0, dtype=np.float64)
        spread = np.nanstd(learnt, axis=0, dtype=np.float64)
    spread[~(spread > 0)] = 1.0
    for start in range(0, len(values), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        values[chunk] = np.clip((values[chunk] - mean) / spread, -CLIP, CLIP)
    own = f"{_OWN.get(spec.kind, 'return')}_{spec.horizon}"
    return OutcomeTargets(
        names=names, weights=np.array([weight for _, _, weight in kinds], np.float32), values=values, own=own
    )


def _kinds(horizon: int) -> list[tuple[str, int, float]]:
    """(kind, candles, weight) of every target; the label's horizon is among those of ranges, volumes and returns."""
    horizons = sorted({SHORT, MIDDLE, LONG, horizon})
    return [
        *(("log_range", k, RANGE_WEIGHT) for k in horizons),
        ("log_volatility", LONG, RANGE_WEIGHT),
        *(("log_volume", k, VOLUME_WEIGHT) for k in sorted({MIDDLE, LONG, horizon})),
        *(("return", k, RETURN_WEIGHT) for k in horizons),
    ]


def _targets(
    candles: Candles,
    ends: np.ndarray,
    kinds: list[tuple[str, int, float]],
    seq_len: int,
    little: float,
    dates: np.ndarray,
    limit: int,
) -> np.ndarray:
    """float64 (n, k), NaN where a target's last candle is not there or opens after `limit`.

    `little` is added to volumes; `dates` int64 of all candles, in the unit of `limit`.
    """
    high, low, closing, volume = (
        candles.frame[name].to_numpy(dtype=np.float64) for name in ("high", "low", "close", "volume")
    )
    found = np.full((len(ends), len(kinds)), np.nan)
    past = ends[:, None] + np.arange(1 - seq_len, 1)
    spread = np.diff(np.log(closing[past]), axis=1).std(axis=1)
    past_volume = volume[past].mean(axis=1)
    for k in {k for _, k, _ in kinds}:
        known = settled(candles, ends, k)
        known[known] = dates[ends[known] + k] <= limit
        last = ends[known]
        ahead = last[:, None] + np.arange(1, k + 1)
        for place, (kind, of, _) in enumerate(kinds):
            if of != k:
                continue
            if kind == "log_range":
                span = (high[ahead].max(axis=1) - low[ahead].min(axis=1)) / closing[last]
                found[known, place] = np.log(span + _BASIS_POINT)
            elif kind == "log_volatility":
                steps = np.log(closing[ahead] / closing[ahead - 1])
                found[known, place] = np.log(np.sqrt((steps**2).sum(axis=1)) + _BASIS_POINT)
            elif kind == "log_volume":
                ratio = (volume[ahead].mean(axis=1) + little) / (past_volume[known] + little)
                found[known, place] = np.log(ratio)
            else:
                moved = np.log(closing[last + k] / closing[last])
                usual = np.sqrt(k) * np.maximum(spread[known], _BASIS_POINT)
                found[known, place] = moved / usual
    return found
