"""Tables as files hold them, and the dates, numbers and names in their cells: one reader for all that is read."""

from .date_cells import read_moments
from .dates import parse_dates, with_times
from .days import other_calendar
from .files import read_tables, release_memory
from .moments import Moments
from .numbers import BLANK, decimal_signs, group_no_thousands, parse_numbers, require_finite
from .raw import RawTable
from .rows import RowNames
from .time_cells import read_times
from .zones import check_zone, zones_that_repeat

__all__ = [
    "BLANK",
    "Moments",
    "RawTable",
    "RowNames",
    "check_zone",
    "decimal_signs",
    "group_no_thousands",
    "other_calendar",
    "parse_dates",
    "parse_numbers",
    "read_moments",
    "read_tables",
    "read_times",
    "release_memory",
    "require_finite",
    "with_times",
    "zones_that_repeat",
]
