"""Class means against the spread around them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from probes.errors import ProbeError


@dataclass(frozen=True)
class ClassScatter:
    """First two moments by class of X (n, dim), over the classes that occur.

    Attributes:
        centred: float64 (n, dim), X minus its mean: moments below are about it.
        member: int64 (n,), position of each row's class among those that occur.
        counts: float64 (k,).
        means: float64 (k, dim).
        spreads: float64 (k,), trace of each class's population covariance.
    """

    centred: np.ndarray
    member: np.ndarray
    counts: np.ndarray
    means: np.ndarray
    spreads: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, y: np.ndarray) -> ClassScatter:
        """Moments of X (n, dim) with labels y (n,); at least 2 classes must occur."""
        present, member = np.unique(y, return_inverse=True)
        if len(present) < 2:
            raise ProbeError(
                f"all {len(y)} labels are class {present[0]}; class separation needs two classes"
            )
        X = np.asarray(X, dtype=np.float64)
        X = X - X.mean(axis=0)
        counts = np.bincount(member).astype(np.float64)
        one_hot = (member[:, None] == np.arange(len(present))).astype(np.float64)
        means = one_hot.T @ X / counts[:, None]
        squares = one_hot.T @ np.einsum("ij,ij->i", X, X) / counts
        spreads = np.maximum(squares - np.einsum("ij,ij->i", means, means), 0.0)
        return cls(X, member, counts, means, spreads)


def fisher_ratio(scatter: ClassScatter) -> float | None:
    """trace(S_B) / trace(S_W): weighted spread of the class means over the mean spread within classes.

    Range 0 … infinity, higher is better, 0 = equal means. None when no class has any spread.
    Source: Fukunaga 1990, Introduction to statistical pattern recognition, chapter 10 (criterion J4 with traces).
    """
    weights = scatter.counts / scatter.counts.sum()
    within = weights @ scatter.spreads
    between = weights @ np.einsum("ij,ij->i", scatter.means, scatter.means)
    return _ratio(between, within)


def fisher_worst_pair(scatter: ClassScatter) -> float | None:
    """min over pairs of classes of |mean_a - mean_b|² / (trace of cov_a + trace of cov_b).

    Range 0 … infinity, higher is better; the pair that is hardest to tell apart. None when some pair has no spread.
    Source: Fisher 1936, the two-class criterion, with traces.
    """
    values = []
    for a, b in combinations(range(len(scatter.counts)), 2):
        gap = scatter.means[a] - scatter.means[b]
        values.append(_ratio(gap @ gap, scatter.spreads[a] + scatter.spreads[b]))
    defined = [v for v in values if v is not None]
    return min(defined) if len(defined) == len(values) else None


def neural_collapse(scatter: ClassScatter) -> float | None:
    """NC1: trace(S_W pinv(S_B)) / number of classes, S_B over unweighted class means.

    Range 0 … infinity, lower is better, 0 = every class has collapsed to its mean. None when the means coincide.
    Source: Papyan, Han & Donoho 2020, Prevalence of neural collapse, (NC1) as computed there.
    """
    k = len(scatter.counts)
    offsets = (scatter.means - scatter.means.mean(axis=0)) / np.sqrt(k)
    _, singular, axes = np.linalg.svd(offsets, full_matrices=False)
    size = np.sqrt((scatter.spreads.mean() + (singular**2).sum()) or 1.0)
    kept = singular > 1e-6 * max(singular[0], size * 1e-3)
    if not kept.any():
        return None
    within = (scatter.centred - scatter.means[scatter.member]) @ axes[kept].T
    return _finite(float(((within**2).mean(axis=0) / singular[kept] ** 2).sum() / k))


def nearest_class_mean_accuracy(scatter: ClassScatter) -> float:
    """Share of rows nearer to their own class mean, taken without the row itself, than to any other mean.

    Range 0 … 1, higher is better, about the largest class share by chance. A row alone in its class counts as missed.
    Source: Tibshirani et al. 2002 (nearest centroids); left-one-out so that small classes do not flatter.
    """
    means, member, counts = scatter.means, scatter.member, scatter.counts
    gaps = np.einsum("ij,ij->i", means, means) - 2.0 * scatter.centred @ means.T
    gaps += np.einsum("ij,ij->i", scatter.centred, scatter.centred)[:, None]
    rows = np.arange(len(member))
    own_count = counts[member]
    # Leaving the row out of its mean stretches its distance by n / (n - 1).
    alone = own_count == 1
    factor = np.where(alone, 1.0, own_count / np.maximum(own_count - 1, 1)) ** 2
    own = np.where(alone, np.inf, gaps[rows, member] * factor)
    gaps[rows, member] = np.inf
    return float((own < gaps.min(axis=1)).mean())


def _ratio(top: float, bottom: float) -> float | None:
    if bottom <= 0 or not np.isfinite(top / bottom):
        return None
    return float(top / bottom)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
