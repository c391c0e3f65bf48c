"""Labels: what happens after a window, as classes and as numbers to learn."""

from study.labels.labels import CLASS_NAMES, LabelSpec, parse_label, settled
from study.labels.outcome_targets import OutcomeTargets, outcome_targets
from study.labels.trailing import TRAILING_OUTCOMES, classify_by_trailing, trailing_thresholds
from study.labels.window_labels import MIN_FIT_WINDOWS, WindowLabels, label_windows

__all__ = [
    "CLASS_NAMES",
    "MIN_FIT_WINDOWS",
    "TRAILING_OUTCOMES",
    "LabelSpec",
    "OutcomeTargets",
    "WindowLabels",
    "classify_by_trailing",
    "label_windows",
    "outcome_targets",
    "parse_label",
    "settled",
    "trailing_thresholds",
]
