"""How the variance of an embedding is spread over directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probes.errors import ProbeError

# Below this share of the largest variance a direction is rounding of float32 input.
NEGLIGIBLE = 1e-10


@dataclass(frozen=True)
class Spectrum:
    """Principal axes of centred rows.

    Attributes:
        mean: float64 (dim,).
        centred: float64 (n, dim).
        variances: float64 (r,), ascending, r = min(n, dim); population variances, never negative.
        axes: float64 (dim, r), orthonormal columns.
    """

    mean: np.ndarray
    centred: np.ndarray
    variances: np.ndarray
    axes: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray) -> Spectrum:
        """Decompose X (n, dim), n at least 2, through the smaller of its two Gram matrices."""
        if X.ndim != 2 or len(X) < 2 or X.shape[1] < 1:
            raise ProbeError(f"X has shape {X.shape}; a spectrum needs at least 2 rows with 1 feature")
        X = np.asarray(X, dtype=np.float64)
        mean = X.mean(axis=0)
        centred = X - mean
        if X.shape[1] <= len(X):
            variances, axes = np.linalg.eigh(centred.T @ centred / len(X))
        else:
            _, singular, rows = np.linalg.svd(centred, full_matrices=False)
            variances, axes = (singular**2 / len(X))[::-1], rows[::-1].T
        return cls(mean, centred, np.maximum(variances, 0.0), axes)

    @property
    def kept(self) -> np.ndarray:
        """bool (r,): directions whose variance is more than rounding."""
        return self.variances > NEGLIGIBLE * self.variances[-1]

    @property
    def is_constant(self) -> bool:
        """Whether no direction varies beyond float32 rounding of the mean."""
        size = float(np.abs(self.mean).max())
        return bool(self.variances[-1] <= (4 * float(np.finfo(np.float32).eps) * size) ** 2)


def effective_rank(spectrum: Spectrum) -> float:
    """exp(entropy) of the singular values scaled to sum 1.

    Range 1 … dim; higher = more directions in use, neither good nor bad in itself.
    Source: Roy & Vetterli 2007, The effective rank.
    """
    singular = np.sqrt(spectrum.variances[spectrum.kept])
    share = singular / singular.sum()
    return float(np.exp(-(share * np.log(share)).sum()))


def participation_ratio(spectrum: Spectrum) -> float:
    """(sum of variances)² / sum of squared variances over the principal axes.

    Range 1 … dim; higher = variance over more directions, neither good nor bad in itself.
    Source: Gao et al. 2017, A theory of multineuronal dimensionality.
    """
    return float(spectrum.variances.sum() ** 2 / (spectrum.variances**2).sum())


def isotropy(spectrum: Spectrum) -> float:
    """IsoScore: (participation ratio - 1) / (dim - 1), what the paper's definition comes down to.

    Range 0 (one direction) … 1 (a sphere); higher = more isotropic. 1 for a single feature.
    Source: Rudman et al. 2022, IsoScore, definition 3.
    """
    dim = len(spectrum.mean)
    return 1.0 if dim == 1 else float((participation_ratio(spectrum) - 1) / (dim - 1))
