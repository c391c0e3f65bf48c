"""A study from its parameters to the registered winner."""

from study.lifecycle.notebook import StudyResult, run
from study.lifecycle.signals import Terminated, raise_on_signals

__all__ = [
    "StudyResult",
    "Terminated",
    "raise_on_signals",
    "run",
]
