"""From clean candles to scaled windows."""

from .calendar import calendar_of
from .epochs import EpochWindows, members_of
from .features import FEATURES, LOOK_BACK, OF_VOLUME, PAUSE, compute_features, is_feature, look_back, memory
from .history import history_up_to
from .ready import of_one_length, stacked
from .scaler import Scaler
from .time_marks import mark_frequency, time_marks
from .windows import Windows, as_slice, complete_windows

__all__ = [
    "FEATURES",
    "LOOK_BACK",
    "OF_VOLUME",
    "PAUSE",
    "EpochWindows",
    "Scaler",
    "Windows",
    "as_slice",
    "calendar_of",
    "complete_windows",
    "compute_features",
    "history_up_to",
    "is_feature",
    "look_back",
    "mark_frequency",
    "members_of",
    "memory",
    "of_one_length",
    "stacked",
    "time_marks",
]
