"""Candles turned into the data of a study."""

import hashlib
from dataclasses import replace

import numpy as np

from study.candle_source import CandleSource
from study.configuration import StudyConfiguration
from study.errors import StudyError
from study.labels import LabelSpec, classify, fit_thresholds, outcomes, parse_label
from study.near_misses import near_misses
from study.splits import SPLIT_NAMES, Splits, chronological_splits
from study.study_data import StudyData
from timesnet import (
    FEATURES,
    WARMUP,
    Candles,
    Scaler,
    Windows,
    complete_windows,
    compute_features,
    mark_frequency,
    read_candles,
    time_marks,
)


def prepare_candles(configuration: StudyConfiguration) -> StudyData:
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
    splits = chronological_splits(
        candles.frame["date"].iloc[ends],
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
    digest = candles_digest(candles)
    source = CandleSource(
        candles=candles,
        quality=quality,
        label=spec,
        thresholds=thresholds,
        ends=ends,
        seq_len=configuration.seq_len,
        features=features,
        data=configuration.data,
        digest=digest,
    )
    return StudyData(
        source=source,
        windows=windows,
        labels=labels,
        n_classes=spec.n_classes,
        splits=splits,
        scaler=scaler,
        features=features,
        freq=freq,
        digest=digest,
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


def _require_every_class(labels: np.ndarray, splits: Splits, spec: LabelSpec) -> None:
    for name in SPLIT_NAMES:
        present = np.unique(labels[getattr(splits, name)])
        if len(present) < spec.n_classes:
            raise StudyError(
                f"label={spec.kind!r}: the {name} split holds only class {', '.join(map(str, present))} of "
                f"{spec.n_classes}; choose another threshold, horizon or longer data"
            )
