"""Other labels of the same windows: what else a vector might be used for."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from study.data import SPLIT_NAMES, StudyData
from study.labels import LabelSpec, classify, fit_thresholds, outcomes, parse_label

KINDS = ("volatility", "volume", "direction")
# How much further than the label the second horizon looks.
FURTHER = 4
UNKNOWN = -1


def other_labels(data: StudyData) -> Mapping[str, np.ndarray]:
    """Labels of the study's windows by name (`volume 16`), int64 (n,), 0, 1 or UNKNOWN; empty of ready-made windows.

    Volatility, volume and direction over the label's horizon and over FURTHER times as many candles, each parted at the
    median of the fit split (direction at 0). What is settled later than the last label of its split is unknown there,
    so that no split learns or scores by candles of the next.
    """
    if not data.has_candles:
        return {}
    found = {}
    for kind in KINDS:
        for horizon in (data.label.horizon, FURTHER * data.label.horizon):
            if kind == "volume" and horizon > data.windows.seq_len:
                continue
            labels = _labels(data, parse_label(kind=kind, horizon=horizon))
            if all(len(np.unique(labels[rows][labels[rows] != UNKNOWN])) == 2 for rows in _learning(data)):
                found[f"{kind} {horizon}"] = labels
    return found


def _labels(data: StudyData, spec: LabelSpec) -> np.ndarray:
    ends = data.windows.ends
    dates = pd.DatetimeIndex(data.candles.frame["date"]).asi8
    happened = outcomes(data.candles, ends, spec)
    for name in SPLIT_NAMES:
        rows = data.split_rows[name]
        limit = dates[ends[rows] + data.label.horizon].max()
        after = np.minimum(ends[rows] + spec.horizon, len(dates) - 1)
        happened[rows[dates[after] > limit]] = np.nan
    labels = np.full(len(ends), UNKNOWN, dtype=np.int64)
    fit = happened[data.splits.fit]
    thresholds = fit_thresholds(fit[np.isfinite(fit)], spec)
    known = np.isfinite(happened)
    labels[known] = classify(happened[known], thresholds, spec)
    return labels


def _learning(data: StudyData) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return data.probed.fit, data.probed.tune, data.probed.select
