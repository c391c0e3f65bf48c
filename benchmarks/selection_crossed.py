"""Cross-fitted predictions on tune + select: what a choice that uses both splits' windows would go by."""

import numpy as np

from probes import fit_logistic_path, score_of_many
from probes.logistic.path import DEFAULT_CS

FOLDS = 5


def folds_of(y: np.ndarray, overlap: int) -> np.ndarray:
    """int (n,): fold of each held-out window: stretches of time, or, where windows stand alone, dealt out by class."""
    if overlap > 1:
        return np.arange(len(y)) * FOLDS // len(y)
    fold = np.empty(len(y), dtype=np.int64)
    fold[np.argsort(y, kind="stable")] = np.arange(len(y)) % FOLDS
    return fold


def cross_fitted(
    X: np.ndarray, y: np.ndarray, *, n_fit: int, n_classes: int, overlap: int, metric: str
) -> np.ndarray:
    """float32 (n - n_fit, n_classes): probabilities of each held-out window by a probe that never saw its fold.

    For each fold: C is the best, on held-out windows outside the fold, of a path fitted on fit; the probe is then
    fitted anew on fit and those windows. Windows that share candles with the fold are left out.

    Args:
        X: (n, dim), fit first, then tune and select in order of time. y: int (n,).
        overlap: windows in a row that share candles.
    """
    held = np.arange(n_fit, len(y))
    fold = folds_of(y[held], overlap)
    path = fit_logistic_path(X[:n_fit], y[:n_fit], n_classes=n_classes, Cs=DEFAULT_CS, precision="single")
    by_C = path.probabilities(X[held])
    found = np.empty((len(held), n_classes), dtype=np.float32)
    for number in range(FOLDS):
        inside = np.flatnonzero(fold == number)
        if not len(inside):
            continue
        near = fold == number
        if overlap > 1:
            near[max(0, inside[0] - overlap + 1) : inside[-1] + overlap] = True
        outside = np.flatnonzero(~near)
        judge = metric if len(np.unique(y[held[outside]])) > 1 else "log_loss"
        sign = -1.0 if judge == "log_loss" else 1.0
        C = DEFAULT_CS[int(np.argmax(sign * score_of_many(y[held[outside]], by_C[:, outside], judge)))]
        rows = np.concatenate([np.arange(n_fit), held[outside]])
        final = fit_logistic_path(X[rows], y[rows], n_classes=n_classes, Cs=(C,), precision="single")
        found[inside] = final.probabilities(X[held[inside]])[0]
    return found
