"""The published layer score LOES, to be compared with."""

from __future__ import annotations

import numpy as np

from probes.separation.spectrum import Spectrum

RIDGE = 1e-3
JITTER = 1e-6


def loes(spectrum: Spectrum, y: np.ndarray, *, n_classes: int, isotropy_weight: float = 1.0) -> float:
    """Mean squared in-sample error of a ridge regression of one-hot labels + weight * (1 - isotropy).

    Ridge: (X'X + 0.001 I)⁻¹ X'Y on centred data, error over n * n_classes entries. Isotropy: mean / (std + 1e-6) of
    the dim eigenvalues of the covariance + 1e-6 I. This is the score by which the first layer is picked; the
    redundancy term enters for further layers only. It is not scale-free: X is taken as it is.

    Range: unbounded below, lower is better.
    Source: Batra et al. 2026, Uncovering the latent potential of deep intermediate representations; constants as in
    the authors' reference implementation.
    """
    n, dim = spectrum.centred.shape
    targets = (np.asarray(y)[:, None] == np.arange(n_classes)).astype(np.float64)
    targets -= targets.mean(axis=0)
    projected = spectrum.axes.T @ (spectrum.centred.T @ targets)
    gram = n * spectrum.variances[:, None]
    # |Y - Xw|² in the eigenbasis, w = q / (g + r): |Y|² - q² (g + 2r) / (g + r)².
    explained = (projected**2 * (gram + 2 * RIDGE) / (gram + RIDGE) ** 2).sum()
    error = ((targets**2).sum() - explained) / (n * n_classes)
    eigenvalues = np.zeros(dim)
    eigenvalues[: len(spectrum.variances)] = spectrum.variances
    eigenvalues += JITTER
    isotropy = eigenvalues.mean() / (eigenvalues.std() + JITTER)
    return float(max(error, 0.0) + isotropy_weight * (1.0 - isotropy))
