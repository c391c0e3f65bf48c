"""A score for every embedding cheap enough to ask after each epoch."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from probes.errors import ProbeError
from probes.logistic import fit_logistic_path
from probes.scores import metric_named, of_each_label, score_of_many

Key = TypeVar("Key", bound=Hashable)
QUICK_TOLERANCE = 1e-2


def quick_scores(
    embeddings: Mapping[Key, np.ndarray],
    fit_rows: np.ndarray,
    tune_rows: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    *,
    C: float,
    metric: str = "auc",
) -> dict[Key, float]:
    """Metric on tune_rows of one logistic regression at one C, fitted loosely on fit_rows.

    Made for pruning: the solution is good to about 1 % of a standard error, which moves a score in the third decimal.

    Args:
        embeddings: key -> (n, dim) float32.
        fit_rows, tune_rows: int64 row numbers into the n windows; a few thousand are enough.
        labels: int64 (n,), or (n, n_labels), several labels of two classes whose scores are averaged.
        n_classes: at least 2.

    Raises:
        ProbeError: the metric is unknown, or tune has one class where the metric needs two.
    """
    metric_named(metric)
    if labels.ndim == 2:
        each = [
            quick_scores(embeddings, fit_rows, tune_rows, one, 2, C=C, metric=of_each_label(metric))
            for one in labels.T
        ]
        return {key: float(np.mean([scores[key] for scores in each])) for key in embeddings}
    y_fit, y_tune = labels[fit_rows], labels[tune_rows]
    result: dict[Key, float] = {}
    with threadpool_limits(limits=1):
        for key, X in embeddings.items():
            if X.ndim != 2 or len(X) != len(labels):
                raise ProbeError(f"embedding {key!r} has shape {X.shape} but there are {len(labels)} labels")
            path = fit_logistic_path(
                X[fit_rows],
                y_fit,
                n_classes=n_classes,
                Cs=[C],
                precision="single",
                tolerance=QUICK_TOLERANCE,
                max_iterations=50,
            )
            result[key] = float(score_of_many(y_tune, path.probabilities(X[tune_rows]), metric)[0])
    return result
