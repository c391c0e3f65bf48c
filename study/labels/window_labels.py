"""The class of every window, without holding what follows each of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from study.errors import StudyError
from study.labels.label_kinds import LabelSpec, classify, first_number, fit_thresholds, outcomes
from timesnet import Candles, members_of

MIN_FIT_WINDOWS = 30
"""Fit windows of a symbol from which on it gets thresholds of its own."""
# Windows whose outcomes are held at once.
_CHUNK = 2**18


@dataclass(frozen=True, kw_only=True, eq=False)
class WindowLabels:
    """Classes of n windows with where they part.

    Attributes:
        labels: int64 (n,).
        thresholds: from the fit windows of all symbols together.
        by_symbol: from each symbol's own fit windows, by its name; empty where the others serve all.
    """

    labels: np.ndarray
    thresholds: tuple[float, ...]
    by_symbol: Mapping[str, tuple[float, ...]]


def label_windows(
    candles: Candles,
    ends: np.ndarray,
    fit: np.ndarray,
    spec: LabelSpec,
    *,
    symbols: np.ndarray | None = None,
    names: tuple[str, ...] = (),
) -> WindowLabels:
    """Classify windows that end in rows `ends` (n,), all of which have a label.

    Args:
        fit: places of the fit windows in `ends`; they alone set the thresholds.
        symbols: int (n,), place in `names` of each window's symbol: each symbol gets thresholds of its own, but for
            those with fewer than MIN_FIT_WINDOWS fit windows, which take those of all. None for one set of thresholds.

    Raises StudyError where the fit windows cannot be parted.
    """
    thresholds = fit_thresholds(_first_number(candles, ends[fit], spec), spec)
    labels = np.empty(len(ends), dtype=np.int64)
    if symbols is None:
        _classify(labels, candles, ends, np.arange(len(ends)), thresholds, spec)
        return WindowLabels(labels=labels, thresholds=thresholds, by_symbol={})
    in_fit = np.zeros(len(ends), dtype=bool)
    in_fit[fit] = True
    by_symbol: dict[str, tuple[float, ...]] = {}
    for rows in members_of(symbols):
        name, learnt, own = names[symbols[rows[0]]], rows[in_fit[rows]], thresholds
        if len(learnt) >= MIN_FIT_WINDOWS:
            try:
                own = fit_thresholds(_first_number(candles, ends[learnt], spec), spec)
            except StudyError as error:
                raise StudyError(f"symbol {name!r}: {error}") from None
            by_symbol[name] = own
        _classify(labels, candles, ends, rows, own, spec)
    return WindowLabels(labels=labels, thresholds=thresholds, by_symbol=by_symbol)


def _first_number(candles: Candles, ends: np.ndarray, spec: LabelSpec) -> np.ndarray:
    """The outcomes that thresholds are made of: (n,), for triple_barrier (n, 1)."""
    found = first_number(candles, ends, spec)
    return found[:, None] if spec.kind == "triple_barrier" else found


def _classify(
    labels: np.ndarray,
    candles: Candles,
    ends: np.ndarray,
    rows: np.ndarray,
    thresholds: tuple[float, ...],
    spec: LabelSpec,
) -> None:
    """Fill in the labels of windows `rows`, some at a time."""
    for start in range(0, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        labels[part] = classify(outcomes(candles, ends[part], spec), thresholds, spec)
