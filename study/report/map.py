"""The two directions in which an embedding's windows differ most."""

import numpy as np

# Per cent at each end of an axis; a few far windows would leave no room for the rest.
OUTERMOST = 2.0


def principal_components(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float64 (n, 2) on the first two components of standardised features, and their shares of the variance (2,)."""
    centred = np.asarray(vectors, dtype=np.float64) - vectors.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    varies = spread > 1e-6 * max(1.0, float(np.abs(vectors).max()))
    standard = centred[:, varies] / spread[varies]
    if standard.shape[1] < 2:
        standard = np.hstack([standard, np.zeros((len(standard), 2 - standard.shape[1]))])
    left, singular, _ = np.linalg.svd(standard, full_matrices=False)
    total = float((singular**2).sum()) or 1.0
    return left[:, :2] * singular[:2], singular[:2] ** 2 / total
