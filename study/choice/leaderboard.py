"""Every candidate of every trial, ranked, and each layer's summary over the trials."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.trials import Candidate, TrialRecord, best_by_layer, utility


@dataclass(frozen=True, kw_only=True)
class LayerSummary:
    """One layer name over the trials that have it.

    Attributes:
        number: place in the forward pass among all layers of the study, from 0.
        best_trial, best: where it scored best, and that candidate.
        scores: its best pooling's select score by trial number.
        mean_score: mean of these; mean_rank: mean place among the layers of each trial, 1 is best; wins: trials in
            which it was first.
    """

    layer: str
    module_type: str
    number: int
    best_trial: int
    best: Candidate
    scores: Mapping[int, float]
    mean_score: float
    mean_rank: float
    wins: int


def summarise_layers(records: Mapping[int, TrialRecord], metric: str) -> list[LayerSummary]:
    """One summary for each layer name, in the order of the forward pass."""
    found: dict[str, dict[int, Candidate]] = defaultdict(dict)
    ranks: dict[str, list[int]] = defaultdict(list)
    depth: dict[str, int] = defaultdict(int)
    kind: dict[str, str] = {}
    for number, record in records.items():
        for layer in record.layers:
            kind[layer.name] = layer.module_type
            depth[layer.name] = max(depth[layer.name], layer.depth)
        best = best_by_layer(record.candidates, metric)
        by_score = sorted(best, key=lambda name: -utility(metric, best[name].scores[metric]))
        for rank, name in enumerate(by_score, start=1):
            found[name][number] = best[name]
            ranks[name].append(rank)
    summaries = []
    for place, name in enumerate(sorted(found, key=lambda name: (depth[name], name))):
        by_trial = found[name]
        scores = {number: candidate.scores[metric] for number, candidate in by_trial.items()}
        best_trial = max(scores, key=lambda number: (utility(metric, scores[number]), -number))
        summaries.append(
            LayerSummary(
                layer=name,
                module_type=kind[name],
                number=place,
                best_trial=best_trial,
                best=by_trial[best_trial],
                scores=scores,
                mean_score=float(np.mean(list(scores.values()))),
                mean_rank=float(np.mean(ranks[name])),
                wins=ranks[name].count(1),
            )
        )
    return summaries


def best_first(layers: Iterable[LayerSummary], metric: str) -> list[LayerSummary]:
    """The layers by the select score of their best candidate."""
    return sorted(layers, key=lambda layer: -utility(metric, layer.best.scores[metric]))


def one_a_row(
    layers: Iterable[LayerSummary],
    metric: str,
    same_answer: Callable[[tuple[int, str, str], tuple[int, str, str]], bool],
) -> list[tuple[LayerSummary, list[str]]]:
    """The layers, the best first, each with the names of those that give the same answer, which get no row.

    Args:
        same_answer: of two candidates, each as (trial, layer, pooling), whether they are twins.
    """
    rows: list[tuple[LayerSummary, list[str]]] = []
    for layer in best_first(layers, metric):
        key = (layer.best_trial, *layer.best.key)
        for other, also in rows:
            if same_answer(key, (other.best_trial, *other.best.key)):
                also.append(layer.layer)
                break
        else:
            rows.append((layer, []))
    return rows


def leaderboard(records: Mapping[int, TrialRecord], metric: str) -> pd.DataFrame:
    """One row for each (trial, layer, pooling), the best select score first; columns are plain names."""
    rows = []
    for number, record in records.items():
        for candidate in record.candidates:
            rows.append(
                {
                    "trial": number,
                    "layer": candidate.layer,
                    "kind": "prediction" if candidate.predicts else "layer",
                    "pooling": candidate.pooling,
                    "depth": candidate.depth,
                    "dim": candidate.dim,
                    **{f"select_{name}": value for name, value in candidate.scores.items()},
                    **{f"knn_select_{name}": value for name, value in candidate.knn_scores.items()},
                    f"tune_{metric}": candidate.tune_score,
                    "logistic_C": candidate.C,
                    "knn_k": candidate.k,
                    **candidate.separability,
                    **{f"variant_{name}": value for name, value in record.variant.items()},
                }
            )
    table = pd.DataFrame(rows)
    order = table[f"select_{metric}"].map(lambda score: -utility(metric, score))
    return table.assign(order=order).sort_values(["order", "depth", "dim", "trial"]).drop(columns="order")
