"""A study from its parameters to the registered winner."""

from study.lifecycle.signals import Terminated, raise_on_signals

__all__ = [
    "Terminated",
    "raise_on_signals",
]
