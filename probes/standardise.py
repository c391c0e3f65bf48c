"""Features on one scale, with constants turned to zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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

    @classmethod
    def fit(cls, X: np.ndarray) -> tuple[Standardiser, np.ndarray]:
        """Learn from X (n, dim); also returns X standardised, float64 (n, dim).

        A spread below a few roundings of the mean counts as constant.
        """
        precision = np.finfo(X.dtype).eps if np.issubdtype(X.dtype, np.floating) else 0.0
        centred = np.array(X, dtype=np.float64)
        mean = centred.mean(axis=0)
        centred -= mean
        spread = np.sqrt(np.einsum("ij,ij->j", centred, centred) / len(X))
        constant = spread <= 4 * precision * np.abs(mean)
        scale = np.where(constant, 1.0, spread)
        centred *= np.where(constant, 0.0, 1.0 / scale)
        return cls(mean, scale, constant), centred

    def transform(self, X: np.ndarray, dtype: type = np.float64) -> np.ndarray:
        """(n, dim) of the asked dtype: (X - mean) / scale, zero in constant features."""
        result = np.asarray(X, dtype=np.float64) - self.mean
        result /= self.scale
        if self.constant.any():
            result[:, self.constant] = 0.0
        return result.astype(dtype, copy=False)
