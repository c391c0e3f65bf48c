"""From clean candles to scaled windows."""

from .epochs import EpochWindows, members_of
from .features import FEATURES, compute_features, look_back
from .ready import of_one_length, stacked
from .scaler import Scaler
from .time_marks import mark_frequency, time_marks
from .windows import Windows, as_slice, complete_windows

__all__ = [
    "FEATURES",
    "EpochWindows",
    "Scaler",
    "Windows",
    "as_slice",
    "complete_windows",
    "compute_features",
    "look_back",
    "mark_frequency",
    "members_of",
    "of_one_length",
    "stacked",
    "time_marks",
]
