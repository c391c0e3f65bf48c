"""Candles turned into labelled windows in four splits: what every trial of a study shares."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from study.configuration import StudyConfiguration
from study.errors import StudyError
from study.labels import LabelSpec, classify, fit_thresholds, outcomes, parse_label
from study.near_misses import near_misses
from study.splits import SPLIT_NAMES, Splits, chronological_splits
from timesnet import (
    FEATURES,
    WARMUP,
    Candles,
    DataQuality,
    Scaler,
    Windows,
    complete_windows,
    compute_features,
    mark_frequency,
    read_candles,
    time_marks,
)


@dataclass(frozen=True, kw_only=True)
class StudyData:
    """Labelled windows and how they came about.

    Attributes:
        windows: n windows with scaled features, in order of date; `marks` are the published time features.
        labels: int64 (n,), classes 0 .. n_classes - 1.
        dates: (n,) open time of each window's last candle, UTC.
        splits: index arrays into the windows.
        thresholds: of the label, from the fit split alone.
        scaler: of the features, from the fit split alone.
        features: names of the features, in the order of the columns.
        freq: the published frequency letter of the time features.
        digest: SHA-256 of the cleaned candles, first 16 hex digits.
    """

    candles: Candles
    quality: DataQuality
    windows: Windows
    labels: np.ndarray
    n_classes: int
    dates: pd.DatetimeIndex
    splits: Splits
    label: LabelSpec
    thresholds: tuple[float, ...]
    scaler: Scaler
    features: tuple[str, ...]
    freq: str
    digest: str

    @property
    def split_rows(self) -> dict[str, np.ndarray]:
        """Window rows of each split, by name."""
        return {name: getattr(self.splits, name) for name in SPLIT_NAMES}

    def class_shares(self, split: str) -> list[float]:
        """Share of each class among a split's windows."""
        counts = np.bincount(self.labels[self.split_rows[split]], minlength=self.n_classes)
        return [round(float(share), 4) for share in counts / counts.sum()]


def prepare(configuration: StudyConfiguration) -> StudyData:
    """Read, clean, label and split the candles of a study.

    Raises StudyError or timesnet.DataError, each one line, where the data cannot serve.
    """
    candles, quality = read_candles(configuration.data)
    features = chosen_features(configuration.features)
    spec = parse_label(
        kind=configuration.label,
        threshold=configuration.threshold,
        classes=configuration.classes or None,
        horizon=configuration.horizon,
    )
    ends = complete_windows(candles, configuration.seq_len, WARMUP)
    outcome = outcomes(candles, ends, spec)
    known = ~np.isnan(outcome).reshape(len(ends), -1).any(axis=1)
    ends, outcome = ends[known], outcome[known]
    by_date = np.argsort(candles.frame["date"].to_numpy()[ends], kind="stable")
    ends, outcome = ends[by_date], outcome[by_date]
    dates = pd.DatetimeIndex(candles.frame["date"].iloc[ends])
    splits = chronological_splits(
        dates,
        interval=candles.interval,
        seq_len=configuration.seq_len,
        horizon=configuration.horizon,
        n_candles=len(candles),
    )
    thresholds = fit_thresholds(outcome[splits.fit], spec)
    labels = classify(outcome, thresholds, spec)
    _require_every_class(labels, splits, spec)

    values = compute_features(candles)[:, [FEATURES.index(name) for name in features]]
    freq = mark_frequency(candles.interval)
    marks = time_marks(candles.frame["date"], freq=freq, embed="timeF")
    raw = Windows(values=values, marks=marks, ends=ends, seq_len=configuration.seq_len)
    scaler = Scaler.fit(values, raw.select(splits.fit).rows())
    windows = replace(raw, values=scaler.transform(values))
    return StudyData(
        candles=candles,
        quality=quality,
        windows=windows,
        labels=labels,
        n_classes=spec.n_classes,
        dates=dates,
        splits=splits,
        label=spec,
        thresholds=thresholds,
        scaler=scaler,
        features=features,
        freq=freq,
        digest=candles_digest(candles),
    )


def chosen_features(names: str) -> tuple[str, ...]:
    """Feature names from a comma-separated list; empty means all of them."""
    if not names:
        return FEATURES
    chosen = tuple(name.strip() for name in names.split(","))
    for name in chosen:
        if name not in FEATURES:
            raise StudyError(f"features: {name!r} is unknown: {near_misses(name, FEATURES)}")
    if len(set(chosen)) < len(chosen):
        raise StudyError(f"features={names!r} names a feature twice")
    return chosen


def candles_digest(candles: Candles) -> str:
    """SHA-256 over symbol, date and values of the cleaned candles, first 16 hex digits."""
    digest = hashlib.sha256()
    frame = candles.frame
    digest.update("\n".join(frame["symbol"].astype(str).unique()).encode())
    digest.update(frame["date"].astype("int64").to_numpy().tobytes())
    digest.update(frame[["open", "high", "low", "close", "volume"]].to_numpy(dtype="float64").tobytes())
    return digest.hexdigest()[:16]


def windows_digest(data: StudyData) -> str:
    """SHA-256 of what the probes see: features, labels and splits, first 16 hex digits.

    It tells a study that goes on with other code, whose features or splits are not the same any more.
    """
    digest = hashlib.sha256()
    for array in (data.windows.values, data.windows.ends, data.labels, *data.split_rows.values()):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def _require_every_class(labels: np.ndarray, splits: Splits, spec: LabelSpec) -> None:
    for name in SPLIT_NAMES:
        present = np.unique(labels[getattr(splits, name)])
        if len(present) < spec.n_classes:
            raise StudyError(
                f"label={spec.kind!r}: the {name} split holds only class {', '.join(map(str, present))} of "
                f"{spec.n_classes}; choose another threshold, horizon or longer data"
            )
