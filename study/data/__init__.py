"""From a file to labelled windows in four splits."""

from study.data.candles import expanding_periods, in_period
from study.data.inputs import CALENDAR, CANDLE, INPUTS, beside_features
from study.data.prepare import prepare
from study.data.pretrained import SHIPPED, Pretrained
from study.data.source import Quality, WindowSource
from study.data.splits import SPLIT_NAMES
from study.data.study_data import StudyData, windows_digest
from study.data.summary import how_windows_are_used

__all__ = [
    "CALENDAR",
    "CANDLE",
    "INPUTS",
    "SHIPPED",
    "SPLIT_NAMES",
    "Pretrained",
    "Quality",
    "StudyData",
    "WindowSource",
    "beside_features",
    "expanding_periods",
    "how_windows_are_used",
    "in_period",
    "prepare",
    "windows_digest",
]
