"""From clean candles to scaled windows."""

from .calendar import calendar_of, local_dates
from .epoch_windows import EpochWindows, members_of
from .features import FEATURES, LOOK_BACK, OF_VOLUME, PAUSE, compute_features, is_feature, look_back, memory
from .from_candles import windows_of
from .history import history_up_to
from .leaks import future_columns, leak_line, leak_of
from .own_columns import (
    FEATURE_MODES,
    LOADERS,
    LoaderParts,
    OwnColumns,
    column_values,
    date_column,
    input_columns,
    loader_parts,
    require_inputs,
    row_dates,
)
from .ready_made import of_one_length, padded, stacked
from .saved_scaler import doubt_of, read_scaler
from .scaler import Scaler
from .time_marks import mark_frequency, time_marks
from .windows import Windows, as_slice, complete_windows

__all__ = [
    "FEATURES",
    "FEATURE_MODES",
    "LOADERS",
    "LOOK_BACK",
    "OF_VOLUME",
    "PAUSE",
    "EpochWindows",
    "LoaderParts",
    "OwnColumns",
    "Scaler",
    "Windows",
    "as_slice",
    "calendar_of",
    "column_values",
    "complete_windows",
    "compute_features",
    "date_column",
    "doubt_of",
    "future_columns",
    "history_up_to",
    "input_columns",
    "is_feature",
    "leak_line",
    "leak_of",
    "loader_parts",
    "local_dates",
    "look_back",
    "mark_frequency",
    "members_of",
    "memory",
    "of_one_length",
    "padded",
    "read_scaler",
    "require_inputs",
    "row_dates",
    "stacked",
    "time_marks",
    "windows_of",
]
