"""The winner's score, freed of the luck of being picked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from probes.errors import ProbeError
from probes.scores import metric_named, of_each_label, score_of_many
from probes.uncertainty.bootstrap_scorer import BootstrapScorer


@dataclass(frozen=True)
class CorrectedScore:
    """The winner's score, freed of the luck of being picked.

    Attributes:
        score: mean out-of-bag score of the candidates picked in the bag.
        apparent: score on all rows of the candidate that is picked on them, what a table would show.
        optimism: apparent - score for metrics where higher is better, score - apparent otherwise.
        resamples: how many resamples had rows left to score on.
        out_of_bag_rows: mean number of such rows.
        purge: rows kept clear around the bag; less than asked for where nothing would have been left.
    """

    score: float
    apparent: float
    optimism: float
    resamples: int
    out_of_bag_rows: float
    purge: int


def bias_corrected_score(
    y: np.ndarray,
    probability: np.ndarray,
    counts: np.ndarray,
    metric: str,
    *,
    purge: int = 0,
    beside: np.ndarray | None = None,
) -> CorrectedScore:
    """Pick the best candidate on each resample, score it on the rows outside, pool over resamples.

    Of candidates whose scores are equal the one with the smaller log-loss is picked (`best_of_each`). Rows outside
    count only when no in-bag row lies within `purge` rows, for a window that overlaps an in-bag window carries the same
    luck. Resamples are pooled by what they can tell: pairs of classes for auc, rows otherwise. Slightly pessimistic
    where candidates truly differ, because each pick sees about 63 % of the rows.
    The counts should come from blocks several times longer than the purge (`correction_block_length`), or little is
    left outside. Where nothing at all is left, the purge is halved until something is; the answer says which was used.

    Source: Tsamardinos, Greasidou & Borboudakis 2018, Bootstrapping the out-of-sample predictions (BBC), here
    with blocks and a purge.

    Args:
        y: int (n,). probability: (n_candidates, n, n_classes). counts: int (n_resamples, n).
        metric: primary metric. purge: rows, normally seq_len + horizon - 1.
        beside: float (n_candidates,), what is known of each candidate from other rows, in units of the metric: added
            to its score where one is picked. None for nothing.

    Raises:
        ProbeError: no resample leaves rows of two classes outside even without a purge.
    """
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0
    y = np.asarray(y).astype(np.int64)
    apparent = score_of_many(y, probability, metric)
    known = np.zeros(len(apparent)) if beside is None else np.asarray(beside, dtype=np.float64)
    if known.shape != apparent.shape:
        raise ProbeError(f"beside has shape {known.shape} but there are {len(apparent)} candidates")
    best = float(apparent[np.argmax(sign * (apparent + known))])
    scorer = BootstrapScorer(y, counts, metric, n_classes=probability.shape[2])
    counts = counts[scorer.usable]
    doubts = BootstrapScorer(y, counts, "log_loss", n_classes=probability.shape[2]).scores(probability)
    picked = best_of_each(sign * (scorer.scores(probability) + known[:, None]), doubts)
    return out_of_bag_score(y, probability.__getitem__, picked, counts, metric, purge=purge, apparent=best)


def best_of_each(utility: np.ndarray, doubt: np.ndarray) -> np.ndarray:
    """int (n_resamples,): which candidate has the highest utility (m, n_resamples) in each, of equals the least doubt.

    A dozen rows let many candidates score the same; the first of them in the network's order is not the one that a
    careful choice would take.
    """
    rounded = np.round(utility, 9)
    return np.where(rounded == rounded.max(axis=0), doubt, np.inf).argmin(axis=0)


def out_of_bag_score(
    y: np.ndarray,
    prediction: Callable[[int], np.ndarray],
    picked: np.ndarray,
    counts: np.ndarray,
    metric: str,
    *,
    purge: int,
    apparent: float,
) -> CorrectedScore:
    """The second half of `bias_corrected_score`, for candidates that are too many to be held at once.

    Args:
        y: int (n,). prediction: (n, n_classes) of a candidate by its number; asked for those picked alone.
        picked: int (n_resamples,), the best candidate in each resample of counts, int (n_resamples, n).
        metric, purge: as there. apparent: score on all rows of the candidate that is best on them.
    """
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0
    y = np.asarray(y).astype(np.int64)
    probability = {int(winner): prediction(int(winner)) for winner in np.unique(picked)}
    while True:
        total = weight = rows_seen = 0.0
        used = 0
        for count, winner in zip(counts, picked, strict=True):
            outside = _outside(count > 0, purge)
            here = y[outside]
            of_labels = [
                np.unique(one, return_counts=True)[1] for one in (here.T if here.ndim == 2 else [here])
            ]
            if any(len(class_counts) < 2 for class_counts in of_labels):
                continue
            value = float(score_of_many(here, probability[int(winner)][None, outside], metric)[0])
            # An AUC is a mean over pairs: many rows of one class with a few of the other say little.
            share = float(len(here))
            if of_each_label(metric) == "auc":
                share = float(
                    np.mean([len(here) ** 2 - (class_counts**2).sum() for class_counts in of_labels])
                )
            total, weight = total + share * value, weight + share
            used, rows_seen = used + 1, rows_seen + len(here)
        if used or purge == 0:
            break
        purge //= 2
    if used == 0:
        raise ProbeError(f"no resample leaves rows of two classes outside among {len(y)}; use more rows")
    score = total / weight
    return CorrectedScore(score, apparent, sign * (apparent - score), used, rows_seen / used, purge)


def correction_block_length(n: int, block_length: int, purge: int) -> int:
    """Rows per block for `bias_corrected_score`: four purges, at least block_length, at most a third of n."""
    return max(1, min(max(block_length, 4 * purge), n // 3))


def _outside(inside: np.ndarray, purge: int) -> np.ndarray:
    """Row numbers that are not inside nor within purge rows of one that is."""
    n = len(inside)
    if purge > 0:
        marks = np.zeros(n + 1, dtype=np.int64)
        rows = np.flatnonzero(inside)
        np.add.at(marks, np.maximum(rows - purge, 0), 1)
        np.add.at(marks, np.minimum(rows + purge + 1, n), -1)
        inside = np.cumsum(marks[:-1]) > 0
    return np.flatnonzero(~inside)
