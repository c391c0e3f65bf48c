"""Another table beside the candles: read, and turned to one row a window."""

from study.fusion.closing_times import closing_times
from study.fusion.dated_table import read_dated_table
from study.fusion.symbols import as_text, require_known, require_one, unknown_symbols
from study.fusion.window_table import COUNT, WindowTable, read_window_table

__all__ = [
    "COUNT",
    "WindowTable",
    "as_text",
    "closing_times",
    "read_dated_table",
    "read_window_table",
    "require_known",
    "require_one",
    "unknown_symbols",
]
