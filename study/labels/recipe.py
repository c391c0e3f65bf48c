"""A study's label written down, so that the windows of any candles can be given it again."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from study.errors import StudyError
from study.labels.label_kinds import LabelSpec, classify, outcomes
from study.labels.trailing import classify_by_trailing, trailing_thresholds
from timesnet import Candles

UNSETTLED = -1


def label_recipe(
    spec: LabelSpec, thresholds: tuple[float, ...], by_symbol: Mapping[str, tuple[float, ...]]
) -> dict[str, Any]:
    """The label with its thresholds, JSON-ready."""
    return {
        "spec": asdict(spec),
        "thresholds": list(thresholds),
        "by_symbol": {name: list(cuts) for name, cuts in by_symbol.items()},
    }


def labels_by(recipe: Mapping[str, Any], candles: Candles, ends: np.ndarray) -> np.ndarray:
    """Classes int64 (n,) of windows that end in rows `ends`, UNSETTLED where what they depend on is not there."""
    spec = LabelSpec(**recipe["spec"])
    happened = outcomes(candles, ends, spec)
    known = np.isfinite(happened).reshape(len(ends), -1).all(axis=1)
    labels = np.full(len(ends), UNSETTLED, dtype=np.int64)
    if spec.trailing:
        cuts = trailing_thresholds(candles, spec)
        known &= np.isfinite(cuts[ends]).all(axis=1)
        labels[known] = classify_by_trailing(candles, ends[known], cuts, spec)
        return labels
    if recipe["by_symbol"] and not candles.has_symbol:
        raise StudyError(
            "labels=yes: the study's label parts each symbol by thresholds of its own, and these candles name no "
            f"symbol; add a column symbol ({', '.join(list(recipe['by_symbol'])[:5])})"
        )
    symbols = candles.frame["symbol"].astype(str).to_numpy()[ends]
    for symbol in np.unique(symbols):
        rows = known & (symbols == symbol)
        cuts_of = recipe["by_symbol"].get(symbol, recipe["thresholds"])
        labels[rows] = classify(happened[rows], tuple(cuts_of), spec)
    return labels


def split_of(dates: pd.DatetimeIndex, splits: Mapping[str, Mapping[str, Any]]) -> np.ndarray:
    """The split that a window ending at each of the dates (n,) is in: a name, `before` or `after` all, else `purged`.

    `splits` are a study's, as `Splits.to_dict` writes them.
    """
    bounds = {
        name: (pd.Timestamp(split["first_end"]), pd.Timestamp(split["last_end"]))
        for name, split in splits.items()
    }
    found = np.full(len(dates), "purged", dtype=object)
    found[dates < min(first for first, _ in bounds.values())] = "before"
    found[dates > max(last for _, last in bounds.values())] = "after"
    for name, (first, last) in bounds.items():
        found[(dates >= first) & (dates <= last)] = name
    return found
