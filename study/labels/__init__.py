"""Labels: what happens after a window, as classes and as numbers to learn."""

from study.labels.label_kinds import (
    CLASS_NAMES,
    LabelSpec,
    classify,
    first_number,
    fit_thresholds,
    horizon_of,
    label_name,
    outcomes,
    parse_label,
    settled,
)
from study.labels.recipe import UNSETTLED, label_recipe, labels_by, split_of
from study.labels.trailing import TRAILING_OUTCOMES, classify_by_trailing, trailing_thresholds
from study.labels.training_targets import OutcomeTargets, outcome_targets
from study.labels.window_labels import MIN_FIT_WINDOWS, WindowLabels, label_windows

__all__ = [
    "CLASS_NAMES",
    "MIN_FIT_WINDOWS",
    "TRAILING_OUTCOMES",
    "UNSETTLED",
    "LabelSpec",
    "OutcomeTargets",
    "WindowLabels",
    "classify",
    "classify_by_trailing",
    "first_number",
    "fit_thresholds",
    "horizon_of",
    "label_name",
    "label_recipe",
    "label_windows",
    "labels_by",
    "outcome_targets",
    "outcomes",
    "parse_label",
    "settled",
    "split_of",
    "trailing_thresholds",
]
