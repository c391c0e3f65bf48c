"""What a probe that looks at nothing would say."""

from __future__ import annotations

import numpy as np

from probes.errors import ProbeError


def majority_probability(labels_fit: np.ndarray, n_select: int, n_classes: int) -> np.ndarray:
    """float32 (n_select, n_classes): the class shares of labels_fit (n_fit,) in every row.

    Of several labels (n_fit, n_labels) the share of class 1 of each: (n_select, n_labels).

    Its most probable class is the majority class; its ROC AUC is 0.5; its log-loss is that of the prior.
    """
    labels_fit = np.asarray(labels_fit)
    if labels_fit.size == 0:
        raise ProbeError("labels_fit is empty; the majority class needs at least one label")
    if labels_fit.ndim == 2:
        return np.tile(labels_fit.mean(axis=0, dtype=np.float32), (n_select, 1))
    shares = np.bincount(labels_fit, minlength=n_classes) / len(labels_fit)
    if len(shares) > n_classes:
        raise ProbeError(f"labels_fit has class {len(shares) - 1} but n_classes is {n_classes}")
    return np.tile(shares.astype(np.float32), (n_select, 1))
