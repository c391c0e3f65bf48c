"""Features on one scale, with constants turned to zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class Standardiser:
    """Column means with column scales, learnt on one set of rows.

    Attributes:
        mean: float64 (dim,).
        scale: float64 (dim,), population standard deviation; 1 where the feature is constant.
        constant: bool (dim,), features that do not vary beyond the rounding of their own dtype.
    """

    mean: np.ndarray
    scale: np.ndarray
    constant: np.ndarray

    @property
    def inverse_scale(self) -> np.ndarray:
        """float64 (dim,): 1 / scale, 0 where the feature is constant."""
        return np.where(self.constant, 0.0, 1.0 / self.scale)

    @classmethod
    def fit(cls, X: np.ndarray) -> Standardiser:
        """Learn from X (n, dim). A spread below a few roundings of the mean counts as constant."""
        precision = np.finfo(X.dtype).eps if np.issubdtype(X.dtype, np.floating) else 0.0
        n = len(X)
        step = max(256, PIECE_BYTES // (8 * X.shape[1]))
        # Around the first row, so that a mean far from zero costs no digits.
        first = X[0].astype(np.float64)
        total, squares = np.zeros(X.shape[1]), np.zeros(X.shape[1])
        for begin in range(0, n, step):
            piece = np.subtract(X[begin : begin + step], first, dtype=np.float64)
            total += piece.sum(axis=0)
        offset = total / n
        mean = first + offset
        for begin in range(0, n, step):
            piece = np.subtract(X[begin : begin + step], mean, dtype=np.float64)
            squares += np.einsum("ij,ij->j", piece, piece)
        spread = np.sqrt(squares / n)
        constant = spread <= 4 * precision * np.abs(mean)
        return cls(mean, np.where(constant, 1.0, spread), constant)

    def transform(self, X: np.ndarray, dtype: type = np.float64) -> np.ndarray:
        """(n, dim) of the asked dtype: (X - mean) / scale, zero in constant features."""
        result = np.subtract(X, self.mean, dtype=np.float64)
        result *= self.inverse_scale
        return result.astype(dtype, copy=False)
