"""The score of many candidates on every resample of their rows."""

from __future__ import annotations

import numpy as np

from probes.errors import ProbeError
from probes.scores import ECE_BINS, labels_apart, metric_named, of_each_label, row_losses
from probes.uncertainty.weighted_auc import WeightedAuc

NEEDS_ALL_CLASSES = ("auc", "average_precision", "balanced_accuracy")


def usable_resamples(y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """bool (n_resamples,): resamples of counts (n_resamples, n) that hold every class that y (n,) has."""
    present = np.unique(y)
    if len(present) < 2:
        raise ProbeError(f"all {len(y)} labels are class {present[0]}; a resampled score needs two classes")
    one_hot = (np.asarray(y)[:, None] == present).astype(np.float32)
    return (counts.astype(np.float32) @ one_hot > 0).all(axis=1)


class BootstrapScorer:
    """Scores predictions on the same resamples, some candidates at a time.

    Attributes:
        usable: bool (n_resamples,), those that hold every class of y where the metric needs that, else all.
    """

    def __init__(self, y: np.ndarray, counts: np.ndarray, metric: str, *, n_classes: int) -> None:
        """Labels y int (n,) or of several labels (n, n_labels), counts int (n_resamples, n); ProbeError where no
        resample is usable."""
        metric_named(metric)
        y, counts = np.asarray(y).astype(np.int64), np.asarray(counts)
        if counts.ndim != 2 or counts.shape[1:] != y.shape[:1]:
            raise ProbeError(f"y has shape {y.shape}, counts {counts.shape}; the row axes must agree")
        self.metric, self.y = metric, y
        self.usable = np.ones(len(counts), dtype=bool)
        if of_each_label(metric) in NEEDS_ALL_CLASSES:
            self.usable = np.all(
                [usable_resamples(one, counts) for one in (y.T if y.ndim == 2 else [y])], axis=0
            )
            _require_some(self.usable)
            counts = counts[self.usable]
        self._each: list[BootstrapScorer] = []
        if y.ndim == 2:
            self._each = [BootstrapScorer(one, counts, of_each_label(metric), n_classes=2) for one in y.T]
            return
        self._present = [int(c) for c in np.unique(y)]
        self._scored = [1] if n_classes == 2 else self._present
        if metric == "auc":
            self._auc = [WeightedAuc(y == c, counts) for c in self._scored]
        else:
            self._weights = counts.astype(np.float64)

    def scores(self, probability: np.ndarray) -> np.ndarray:
        """float64 (m, n_usable): the metric of every candidate (m, n, n_classes) in every usable resample."""
        y, probability = _checked(self.y, probability)
        if self._each:
            apart = zip(self._each, labels_apart(y, probability), strict=True)
            return np.mean([scorer.scores(said) for scorer, (_, said) in apart], axis=0)
        metric, present, scored = self.metric, self._present, self._scored
        if metric == "auc":
            by_class = [auc.of(probability[:, :, c]) for c, auc in zip(scored, self._auc, strict=True)]
            return np.mean(by_class, axis=0)
        weights = self._weights
        if metric in ("log_loss", "brier", "accuracy"):
            mean_loss = row_losses(y, probability, metric) @ weights.T / weights.sum(axis=1)
            return 1.0 - mean_loss if metric == "accuracy" else mean_loss
        if metric == "balanced_accuracy":
            hits = (probability.argmax(axis=2) == y).astype(np.float64)
            recalls = [
                (hits[:, y == c] @ weights[:, y == c].T) / weights[:, y == c].sum(axis=1) for c in present
            ]
            return np.mean(recalls, axis=0)
        if metric == "mcc":
            return _matthews(y, probability.argmax(axis=2), weights, probability.shape[2])
        if metric == "ece":
            return np.mean(
                [_calibration_error(y == c, probability[:, :, c], weights) for c in scored], axis=0
            )
        return np.mean([_average_precision(y == c, probability[:, :, c], weights) for c in scored], axis=0)


def bootstrap_scores(y: np.ndarray, probability: np.ndarray, metric: str, counts: np.ndarray) -> np.ndarray:
    """float64 (n_candidates, n_usable): the metric of every candidate in every usable resample.

    auc, average_precision and balanced_accuracy use the resamples that hold every class of y, as macro means over
    those classes; the other metrics use all resamples.

    Args:
        y: int (n,). probability: (n_candidates, n, n_classes). counts: int (n_resamples, n).
        metric: one of METRICS, with the definitions of `score_probabilities`.
    """
    y, probability = _checked(y, probability)
    return BootstrapScorer(y, counts, metric, n_classes=probability.shape[2]).scores(probability)


def _checked(y: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    y, probability = np.asarray(y).astype(np.int64), np.asarray(probability)
    if probability.ndim != 3 or probability.shape[1] != len(y):
        raise ProbeError(f"y has shape {y.shape}, candidates {probability.shape}; the row axes must agree")
    if not np.isfinite(probability).all():
        raise ProbeError("candidate scores hold values that are not finite; drop those candidates first")
    return y, probability


def _require_some(usable: np.ndarray) -> None:
    if not usable.any():
        raise ProbeError(
            f"none of {len(usable)} resamples holds every class; use shorter blocks or more rows"
        )


def _matthews(y: np.ndarray, predicted: np.ndarray, weights: np.ndarray, n_classes: int) -> np.ndarray:
    total = weights.sum(axis=1)
    truth = np.stack([weights[:, y == c].sum(axis=1) for c in range(n_classes)])
    guess = np.stack([(predicted == c).astype(np.float64) @ weights.T for c in range(n_classes)])
    right = (predicted == y).astype(np.float64) @ weights.T
    spread = (total**2 - (guess**2).sum(axis=0)) * (total**2 - (truth**2).sum(axis=0))
    top = right * total - np.einsum("cmr,cr->mr", guess, truth)
    return np.where(spread > 0, top / np.sqrt(np.where(spread > 0, spread, 1.0)), 0.0)


def _calibration_error(positive: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    bins = np.minimum((probability * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    gap = probability - positive
    sums = sum(np.abs(np.where(bins == b, gap, 0.0) @ weights.T) for b in range(ECE_BINS))
    return np.asarray(sums) / weights.sum(axis=1)


def _average_precision(positive: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    by_row = np.ascontiguousarray(weights.T)
    result = np.empty((len(probability), len(weights)))
    for i, score in enumerate(probability):
        order = np.argsort(-score, kind="stable")
        ranked = score[order]
        found = np.cumsum(by_row[order] * positive[order, None], axis=0)
        taken = np.cumsum(by_row[order], axis=0)
        ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
        steps = np.diff(found[ends], axis=0, prepend=0.0)
        precision = found[ends] / np.maximum(taken[ends], 1.0)
        result[i] = (steps * precision).sum(axis=0) / found[-1]
    return result
