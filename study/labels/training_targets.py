"""What the task `outcomes` learns to predict: several things that happen after a window, at several horizons.

With o a window's last candle and k candles after it, natural logarithms:

| target | formula | weight |
| --- | --- | --- |
| log_range_k | log((highest high - lowest low of the k candles) / close_o + 0.0001) | 1 |
| log_volatility_k | log(root of the sum of the k squared log-returns + 0.0001) | 1 |
| log_volume_k | log of their mean volume over the window's, a millionth of the symbol's on fit added to both | 0.5 |
| return_k | log(close_(o + k) / close_o) / (root of k x standard deviation of the window's log-returns) | 0.3 |

Each is standardised over the fit split and clipped to four standard deviations, so that none drowns the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from study.labels.label_kinds import LabelSpec
from timesnet import Candles
from timesnet.large_arrays import large_array

SHORT, MIDDLE, LONG = 1, 4, 16
RANGE_WEIGHT, VOLUME_WEIGHT, RETURN_WEIGHT = 1.0, 0.5, 0.3
CLIP = 4.0
_BASIS_POINT, _LITTLE = 1e-4, 1e-6
# What each label is made of.
_OWN = {
    "volatility": "log_range",
    "volume": "log_volume",
    **dict.fromkeys(("direction", "return_quantile", "triple_barrier"), "return"),
}
# Candles worked on at once: what float64 in between takes does not grow with them.
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
    symbols = candles.frame["symbol"].cat.codes.to_numpy()
    little = _little(candles.frame["volume"].to_numpy()[ends[fit]], symbols[ends[fit]], symbols[-1] + 1)
    for rows in (fit, tune):
        limit = dates[ends[rows] + spec.horizon].max()
        for first, part in _by_candle(ends, rows):
            stretch = _Stretch.of(candles, dates, first, before=seq_len, after=max(k for _, k, _ in kinds))
            added = little[symbols[ends[part]]]
            values[part] = _targets(stretch, ends[part] - first + seq_len, kinds, seq_len, added, limit)
    mean, spread = _mean_and_spread(values, fit)
    for rows in (fit, tune):
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            values[part] = np.clip((values[part] - mean) / spread, -CLIP, CLIP)
    own = f"{_OWN[spec.kind]}_{spec.horizon}"
    return OutcomeTargets(
        names=names, weights=np.array([weight for _, _, weight in kinds], np.float32), values=values, own=own
    )


def _little(volume: np.ndarray, symbols: np.ndarray, n_symbols: int) -> np.ndarray:
    """What is added to the volumes of each symbol, float64 (n_symbols,): those of one may be a million times those of
    another, in coins of little worth; of a symbol that fit does not know, by the volumes (n,) of all."""
    known = np.bincount(symbols, minlength=n_symbols)
    means = np.bincount(symbols, weights=volume, minlength=n_symbols) / np.maximum(known, 1)
    return _LITTLE * np.maximum(np.where(known, means, volume.mean()), np.finfo(np.float64).tiny)


def _kinds(horizon: int) -> list[tuple[str, int, float]]:
    """(kind, candles, weight) of every target; the label's horizon is among those of ranges, volumes and returns."""
    horizons = sorted({SHORT, MIDDLE, LONG, horizon})
    return [
        *(("log_range", k, RANGE_WEIGHT) for k in horizons),
        ("log_volatility", LONG, RANGE_WEIGHT),
        *(("log_volume", k, VOLUME_WEIGHT) for k in sorted({MIDDLE, LONG, horizon})),
        *(("return", k, RETURN_WEIGHT) for k in horizons),
    ]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stretch:
    """Candles in a row, float64 (n,) and int64 dates; where it reaches beyond the table, its last candle repeats.

    Attributes:
        returns: log(close / close of the candle before), 0 at the start of each gap-free run.
        there: whether a candle is one of the table.
    """

    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray
    returns: np.ndarray
    dates: np.ndarray
    segment: np.ndarray
    there: np.ndarray

    @classmethod
    def of(cls, candles: Candles, dates: np.ndarray, first: int, *, before: int, after: int) -> "_Stretch":
        """_CHUNK candles from row `first` on, with so many more on both sides."""
        wanted = np.arange(first - before, first + _CHUNK + after)
        rows = np.clip(wanted, 0, len(candles) - 1)
        columns = {
            name: candles.frame[name].to_numpy(dtype=np.float64)[rows]
            for name in ("high", "low", "close", "volume")
        }
        segment, closing = candles.segment[rows], columns["close"]
        returns = np.zeros(len(rows))
        returns[1:] = np.where(segment[1:] == segment[:-1], np.log(closing[1:] / closing[:-1]), 0.0)
        return cls(**columns, returns=returns, dates=dates[rows], segment=segment, there=rows == wanted)


def _by_candle(ends: np.ndarray, rows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """The places `rows` in order of the candle in which their windows end: for every _CHUNK candles the first of them
    and the places of the windows that end there."""
    if (ends[rows[1:]] < ends[rows[:-1]]).any():
        rows = rows[np.argsort(ends[rows])]
    first, last = int(ends[rows[0]]), int(ends[rows[-1]])
    cuts = np.arange(first, last + _CHUNK, _CHUNK)
    places = np.searchsorted(ends[rows], np.append(cuts, last + 1))
    for cut, start, stop in zip(cuts, places, places[1:], strict=False):
        if stop > start:
            yield int(cut), rows[start:stop]


def _targets(
    stretch: _Stretch,
    ends: np.ndarray,
    kinds: list[tuple[str, int, float]],
    seq_len: int,
    little: np.ndarray,
    limit: int,
) -> np.ndarray:
    """float64 (n, k) of windows that end in places `ends` (n,) of the stretch; NaN where a target's last candle is not
    there or opens after `limit`, which is in the unit of its dates. `little` (n,) is added to volumes."""
    found = np.full((len(ends), len(kinds)), np.nan)
    squares = np.square(stretch.returns)
    mean = _rolling(stretch.returns, seq_len - 1, np.add)[ends] / (seq_len - 1)
    variance = _rolling(squares, seq_len - 1, np.add)[ends] / (seq_len - 1) - np.square(mean)
    spread = np.sqrt(np.maximum(variance, 0.0))
    past_volume = _rolling(stretch.volume, seq_len, np.add)[ends] / seq_len
    for k in {k for _, k, _ in kinds}:
        last = ends + k
        known = stretch.there[last] & (stretch.segment[last] == stretch.segment[ends])
        known &= stretch.dates[last] <= limit
        last, now = last[known], stretch.close[ends[known]]
        for place, (kind, of, _) in enumerate(kinds):
            if of != k:
                continue
            if kind == "log_range":
                span = (
                    _rolling(stretch.high, k, np.maximum)[last] - _rolling(stretch.low, k, np.minimum)[last]
                )
                found[known, place] = np.log(span / now + _BASIS_POINT)
            elif kind == "log_volatility":
                found[known, place] = np.log(np.sqrt(_rolling(squares, k, np.add)[last]) + _BASIS_POINT)
            elif kind == "log_volume":
                mean_volume = _rolling(stretch.volume, k, np.add)[last] / k
                found[known, place] = np.log(
                    (mean_volume + little[known]) / (past_volume[known] + little[known])
                )
            else:
                usual = np.sqrt(k) * np.maximum(spread[known], _BASIS_POINT)
                found[known, place] = np.log(stretch.close[last] / now) / usual
    return found


def _rolling(values: np.ndarray, length: int, combine: np.ufunc) -> np.ndarray:
    """The sum, greatest or least (as `combine` says) of the `length` values up to each place of (n,).

    Blocks of 1, 2, 4, ... values are combined, so that it takes log2(length) steps and no difference of long sums,
    which would lose small numbers beside large ones. The first length - 1 places repeat the first value in front.
    """
    block, width, covered = values, 1, 0
    parts = []
    while covered < length:
        if length & width:
            parts.append(_later(block, covered))
            covered += width
        block, width = combine(block, _later(block, width)), 2 * width
    return reduce(combine, parts)


def _later(values: np.ndarray, places: int) -> np.ndarray:
    """Values (n,) so many places further on; the first value stands in for those before it."""
    places = min(places, len(values))
    return np.concatenate([np.repeat(values[:1], places), values[: len(values) - places]])


def _mean_and_spread(values: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and population standard deviation of each column (k,) over the known numbers of the rows, float64."""
    known, total, squares = (np.zeros(values.shape[1]) for _ in range(3))
    chunks = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
    for chunk in chunks:
        known += np.isfinite(values[chunk]).sum(axis=0)
        total += np.nansum(values[chunk], axis=0, dtype=np.float64)
    mean = total / np.maximum(known, 1)
    for chunk in chunks:
        squares += np.nansum(np.square(values[chunk] - mean), axis=0)
    spread = np.sqrt(squares / np.maximum(known, 1))
    spread[~(spread > 0)] = 1.0
    return mean, spread
