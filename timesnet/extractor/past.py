"""The past windows most like another, by a layer's embeddings, with what followed each.

Of all windows that were kept those count that lie wholly in the other one's past, what followed them included: none
shares a candle with it, none lies in its future. Of these the nearest one comes first, then the nearest that shares no
candle with that one either, and so on: the same event, one candle later, is no second witness.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ..errors import CheckpointError, ConfigError, DataError

NONE = -1
MOST_WINDOWS = 20_000
"""Windows that a model keeps, at most."""
MOST_BYTES = 2**24
"""Of their vectors."""
# Distances held at once.
_PIECE = 2**22
_ARRAYS = {
    "vectors": np.float16,
    "mean": np.float32,
    "scale": np.float32,
    "dates": np.int64,
    "apart": np.int64,
    "classes": np.int64,
    "outcomes": np.float32,
    "symbols": np.int64,
}


Score = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Like:
    """The past windows most like each of n others.

    Attributes:
        index: int64 (n, k), k at most what was asked for: numbers of the windows kept, the nearest first; NONE where
            there are no more.
        distance: float64 (n, k), Euclidean, of standardised embeddings; NaN where there are no more.
        past: int64 (n, classes), windows of each class that lie in the other one's past: what was chosen from.
    """

    index: np.ndarray
    distance: np.ndarray
    past: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class PastWindows:
    """Embedded windows with what followed each, in order of date.

    Attributes:
        vectors: float16 (n, dim), standardised by mean and scale, float32 (dim,): of those windows that the network
            learnt from.
        dates: int64 (n,), nanoseconds since 1970: open time of each window's last candle.
        apart: int64 (n,): the date of the first window that shares no candle with it, nor with what followed it.
        classes: int64 (n,), numbers of class_names; outcomes: float32 (n,), what was cut into classes.
        symbols: int64 (n,), numbers of symbol_names, which is empty where there is one symbol.
        outcome: what an outcome is, in words.
        metric: what `scores` are; by number of neighbours the score on test with its 95 % interval, the share of a
            class among them taken as its probability. probe: the same of the study's classifier on the embedding.
    """

    vectors: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    dates: np.ndarray
    apart: np.ndarray
    classes: np.ndarray
    outcomes: np.ndarray
    symbols: np.ndarray
    class_names: tuple[str, ...]
    symbol_names: tuple[str, ...]
    outcome: str
    metric: str
    scores: Mapping[int, Score]
    probe: Score

    def __post_init__(self) -> None:
        """Raises DataError where the arrays do not fit each other."""
        n, dim = self.vectors.shape
        for name in ("dates", "apart", "classes", "outcomes", "symbols"):
            if getattr(self, name).shape != (n,):
                raise DataError(f"{name} has shape {getattr(self, name).shape}, not ({n},)")
        for name in ("mean", "scale"):
            if getattr(self, name).shape != (dim,):
                raise DataError(f"{name} has shape {getattr(self, name).shape}, not ({dim},)")
        if n == 0 or not 0 <= self.classes.min() <= self.classes.max() < len(self.class_names):
            raise DataError(f"{n} windows of {len(self.class_names)} classes: one at least is needed")

    def __len__(self) -> int:
        return len(self.dates)

    def standardised(self, vectors: np.ndarray) -> np.ndarray:
        """Embeddings (n, dim) on the scale of those kept, float64."""
        return (np.asarray(vectors, dtype=np.float64) - self.mean) / self.scale

    def like(self, vectors: np.ndarray, dates: np.ndarray, k: int) -> Like:
        """The k past windows most like each of n others, fewer where there are no more.

        Args:
            vectors: their embeddings, (n, dim).
            dates: int64 (n,), nanoseconds since 1970 of the open time of their last candles.

        Raises ConfigError for a k below 1.
        """
        if k < 1:
            raise ConfigError(f"neighbours is {k}, it must be at least 1")
        k = min(k, len(self))
        asked, dates = self.standardised(vectors), np.asarray(dates, dtype=np.int64)
        kept = self.vectors.astype(np.float64)
        squares = (kept**2).sum(axis=1)
        index = np.full((len(asked), k), NONE, dtype=np.int64)
        distance = np.full((len(asked), k), np.nan)
        piece = max(1, _PIECE // len(self))
        for start in range(0, len(asked), piece):
            rows = slice(start, start + piece)
            own = asked[rows]
            gap = (own**2).sum(axis=1)[:, None] + squares - 2 * own @ kept.T
            gap[self.apart > dates[rows, None]] = np.inf
            every = np.arange(len(own))
            for place in range(k):
                best = gap.argmin(axis=1)
                there = np.isfinite(gap[every, best])
                if not there.any():
                    break
                index[rows][there, place] = best[there]
                distance[rows][there, place] = np.sqrt(np.maximum(gap[every, best][there], 0.0))
                shared = (self.apart > self.dates[best][:, None]) & (self.dates < self.apart[best][:, None])
                gap[shared] = np.inf
        order = np.argsort(self.apart, kind="stable")
        settled = np.searchsorted(self.apart[order], dates, side="right")
        classes = self.classes[order, None] == np.arange(len(self.class_names))
        counts = np.vstack([np.zeros(classes.shape[1], np.int64), np.cumsum(classes, axis=0)])
        return Like(index=index, distance=distance, past=counts[settled])

    def shares(self, like: Like, k: int) -> np.ndarray:
        """Share of each class among the first k of those found, float64 (n, classes); NaN where there are none."""
        index = like.index[:, :k]
        found = (self.classes[index][:, :, None] == np.arange(len(self.class_names))) & (index != NONE)[
            :, :, None
        ]
        return _shares(found.sum(axis=1))

    def table(self, keys: pd.DataFrame, like: Like) -> pd.DataFrame:
        """One row for each of the n others: its keys, how often each class followed, what the past windows were.

        Columns after the keys: `share_CLASS` among the neighbours and, beside it, `base_CLASS` among all windows of
        the past, for each class; `neighbours`, a list of dictionaries with `date` (ISO 8601), `symbol` where there
        are several, `distance`, `class` and `outcome`, the nearest first.
        """
        shares, bases = self.shares(like, like.index.shape[1]), _shares(like.past)
        told = keys.reset_index(drop=True)
        for number, name in enumerate(self.class_names):
            told[f"share_{name.replace(' ', '_')}"] = shares[:, number]
            told[f"base_{name.replace(' ', '_')}"] = bases[:, number]
        found = [
            [self.described(one, float(gap)) for one, gap in zip(row, gaps, strict=True) if one != NONE]
            for row, gaps in zip(like.index, like.distance, strict=True)
        ]
        return told.assign(neighbours=pd.Series(found, dtype=object))

    def described(self, number: int, distance: float) -> dict[str, Any]:
        """A window kept, JSON-ready."""
        date = pd.Timestamp(int(self.dates[number]), unit="ns", tz="UTC")
        symbol = {"symbol": self.symbol_names[self.symbols[number]]} if self.symbol_names else {}
        return {
            "date": date.isoformat(),
            **symbol,
            "distance": distance,
            "class": self.class_names[self.classes[number]],
            "outcome": float(self.outcomes[number]),
        }

    def save(self, path: str | os.PathLike[str]) -> dict[str, Any]:
        """Write the arrays as safetensors; returns the rest, JSON-ready."""
        save_file({name: getattr(self, name).astype(kind) for name, kind in _ARRAYS.items()}, path)
        return {
            "class_names": list(self.class_names),
            "symbol_names": list(self.symbol_names),
            "outcome": self.outcome,
            "metric": self.metric,
            "scores": [[k, *score] for k, score in self.scores.items()],
            "probe": list(self.probe),
        }

    @classmethod
    def load(cls, path: Path, rest: Mapping[str, Any]) -> PastWindows:
        """What `save` wrote. Raises CheckpointError, one line, where it is not that."""
        try:
            arrays = load_file(path)
            return cls(
                **{name: arrays[name] for name in _ARRAYS},
                class_names=tuple(rest["class_names"]),
                symbol_names=tuple(rest["symbol_names"]),
                outcome=str(rest["outcome"]),
                metric=str(rest["metric"]),
                scores={int(k): _score(score) for k, *score in rest["scores"]},
                probe=_score(rest["probe"]),
            )
        except (SafetensorError, DataError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{path}: holds no past windows ({error})") from error


def require_past(past: PastWindows | None) -> PastWindows:
    """What an extractor knows of past windows. Raises DataError, one line, where it knows none."""
    if past is None:
        raise DataError(
            "this model knows no past windows to look for neighbours in: only a layer that a study has registered on "
            "candles of one grid does (not one chosen by hand, of arrays or with grid=rows); run an older study again "
            "under another name"
        )
    return past


def how_many(dim: int) -> int:
    """Windows that are kept of embeddings of so many numbers, at most."""
    return max(1, min(MOST_WINDOWS, MOST_BYTES // (dim * np.dtype(_ARRAYS["vectors"]).itemsize)))


def _score(numbers: Sequence[float]) -> Score:
    value, low, high = map(float, numbers)
    return value, low, high


def _shares(counts: np.ndarray) -> np.ndarray:
    """Each row's share of its sum, float64; NaN where that is 0."""
    total = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
