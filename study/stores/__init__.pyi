from .check import check_database, check_tracking
from .create import make_storage_whole, make_store_whole
from .defaults import open_experiment, use_default_store
from .retry import Outage, Patience, is_passing, reason

__all__ = [
    "Outage",
    "Patience",
    "check_database",
    "check_tracking",
    "is_passing",
    "make_storage_whole",
    "make_store_whole",
    "open_experiment",
    "reason",
    "use_default_store",
]
