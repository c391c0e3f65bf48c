"""What the layers have to beat, and what stands beside them, probed by the same code."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from probes import fit_logistic_path, majority_probability, score_probabilities
from study.baselines.boosted_trees import BoostedTrees, boosted_trees_name
from study.baselines.minirocket import MINIROCKET, minirocket_installed, minirocket_vectors
from study.baselines.vectors import baseline_vectors
from study.data import StudyData
from study.fusion import WindowTable
from study.trials import (
    Candidate,
    TrialRecord,
    candidates,
    device,
    probe_distinct,
    probe_network,
    probe_split,
)
from timesnet import TimesNet, TimesNetConfig

MAJORITY = "majority class"
UNTRAINED = "untrained TimesNet"
# What a row beside the layers is: the verdict is against the best of the baselines alone. A table of other origin is
# one of them where the layers have it at their side.
BASELINE, REFERENCE, PREDICTION, TABLE = "baseline", "reference", "prediction", "table"

Vectors = Callable[[np.ndarray], Mapping[tuple[str, str], np.ndarray]]


@dataclass(frozen=True, kw_only=True)
class Probed:
    """A row beside the layers, probed on select, with the way to its test score.

    Attributes:
        name: of the row; kind: BASELINE, REFERENCE, PREDICTION or TABLE.
        candidate: its scores, like those of a layer.
        probability: float32 (n_select, n_classes).
        test: gives its probabilities on test, float32 (n_test, n_classes), when the test split is opened.
    """

    name: str
    kind: str
    candidate: Candidate
    probability: np.ndarray
    test: Callable[[], np.ndarray]


def probe_baselines(
    data: StudyData, *, metric: str, seed: int, say: Callable[[str], None] = lambda line: None
) -> list[Probed]:
    """Every baseline that needs no network, and the reference, probed on select."""
    found = [_majority(data, metric=metric)]
    found += _of_vectors(lambda rows: baseline_vectors(data, rows), data, metric=metric, seed=seed)
    if minirocket_installed():
        found += _of_vectors(
            lambda rows: {(MINIROCKET, "convolutions"): minirocket_vectors(data, rows, seed=seed)},
            data,
            metric=metric,
            seed=seed,
        )
    else:
        say("  without MiniRocket: pip install 'timesnet-layer-study[minirocket]' adds it")
    if data.has_candles and not data.others:  # as many forests as labels would take longer than the networks
        found.append(_boosted_trees(data, metric=metric, seed=seed))
    if data.table is not None:
        found += probe_table(data, data.table, metric=metric, seed=seed)
    return found


def table_name(table: WindowTable) -> str:
    """What the row of a table of other origin is called."""
    return f"{table.name} alone"


def probe_untrained(config: TimesNetConfig, data: StudyData, *, metric: str, seed: int) -> TrialRecord:
    """All layers of a freshly initialised network of the given shape, as a record without training."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = TimesNet(config).to(device())
    return probe_network(model, data, metric=metric, seed=seed, number=-1, variant={})


def learn_and_predict(embedding: np.ndarray, candidate: Candidate, data: StudyData) -> np.ndarray:
    """Test probabilities (n_test, n_classes) by the logistic probe refitted on fit + tune with the candidate's C.

    Where several labels are judged (n_test, n_labels), those of class 1 of each.

    `embedding` (n, dim) has the windows of fit, tune and test, in this order.
    """
    learnt = np.concatenate([data.probed.fit, data.probed.tune])
    X = data.as_scored(embedding, np.concatenate([learnt, data.probed.test]))
    held_out = X[len(learnt) :]

    def said(labels: np.ndarray, C: float) -> np.ndarray:
        path = fit_logistic_path(X[: len(learnt)], labels, n_classes=data.n_classes, Cs=(C,))
        return path.probabilities(held_out)[0]

    judged = data.judged[learnt]
    if judged.ndim == 1:
        return said(judged, candidate.C)
    return np.stack([said(one, C)[:, 1] for one, C in zip(judged.T, candidate.Cs, strict=True)], axis=1)


def probe_table(data: StudyData, table: WindowTable, *, metric: str, seed: int) -> Sequence[Probed]:
    """The row of the table alone: a baseline where the layers have it at their side, else of a kind of its own."""
    alone = replace(data, together=False)
    found = _of_vectors(
        lambda rows: {(table_name(table), "mean"): table.vectors(rows)}, alone, metric=metric, seed=seed
    )
    return found if data.together else [replace(row, kind=TABLE) for row in found]


def _of_vectors(vectors: Vectors, data: StudyData, *, metric: str, seed: int) -> Sequence[Probed]:
    embeddings = vectors(np.concatenate([data.probed.fit, data.probed.tune, data.probed.select]))
    results = probe_distinct(embeddings, probe_split(data), metric=metric, seed=seed)
    opened: dict[tuple[str, str], np.ndarray] = {}

    def test(candidate: Candidate) -> np.ndarray:
        if candidate.key not in opened:
            opened.update(vectors(np.concatenate([data.probed.fit, data.probed.tune, data.probed.test])))
        # Each is asked for once; the widest take a hundred megabytes.
        return learn_and_predict(opened.pop(candidate.key), candidate, data)

    return [
        Probed(
            name=one.layer,
            kind=BASELINE,
            candidate=one,
            probability=results[one.key].select_probability,
            test=lambda one=one: test(one),  # type: ignore[misc]
        )
        for one in candidates(results, embeddings, ())
    ]


def _majority(data: StudyData, *, metric: str) -> Probed:
    labels = data.judged[data.probed.fit]

    def probability(rows: np.ndarray) -> np.ndarray:
        return majority_probability(labels, len(rows), data.n_classes)

    select = probability(data.probed.select)
    return Probed(
        name=MAJORITY,
        kind=BASELINE,
        candidate=_without_probe(
            MAJORITY, data, select=select, tune=probability(data.probed.tune), dim=0, metric=metric
        ),
        probability=select,
        test=lambda: probability(data.probed.test),
    )


def _boosted_trees(data: StudyData, *, metric: str, seed: int) -> Probed:
    trees = BoostedTrees(data, seed=seed)
    name, select = boosted_trees_name(data), trees.probability(data.probed.select)
    return Probed(
        name=name,
        kind=REFERENCE,
        candidate=_without_probe(
            name, data, select=select, tune=trees.tune_probability, dim=trees.dim, metric=metric
        ),
        probability=select,
        test=lambda: trees.probability(data.probed.test),
    )


def _without_probe(
    name: str, data: StudyData, *, select: np.ndarray, tune: np.ndarray, dim: int, metric: str
) -> Candidate:
    scores, unavailable = score_probabilities(data.judged[data.probed.select], select)
    on_tune, _ = score_probabilities(data.judged[data.probed.tune], tune)
    nothing: Mapping[str, float] = {}
    return Candidate(
        layer=name,
        pooling="none",
        depth=0,
        dim=dim,
        C=0.0,
        C_on_edge=False,
        k=0,
        k_on_edge=False,
        converged=True,
        tune_score=on_tune.get(metric, on_tune["log_loss"]),
        scores=scores,
        knn_scores=nothing,
        separability=nothing,
        unavailable=unavailable,
    )
