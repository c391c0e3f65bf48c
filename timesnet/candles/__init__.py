"""From a file to clean candles."""

from .clean import Candles, clean_candles, read_candles
from .columns import find_columns
from .durations import in_words
from .quality import DataQuality

__all__ = [
    "Candles",
    "DataQuality",
    "clean_candles",
    "find_columns",
    "in_words",
    "read_candles",
]
