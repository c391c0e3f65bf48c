"""TODO door of probes.separation."""

from probes.separation.cka import cka, cka_matrix
from probes.separation.separability import SEPARABILITY, separability

__all__ = [
    "SEPARABILITY",
    "cka",
    "cka_matrix",
    "separability",
]
