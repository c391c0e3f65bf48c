"""From a file to clean candles."""

from .by_rows import RowsQuality, named_table, read_rows, rows_in_order
from .clean import Candles, clean_candles, read_candles
from .closures import find_breaks
from .columns import find_columns
from .durations import in_words
from .grid import Steps, segment_numbers
from .quality import DataQuality

__all__ = [
    "Candles",
    "DataQuality",
    "RowsQuality",
    "Steps",
    "clean_candles",
    "find_breaks",
    "find_columns",
    "in_words",
    "named_table",
    "read_candles",
    "read_rows",
    "rows_in_order",
    "segment_numbers",
]
