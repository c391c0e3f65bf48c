"""What class probabilities are worth against the labels that came true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from probes.errors import ProbeError
from probes.ranking import auc_of_many, average_precision

ECE_BINS = 10
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Metric:
    """A score's name with its direction and range."""

    name: str
    higher_is_better: bool
    lowest: float = 0.0
    highest: float = 1.0


METRICS: tuple[Metric, ...] = (
    Metric("auc", True),
    Metric("average_precision", True),
    Metric("balanced_accuracy", True),
    Metric("accuracy", True),
    Metric("log_loss", False, highest=float("inf")),
    Metric("brier", False, highest=2.0),
    Metric("mcc", True, lowest=-1.0),
    Metric("ece", False),
)
# Of several labels of the same rows, each of two classes: y is then int (n, n_labels), probability (…, n, n_labels) is
# that of class 1 of each. The mean of their AUCs; other metrics of such are means over the labels, too.
MEAN = Metric("mean", True)
_OF_EACH = {MEAN.name: "auc"}


def of_each_label(metric: str) -> str:
    """The metric of each of several labels whose mean `metric` is."""
    return _OF_EACH.get(metric, metric)


def labels_apart(y: np.ndarray, probability: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each label of y (n, n_labels) by itself, int (n,), with (…, n, 2) of probability (…, n, n_labels)."""
    for label, said in zip(np.asarray(y).T, np.moveaxis(probability, -1, 0), strict=True):
        yield label, np.stack([1 - said, said], axis=-1)


def metric_named(name: str) -> Metric:
    """The metric of that name; ProbeError names the choices."""
    for metric in (*METRICS, MEAN):
        if metric.name == name:
            return metric
    raise ProbeError(f'unknown metric "{name}"; choose one of {", ".join(m.name for m in METRICS)}')


def score_probabilities(y: np.ndarray, probability: np.ndarray) -> tuple[dict[str, float], dict[str, str]]:
    """Every score of METRICS that is defined, then the reason for each that is not.

    Two classes are scored on class 1. For more, auc, average_precision and ece are unweighted means over the classes
    against the rest, over the classes that y has.

    - auc: area under the ROC curve, 0.5 is chance; average_precision: area under the precision-recall steps.
    - balanced_accuracy: mean recall of the classes in y; accuracy: of the most probable class (ties to the first).
    - log_loss: mean -log(probability of the class that came true), probabilities clipped at 2.2e-16.
    - brier: mean (p₁ - y)² for two classes (0 … 1), mean sum over classes of (p - y)² for more (0 … 2).
    - mcc: Matthews correlation, Gorodkin's form for more classes; 0 when either side is constant.
    - ece: expected calibration error on 10 equal bins of the probability, weighted by bin size (Naeini et al. 2015;
      class-wise, Kull et al. 2019).

    Of several labels (see MEAN) these are scores of the first, and `mean` is the mean AUC over all.

    Args:
        y: int (n,), classes 0 … n_classes - 1.
        probability: (n, n_classes), rows that sum to 1.

    Raises:
        ProbeError: shapes that do not fit, values that are not finite.
    """
    if np.ndim(y) == 2:
        return _of_labels([score_probabilities(*one) for one in labels_apart(y, probability)])
    y, probability = checked(y, probability)
    n, n_classes = probability.shape
    counts = np.bincount(y, minlength=n_classes)
    present = np.flatnonzero(counts)
    scores: dict[str, float] = {}
    missing: dict[str, str] = {}
    scored = [1] if n_classes == 2 else [int(c) for c in present]
    if len(present) < 2:
        reason = f"all {n} labels are class {present[0]}; two classes are needed"
        missing = {"auc": reason, "average_precision": reason, "balanced_accuracy": reason}
    else:
        scores["auc"] = float(np.mean([auc_of_many(y == c, probability[None, :, c])[0] for c in scored]))
        scores["average_precision"] = float(
            np.mean([average_precision(y == c, probability[:, c]) for c in scored])
        )
    predicted = probability.argmax(axis=1)
    hits = predicted == y
    if len(present) >= 2:
        recalls = np.bincount(y, weights=hits, minlength=n_classes)[present] / counts[present]
        scores["balanced_accuracy"] = float(recalls.mean())
    scores["accuracy"] = float(hits.mean())
    scores["log_loss"] = float(row_losses(y, probability, "log_loss").mean())
    scores["brier"] = float(row_losses(y, probability, "brier").mean())
    scores["mcc"] = _matthews(y, predicted, n_classes)
    scores["ece"] = float(np.mean([_calibration_error(y == c, probability[:, c]) for c in scored]))
    return scores, missing


def _of_labels(
    apart: list[tuple[dict[str, float], dict[str, str]]],
) -> tuple[dict[str, float], dict[str, str]]:
    """Scores and reasons of the first label, and the mean AUC over all, or why there is none."""
    scores, missing = apart[0]
    lacking = [reasons["auc"] for _, reasons in apart if "auc" in reasons]
    if lacking:
        return scores, {**missing, MEAN.name: lacking[0]}
    return {**scores, MEAN.name: float(np.mean([one["auc"] for one, _ in apart]))}, missing


def row_losses(y: np.ndarray, probability: np.ndarray, metric: str) -> np.ndarray:
    """float64 (n,): what each row adds to a metric that is a mean over rows, lower is better.

    For accuracy this is 1 - hit. probability may have leading axes: (…, n, n_classes) gives (…, n). Of several labels
    (see MEAN) it is the mean over them.
    """
    if np.ndim(y) == 2:
        return np.mean([row_losses(*one, metric) for one in labels_apart(y, probability)], axis=0)
    n_classes = probability.shape[-1]
    rows = np.arange(len(y))
    if metric == "log_loss":
        own = probability[..., rows, y]
        return -np.log(np.clip(own, SMALLEST_PROBABILITY, 1.0))
    if metric == "brier":
        if n_classes == 2:
            return (probability[..., 1] - y) ** 2
        return ((probability - np.eye(n_classes)[y]) ** 2).sum(axis=-1)
    if metric == "accuracy":
        return (probability.argmax(axis=-1) != y).astype(np.float64)
    raise ProbeError(f'"{metric}" is not a mean over rows; use log_loss, brier or accuracy')


def checked(y: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """y as int64 (n,) with probability as float64 (n, n_classes), or ProbeError."""
    y, probability = np.asarray(y), np.asarray(probability, dtype=np.float64)
    if probability.ndim != 2 or y.shape != (len(probability),) or probability.shape[1] < 2 or not len(y):
        raise ProbeError(
            f"y has shape {y.shape} but probability has shape {probability.shape}; use (n,) with (n, n_classes)"
        )
    if not np.isfinite(probability).all():
        row, column = np.argwhere(~np.isfinite(probability))[0]
        raise ProbeError(
            f"probability[{row}, {column}] is {probability[row, column]}; scores need finite values"
        )
    if y.min() < 0 or y.max() >= probability.shape[1]:
        raise ProbeError(
            f"y reaches from {y.min()} to {y.max()} but probability has {probability.shape[1]} columns"
        )
    return y.astype(np.int64), probability


def _matthews(y: np.ndarray, predicted: np.ndarray, n_classes: int) -> float:
    table = np.bincount(y * n_classes + predicted, minlength=n_classes**2).reshape(n_classes, n_classes)
    table = table.astype(np.float64)
    truth, guess, total = table.sum(axis=1), table.sum(axis=0), table.sum()
    spread = (total**2 - guess @ guess) * (total**2 - truth @ truth)
    if spread <= 0:
        return 0.0
    return float((np.trace(table) * total - truth @ guess) / np.sqrt(spread))


def _calibration_error(positive: np.ndarray, probability: np.ndarray) -> float:
    bins = np.minimum((probability * ECE_BINS).astype(np.int64), ECE_BINS - 1)
    gaps = np.bincount(bins, weights=probability - positive, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / len(positive))


def score_of_many(y: np.ndarray, probability: np.ndarray, metric: str) -> np.ndarray:
    """float64 (m,): one metric for m probability arrays (m, n, n_classes) against y (n,), or those of several labels.

    Raises:
        ProbeError: the metric is unknown, or not defined for this y.
    """
    metric_named(metric)
    if np.ndim(y) == 2:
        each = of_each_label(metric)
        return np.mean([score_of_many(*one, each) for one in labels_apart(y, probability)], axis=0)
    n_classes = probability.shape[2]
    present = np.unique(y)
    if metric == "auc" and len(present) >= 2:
        scored = [1] if n_classes == 2 else [int(c) for c in present]
        return np.mean([auc_of_many(y == c, probability[:, :, c]) for c in scored], axis=0)
    if metric in ("log_loss", "brier"):
        return row_losses(y, probability, metric).mean(axis=1)
    values = np.empty(len(probability))
    for i, one in enumerate(probability):
        scores, missing = score_probabilities(y, one)
        if metric not in scores:
            raise ProbeError(f"{metric} is not defined here: {missing[metric]}")
        values[i] = scores[metric]
    return values
