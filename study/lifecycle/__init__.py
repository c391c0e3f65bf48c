"""A study from its parameters to the registered winner."""

from study.lifecycle.signals import Terminated, raise_on_signals
from study.lifecycle.working_folder import stand_where_called

__all__ = [
    "Terminated",
    "raise_on_signals",
    "stand_where_called",
]
