"""H-score: between-class variance in units of total variance."""

from __future__ import annotations

from probes.separation.class_scatter import ClassScatter
from probes.separation.spectrum import Spectrum


def h_score(spectrum: Spectrum, scatter: ClassScatter) -> float:
    """trace(pinv(cov(F)) cov(E[F | y])), classes weighted by their share.

    Range 0 … number of classes - 1, higher is better, 0 = equal class means; about dim * (classes - 1) / n by chance.
    Directions without variance are left out (pseudo-inverse).
    Source: Bao et al. 2019, An information-theoretic approach to transferability, equation 1.

    Args:
        spectrum: of X (n, dim).
        scatter: of the same X with y (n,).
    """
    kept = spectrum.kept
    projected = scatter.means @ spectrum.axes[:, kept]
    weights = scatter.counts / scatter.counts.sum()
    return float((weights @ projected**2 / spectrum.variances[kept]).sum())
