"""Every separation statistic of one embedding, by name."""

from __future__ import annotations

import numpy as np
from sklearn import config_context
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from probes.errors import ProbeError
from probes.separation.class_scatter import (
    ClassScatter,
    fisher_ratio,
    fisher_worst_pair,
    nearest_class_mean_accuracy,
    neural_collapse,
)
from probes.separation.h_score import h_score
from probes.separation.intrinsic_dimension import two_nn
from probes.separation.loes import loes
from probes.separation.logme import logme
from probes.separation.spectrum import Spectrum, effective_rank, isotropy, participation_ratio

# Rows that statistics look at, and those that take all pairs of them.
ROWS, PAIR_ROWS = 2000, 300

# Name -> whether higher is better; None where neither direction is.
SEPARABILITY: dict[str, bool | None] = {
    "silhouette": True,
    "davies_bouldin": False,
    "calinski_harabasz": True,
    "fisher_ratio": True,
    "fisher_worst_pair": True,
    "nearest_class_mean_accuracy": True,
    "nc1": False,
    "logme": True,
    "h_score": True,
    "loes": False,
    "effective_rank": None,
    "participation_ratio": None,
    "isotropy": None,
    "two_nn_dimension": None,
}


def separability(
    X: np.ndarray, y: np.ndarray, seed: int, *, max_rows: int = ROWS, max_pair_rows: int = PAIR_ROWS
) -> tuple[dict[str, float], dict[str, str]]:
    """Statistics of SEPARABILITY that are defined here, then the reason for each that is not.

    - silhouette: mean of (b - a) / max(a, b), a the mean distance to the own class, b to the nearest other class;
      -1 … 1, higher is better (Rousseeuw 1987).
    - davies_bouldin: mean over classes of the worst (spread_i + spread_j) / distance of means; 0 …, lower is better
      (Davies & Bouldin 1979).
    - calinski_harabasz: between over within variance, each by its degrees of freedom; 0 …, higher is better
      (Calinski & Harabasz 1974).
    - the others: see their functions.

    X is taken as it is: not standardised.

    Args:
        X: (n, dim) float.
        y: int (n,), classes 0 …
        seed: draws the rows used where there are too many.
        max_rows: rows that the linear-time statistics use.
        max_pair_rows: rows that silhouette and TwoNN use, because they take all pairs.

    Raises:
        ProbeError: shapes that do not fit, values that are not finite.
    """
    y = np.asarray(y)
    if X.ndim != 2 or y.shape != (len(X),) or X.size == 0:
        raise ProbeError(f"X has shape {X.shape} but y has shape {y.shape}; give one label a row")
    if not np.isfinite(X).all():
        row, column = np.argwhere(~np.isfinite(X))[0]
        raise ProbeError(f"X[{row}, {column}] is {X[row, column]}; statistics need finite values")
    if len(X) < 3:
        return {}, dict.fromkeys(SEPARABILITY, f"only {len(X)} rows; 3 are needed")
    n_classes = int(y.max()) + 1
    rng = np.random.default_rng(seed)
    if len(X) > max_rows:
        rows = np.sort(rng.choice(len(X), max_rows, replace=False))
        X, y = X[rows], y[rows]
    spectrum = Spectrum.of(X)
    if spectrum.is_constant:
        return {}, dict.fromkeys(SEPARABILITY, "the embedding is the same for all rows")
    pair_rows = np.arange(len(X))
    if len(X) > max_pair_rows:
        pair_rows = np.sort(rng.choice(len(X), max_pair_rows, replace=False))
    pair_y = y[pair_rows]
    distances = _distances(spectrum.centred[pair_rows])

    values: dict[str, float | None] = {
        "effective_rank": effective_rank(spectrum),
        "participation_ratio": participation_ratio(spectrum),
        "isotropy": isotropy(spectrum),
        "two_nn_dimension": two_nn(distances),
    }
    reasons = {"two_nn_dimension": "fewer than 10 distinct rows, or all two-neighbour ratios are 1"}
    if len(np.unique(y)) < 2:
        reasons |= {
            name: f"all {len(y)} labels are class {y[0]}; two classes are needed"
            for name in SEPARABILITY
            if name not in values
        }
    else:
        scatter = ClassScatter.of(X, y)
        values |= {
            "fisher_ratio": fisher_ratio(scatter),
            "fisher_worst_pair": fisher_worst_pair(scatter),
            "nearest_class_mean_accuracy": nearest_class_mean_accuracy(scatter),
            "nc1": neural_collapse(scatter),
            "logme": logme(X, y),
            "h_score": h_score(spectrum, scatter),
            "loes": loes(spectrum, y, n_classes=n_classes),
        }
        reasons |= {
            "fisher_ratio": "no class has any spread",
            "fisher_worst_pair": "some pair of classes has no spread",
            "nc1": "the class means coincide",
        }
        # What is handed over is finite and well-formed: it was looked at above.
        with config_context(assume_finite=True, skip_parameter_validation=True):
            if len(np.unique(y)) < len(y):
                values["davies_bouldin"] = _finite(davies_bouldin_score(spectrum.centred, y))
                values["calinski_harabasz"] = _finite(calinski_harabasz_score(spectrum.centred, y))
            if 2 <= len(np.unique(pair_y)) < len(pair_y):
                values["silhouette"] = _finite(silhouette_score(distances, pair_y, metric="precomputed"))
    found = {name: values[name] for name in SEPARABILITY if values.get(name) is not None}
    missing = {
        name: reasons.get(name, "needs two classes, one of them with at least two rows, among the rows used")
        for name in SEPARABILITY
        if name not in found
    }
    return {name: float(value) for name, value in found.items() if value is not None}, missing


def _distances(X: np.ndarray) -> np.ndarray:
    """float64 (n, n): Euclidean distances between the rows of X (n, dim)."""
    squares = np.einsum("ij,ij->i", X, X)
    gaps = squares[:, None] + squares - 2.0 * X @ X.T
    # Below the rounding of its own terms a squared distance is that of two equal rows.
    gaps[gaps <= 1e-14 * (squares[:, None] + squares)] = 0.0
    np.fill_diagonal(gaps, 0.0)
    return np.sqrt(gaps)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
