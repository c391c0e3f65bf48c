"""Reaching MLflow and databases: checks before the start, waiting through an outage, the default store."""

from study.stores.check import check_database, check_tracking
from study.stores.create import make_storage_whole, make_store_whole
from study.stores.defaults import open_experiment, use_default_store
from study.stores.retry import Outage, Patience, is_passing, reason

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
