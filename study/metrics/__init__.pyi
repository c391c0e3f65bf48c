from .definitions import OF_LABELS, SCORES, Definition
from .limits import (
    ALIKE,
    CHECKED_WINDOWS,
    CONFIDENCE,
    LEVEL,
    QUICK_C,
    QUICK_FIT_WINDOWS,
    QUICK_TUNE_WINDOWS,
    RESAMPLES,
)
from .lookup import in_short

__all__ = [
    "ALIKE",
    "CHECKED_WINDOWS",
    "CONFIDENCE",
    "LEVEL",
    "OF_LABELS",
    "QUICK_C",
    "QUICK_FIT_WINDOWS",
    "QUICK_TUNE_WINDOWS",
    "RESAMPLES",
    "SCORES",
    "Definition",
    "in_short",
]
