"""TODO door of study.lifecycle."""

from study.lifecycle.signals import Terminated, raise_on_signals

__all__ = [
    "Terminated",
    "raise_on_signals",
]
