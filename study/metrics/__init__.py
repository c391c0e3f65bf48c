"""The catalogue of metrics: names in MLflow, meanings, ranges and directions."""

from study.metrics.definitions import SCORES, Definition
from study.metrics.limits import (
    ALIKE,
    CHECKED_WINDOWS,
    CONFIDENCE,
    LEVEL,
    QUICK_C,
    QUICK_FIT_WINDOWS,
    QUICK_TUNE_WINDOWS,
    RESAMPLES,
)
from study.metrics.lookup import in_short

__all__ = [
    "ALIKE",
    "CHECKED_WINDOWS",
    "CONFIDENCE",
    "LEVEL",
    "QUICK_C",
    "QUICK_FIT_WINDOWS",
    "QUICK_TUNE_WINDOWS",
    "RESAMPLES",
    "SCORES",
    "Definition",
    "in_short",
]
