"""How separable the classes are in an embedding, without a classifier."""

from probes.separation.cka import cka, cka_matrix
from probes.separation.separability import PAIR_ROWS, SEPARABILITY, separability

__all__ = [
    "PAIR_ROWS",
    "SEPARABILITY",
    "cka",
    "cka_matrix",
    "separability",
]
