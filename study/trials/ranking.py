"""Which of two candidates is better by the primary metric."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from probes import metric_named
from study.errors import StudyError
from study.metrics import names
from study.trials.candidate_metrics import candidate_metrics
from study.trials.record import Candidate, TrialRecord


def direction(metric: str) -> Literal["minimize", "maximize"]:
    """Optuna's `maximize` or `minimize`."""
    return "maximize" if metric_named(metric).higher_is_better else "minimize"


def utility(metric: str, value: float) -> float:
    """The score, signed so that higher is better."""
    return value if metric_named(metric).higher_is_better else -value


def best_candidate(candidates: Iterable[Candidate], metric: str) -> Candidate:
    """The embedding with the best select score; of equal ones the earliest layer, then the smallest vector.

    The network's own predictions are none. Raises StudyError with the reason when no candidate has the score.
    """
    candidates = [candidate for candidate in candidates if not candidate.predicts]
    scored = [candidate for candidate in candidates if metric in candidate.scores]
    if not scored:
        reasons = {candidate.unavailable.get(metric, "no reason given") for candidate in candidates}
        raise StudyError(f"no candidate has a select {metric}: {'; '.join(sorted(reasons))}")
    return min(scored, key=lambda c: (-utility(metric, c.scores[metric]), c.depth, c.dim, c.layer, c.pooling))


def best_by_layer(candidates: Iterable[Candidate], metric: str) -> dict[str, Candidate]:
    """Each layer's best pooling, by layer name; layers without the score are absent, as are predictions."""
    poolings = defaultdict(list)
    for candidate in candidates:
        if metric in candidate.scores and not candidate.predicts:
            poolings[candidate.layer].append(candidate)
    return {layer: best_candidate(of_layer, metric) for layer, of_layer in poolings.items()}


def best_predictions(records: Mapping[int, TrialRecord], metric: str) -> dict[str, tuple[int, int]]:
    """By layer, where the networks' own prediction scored best on select: trial, and place among its candidates."""
    found: dict[str, tuple[int, int]] = {}
    for number, record in sorted(records.items()):
        for place, candidate in enumerate(record.candidates):
            if not candidate.predicts or metric not in candidate.scores:
                continue
            best = found.get(candidate.layer)
            score = utility(metric, candidate.scores[metric])
            if best is None or score > utility(metric, records[best[0]].candidates[best[1]].scores[metric]):
                found[candidate.layer] = number, place
    return found


def depth_series(candidates: Iterable[Candidate], metric: str) -> dict[str, list[tuple[int, float]]]:
    """Series for MLflow, step = depth: headline metrics of each layer's best pooling."""
    shown = (names.select(metric), names.knn_select(metric), names.SILHOUETTE, names.EFFECTIVE_RANK)
    series: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for candidate in sorted(best_by_layer(candidates, metric).values(), key=lambda c: c.depth):
        metrics = candidate_metrics(candidate, metric)
        for name in shown:
            if name in metrics:
                series[f"{names.BY_DEPTH}{name}"].append((candidate.depth, metrics[name]))
    return dict(series)
