"""Candles as the data of a study: labels, splits, and what the fit windows alone say of both."""

from study.data.candles.periods import expanding_periods, in_period
from study.data.candles.prepare import prepare_candles

__all__ = [
    "expanding_periods",
    "in_period",
    "prepare_candles",
]
