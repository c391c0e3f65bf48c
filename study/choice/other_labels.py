"""Other labels of the same windows: what else a vector might be used for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from study.data import SPLIT_NAMES, StudyData
from study.errors import StudyError
from study.labels import LabelSpec, classify, fit_thresholds, label_name, outcomes, parse_label

# How much further than the label the second horizon looks, where none is given.
FURTHER = 4
UNKNOWN = -1


def other_labels(
    data: StudyData, wanted: Sequence[tuple[str, int | None]]
) -> tuple[Mapping[str, np.ndarray], tuple[str, ...]]:
    """Labels of the study's windows by name (`volume 16`), int64 (n,), 0, 1 or UNKNOWN; and names of those left out.

    Each is parted at the median of the fit split (direction at 0). What is settled later than the last label of its
    split is unknown there, so that no split learns or scores by candles of the next. Left out is a label of which fit,
    tune or select knows one class alone, or whose candles before do not lie in the window.

    Args:
        wanted: kinds with their horizons; None stands for that of the label and for FURTHER times as many candles.
    """
    own = data.label.horizon
    found, left = {}, []
    for kind, horizon in wanted:
        for ahead in (own, FURTHER * own) if horizon is None else (horizon,):
            name = label_name(kind, ahead)
            most = data.windows.seq_len if kind == "volume" else len(data.candles.frame)
            if ahead > most:
                left.append(name)
                continue
            labels = _labels(data, parse_label(kind=kind, horizon=ahead))
            if all(len(np.unique(labels[rows][labels[rows] != UNKNOWN])) == 2 for rows in _learning(data)):
                found[name] = labels
            else:
                left.append(name)
    return found, tuple(left)


def judged_by_the_mean(data: StudyData, wanted: Sequence[tuple[str, int | None]]) -> StudyData:
    """The data with `other_labels` to judge candidates by, beside its own: of the windows for which all are known.

    Raises StudyError, one line, where a label cannot be asked or there is none but the own one.
    """
    labels, left_out = other_labels(data, wanted)
    own = label_name(data.label.kind, data.label.horizon)
    others = {name: one for name, one in labels.items() if name != own}
    if left_out:
        raise StudyError(
            f"metric='mean': {', '.join(left_out)} cannot be asked of these candles (a split knows one class alone, or "
            "the window is too short); take it out of also=..."
        )
    if not others:
        raise StudyError(
            f"metric='mean': also=... names no label but {own}, the study's own; use metric='auc'"
        )
    known = np.all([one != UNKNOWN for one in others.values()], axis=0)
    splits = replace(data.splits, **{name: rows[known[rows]] for name, rows in data.split_rows.items()})
    for name, one in others.items():
        for split in SPLIT_NAMES:
            if len(np.unique(one[getattr(splits, split)])) < 2:
                raise StudyError(
                    f"metric='mean': {split} knows one class of {name} alone; take it out of also=..."
                )
    return replace(data, splits=splits, others=others)


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
    if not np.isfinite(fit).any():
        return labels
    thresholds = fit_thresholds(fit[np.isfinite(fit)], spec)
    known = np.isfinite(happened)
    labels[known] = classify(happened[known], thresholds, spec)
    return labels


def _learning(data: StudyData) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return data.probed.fit, data.probed.tune, data.probed.select
