from .check import check_database, check_tracking
from .create import make_storage_whole, make_store_whole, store_exists
from .defaults import find_experiment, open_experiment, use_default_store
from .moved_folder import mend_addresses
from .owner_record import BEAT, OwnerRecord, place_of, read_record, require_dead
from .retry import Outage, Retry, is_passing, reason

__all__ = [
    "BEAT",
    "Outage",
    "OwnerRecord",
    "Retry",
    "check_database",
    "check_tracking",
    "find_experiment",
    "is_passing",
    "make_storage_whole",
    "make_store_whole",
    "mend_addresses",
    "open_experiment",
    "place_of",
    "read_record",
    "reason",
    "require_dead",
    "store_exists",
    "use_default_store",
]
