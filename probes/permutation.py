"""The chance level of a probe in the data at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from probes.errors import ProbeError
from probes.logistic import DEFAULT_CS, fit_logistic_path
from probes.probe_data import ProbeData
from probes.scores import metric_named, score_of_many


@dataclass(frozen=True)
class PermutationControl:
    """What the probe scores when labels mean nothing.

    Attributes:
        scores: float64 (n_permutations,), select scores with shuffled labels.
        mean: their mean, the chance level.
        bound: the score that 5 % of them reach or better.
        p_value: share of shuffles, the true labels counted among them, at least as good as the true score; None
            if no true score was given.
    """

    scores: np.ndarray
    mean: float
    bound: float
    p_value: float | None


def shuffle_blocks(labels: np.ndarray, block_length: int, generator: np.random.Generator) -> np.ndarray:
    """labels (n,) with consecutive blocks of block_length put in random order.

    The cuts start at a random row of the circle, so every row can be the first of a block; one block is shorter where
    the length does not divide n. Runs of equal labels survive inside blocks: what is broken is the tie to the windows.
    """
    n = len(labels)
    if block_length < 1:
        raise ProbeError(f"block_length is {block_length}; it must be at least 1")
    start = int(generator.integers(n))
    turned = np.roll(np.arange(n), -start)
    blocks = [turned[i : i + block_length] for i in range(0, n, block_length)]
    order = generator.permutation(len(blocks))
    return labels[np.concatenate([blocks[i] for i in order])]


def permutation_control(
    X: np.ndarray,
    data: ProbeData,
    *,
    block_length: int,
    n_permutations: int = 100,
    Cs: Sequence[float] = DEFAULT_CS,
    metric: str = "auc",
    seed: int = 0,
    true_score: float | None = None,
) -> PermutationControl:
    """The logistic probe, C chosen on tune then refitted on fit + tune, on labels shuffled in blocks within each split.

    Each split keeps its own labels, so its class shares. With one or two blocks a split hardly changes:
    block_length should leave at least ten blocks in each.

    Args:
        X: (n, dim) one embedding. block_length: rows, normally that of the bootstrap.
        true_score: the probe's select score on the true labels, for the p-value.

    Raises:
        ProbeError: no shuffle leaves the metric defined.

    Source: Ojala & Garriga 2010, Permutation tests for studying classifier performance, test 1, with blocks.
    """
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0
    generator = np.random.default_rng(seed)
    refit = data.refit_rows
    found = []
    with threadpool_limits(limits=1):
        for _ in range(n_permutations):
            labels = data.labels.copy()
            for rows in (data.fit_rows, data.tune_rows, data.select_rows):
                labels[rows] = shuffle_blocks(labels[rows], block_length, generator)
            y_tune, y_select = labels[data.tune_rows], labels[data.select_rows]
            path = fit_logistic_path(
                X[data.fit_rows], labels[data.fit_rows], n_classes=data.n_classes, Cs=Cs, precision="single"
            )
            tuned = sign * score_of_many(y_tune, path.probabilities(X[data.tune_rows]), metric)
            final = fit_logistic_path(
                X[refit],
                labels[refit],
                n_classes=data.n_classes,
                Cs=[path.Cs[int(np.argmax(tuned))]],
                precision="single",
            )
            found.append(float(score_of_many(y_select, final.probabilities(X[data.select_rows]), metric)[0]))
    scores = np.array(found)
    p_value = None
    if true_score is not None:
        p_value = (1 + int((sign * scores >= sign * true_score).sum())) / (1 + len(scores))
    bound = sign * float(np.quantile(sign * scores, 0.95))
    return PermutationControl(scores, float(scores.mean()), bound, p_value)
