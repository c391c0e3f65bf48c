"""TODO door of study.metrics."""

from study.metrics.definitions import SCORES, Definition
from study.metrics.lookup import in_short

__all__ = [
    "SCORES",
    "Definition",
    "in_short",
]
