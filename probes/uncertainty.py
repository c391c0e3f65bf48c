"""How far a score could move had other stretches of time been drawn."""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

from probes.errors import ProbeError
from probes.scores import ECE_BINS, metric_named, row_losses
from probes.weighted_auc import placement_values, weighted_auc

NEEDS_ALL_CLASSES = ("auc", "average_precision", "balanced_accuracy")


def usable_resamples(y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """bool (n_resamples,): resamples of counts (n_resamples, n) that hold every class that y (n,) has."""
    present = np.unique(y)
    if len(present) < 2:
        raise ProbeError(f"all {len(y)} labels are class {present[0]}; a resampled score needs two classes")
    one_hot = (np.asarray(y)[:, None] == present).astype(np.float32)
    return (counts.astype(np.float32) @ one_hot > 0).all(axis=1)


def bootstrap_auc(y: np.ndarray, scores: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """float64 (n_candidates, n_usable): ROC AUC of every candidate in every resample that holds both classes.

    The same resamples for all candidates, so columns can be compared. Resamples with one class are left out:
    their number is len(counts) minus the width of the answer (`usable_resamples` says which).

    Args:
        y: int or bool (n,), 0 or 1.
        scores: float (n_candidates, n), higher for class 1; ties count half.
        counts: int (n_resamples, n) from `block_bootstrap_counts`.
    """
    y, scores, counts = _checked(y, scores[..., None], counts)
    usable = usable_resamples(y, counts)
    _require_some(usable)
    return weighted_auc(y == 1, scores[:, :, 0], counts[usable])


def bootstrap_scores(y: np.ndarray, probability: np.ndarray, metric: str, counts: np.ndarray) -> np.ndarray:
    """float64 (n_candidates, n_usable): the metric of every candidate in every usable resample.

    auc, average_precision and balanced_accuracy use the resamples that hold every class of y, as macro means over
    those classes; the other metrics use all resamples.

    Args:
        y: int (n,). probability: (n_candidates, n, n_classes). counts: int (n_resamples, n).
        metric: one of METRICS, with the definitions of `score_probabilities`.
    """
    metric_named(metric)
    y, probability, counts = _checked(y, probability, counts)
    n_classes = probability.shape[2]
    if metric in NEEDS_ALL_CLASSES:
        usable = usable_resamples(y, counts)
        _require_some(usable)
        counts = counts[usable]
    present = [int(c) for c in np.unique(y)]
    scored = [1] if n_classes == 2 else present
    weights = counts.astype(np.float64)
    totals = weights.sum(axis=1)
    if metric == "auc":
        return np.mean([weighted_auc(y == c, probability[:, :, c], counts) for c in scored], axis=0)
    if metric in ("log_loss", "brier", "accuracy"):
        mean_loss = row_losses(y, probability, metric) @ weights.T / totals
        return 1.0 - mean_loss if metric == "accuracy" else mean_loss
    if metric == "balanced_accuracy":
        hits = (probability.argmax(axis=2) == y).astype(np.float64)
        recalls = [(hits[:, y == c] @ weights[:, y == c].T) / weights[:, y == c].sum(axis=1) for c in present]
        return np.mean(recalls, axis=0)
    if metric == "mcc":
        return _matthews(y, probability.argmax(axis=2), weights, n_classes)
    if metric == "ece":
        return np.mean([_calibration_error(y == c, probability[:, :, c], weights) for c in scored], axis=0)
    return np.mean([_average_precision(y == c, probability[:, :, c], weights) for c in scored], axis=0)


def interval(
    points: np.ndarray, resampled: np.ndarray, *, n_blocks: float, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """(low, high), float64 (…,): points -+ t · standard error, from resampled values (…, n_resamples).

    The standard error is the spread over resamples times sqrt(k / (k - 1)), k = n_blocks; t is Student's with
    k - 1 degrees of freedom. Percentiles of the resamples, which are usual, see too little of the spread with few
    blocks and lie on the wrong side of a skewed one: on 1,223 windows that overlap over 52 percentile bounds cover
    90 to 91 %, these 94 %.

    Args:
        points: float (…,), scores on all rows.
        resampled: the same scores on each resample.
        n_blocks: rows / block length.

    Raises:
        ProbeError: a level outside (0, 1), fewer than two resamples, values that are not finite.

    Source: Efron & Tibshirani 1993, An introduction to the bootstrap, chapter 12 (standard error with t); Hesterberg
    2015, What teachers should know about the bootstrap, section 5.3 (the factor).
    """
    if not 0 < level < 1:
        raise ProbeError(f"level is {level}; it must lie between 0 and 1")
    points, resampled = np.asarray(points, dtype=np.float64), np.asarray(resampled, dtype=np.float64)
    if resampled.shape[:-1] != points.shape or resampled.shape[-1] < 2:
        raise ProbeError(
            f"points have shape {points.shape}, resampled {resampled.shape}; the last axis holds at least 2 resamples"
        )
    if not (np.isfinite(points).all() and np.isfinite(resampled).all()):
        raise ProbeError("scores hold values that are not finite; drop those candidates first")
    blocks = checked_blocks(n_blocks)
    quantile = float(student.ppf((1 + level) / 2, blocks - 1))
    reach = quantile * np.sqrt(blocks / (blocks - 1)) * resampled.std(axis=-1)
    return points - reach, points + reach


def heavy_tails(n_resamples: int, n_blocks: float, seed: int) -> np.ndarray:
    """float64 (n_resamples,): factors that turn bootstrap noise into noise whose spread was estimated from n_blocks.

    sqrt(k / (k - 1)) sqrt((k - 1) / chi²(k - 1)): normal noise times these is Student's t with k - 1 degrees of
    freedom, with the small-sample bias of the variance undone. One factor a resample, shared by all candidates.
    """
    blocks = checked_blocks(n_blocks)
    chi2 = np.random.default_rng(seed).chisquare(blocks - 1, n_resamples)
    return np.sqrt(blocks / chi2)


def checked_blocks(n_blocks: float) -> float:
    """n_blocks as it is, at least 2; ProbeError where it is not a number of blocks."""
    if not np.isfinite(n_blocks) or n_blocks < 1:
        raise ProbeError(f"n_blocks is {n_blocks}; it is rows divided by block length, at least 1")
    return max(float(n_blocks), 2.0)


def row_values(y: np.ndarray, probability: np.ndarray, metric: str) -> np.ndarray:
    """float64 (n_candidates, n): per-row values whose mean is the metric; what a block length is chosen from.

    For auc: placement values, averaged over classes for more than two. For log_loss, brier and accuracy: the rows' own
    contributions. Other metrics are not means over rows; log-loss rows stand in for them.
    """
    y = np.asarray(y)
    if metric == "auc":
        n_classes = probability.shape[2]
        scored = [1] if n_classes == 2 else [int(c) for c in np.unique(y)]
        return np.mean([placement_values(y == c, probability[:, :, c]) for c in scored], axis=0)
    if metric in ("brier", "accuracy"):
        losses = row_losses(y, probability, metric)
        return 1.0 - losses if metric == "accuracy" else losses
    return row_losses(y, probability, "log_loss")


def _checked(y: np.ndarray, probability: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, ...]:
    y, probability, counts = np.asarray(y).astype(np.int64), np.asarray(probability), np.asarray(counts)
    if (
        probability.ndim != 3
        or probability.shape[1] != len(y)
        or counts.ndim != 2
        or counts.shape[1] != len(y)
    ):
        raise ProbeError(
            f"y has shape {y.shape}, candidates {probability.shape}, counts {counts.shape}; "
            "the row axes must agree"
        )
    if not np.isfinite(probability).all():
        raise ProbeError("candidate scores hold values that are not finite; drop those candidates first")
    return y, probability, counts


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
