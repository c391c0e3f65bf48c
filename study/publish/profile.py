"""Scores along the forward pass in a few lines: the winner's trial, the median of all trials, the baselines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from study.choice import BaselineOutcome
from study.conclusion import Conclusion
from study.display import OTHER, WINNER
from study.metrics import names
from study.trials import Candidate, best_by_layer, candidate_metrics

Series = dict[str, list[tuple[int, float]]]


def profiled(metric: str) -> tuple[str, ...]:
    """Metrics that are drawn against the depth of a layer."""
    return names.select(metric), names.knn_select(metric), names.SILHOUETTE, names.EFFECTIVE_RANK


def log_profile(conclusion: Conclusion) -> None:
    """Two runs with a series each of `profiled`: step = a layer's place among all layers of the study.

    A network's own depths differ where it has fewer blocks: by them the same layer would stand in two places.
    """
    outcome, records, tracking = conclusion.outcome, conclusion.records, conclusion.study.tracking
    tracking.delete_runs(names.PROFILE_RUN)
    own = {outcome.trial: records[outcome.trial].candidates}
    every = {number: record.candidates for number, record in records.items()}
    # The last one is the first in the legend.
    for name, colour, of in (
        (f"median of {len(records)} trials", OTHER, every),
        (f"trial {outcome.trial:02d}, the winner's", WINNER, own),
    ):
        series = _median(conclusion, of)
        tracking.finished_run(
            names.PROFILE_RUN,
            name,
            tags={
                **conclusion.study.tags,
                names.RUN_COLOUR: colour,
                names.NOTE: "Each layer's best pooling along the forward pass.",
            },
            params={},
            metrics={names.PROFILE_LAYERS: float(max(map(len, series.values())))},
            series=series,
        )


def level(conclusion: Conclusion, baseline: BaselineOutcome) -> Series:
    """A baseline across all places: it has no depth, and layers on either side of it are told at a glance."""
    metrics = candidate_metrics(baseline.candidate, conclusion.outcome.metric)
    return {
        f"{names.PROFILE}{name}": [(place, metrics[name]) for place in (0, len(conclusion.layers) - 1)]
        for name in profiled(conclusion.outcome.metric)
        if name in metrics
    }


def _median(conclusion: Conclusion, candidates: Mapping[int, Iterable[Candidate]]) -> Series:
    metric = conclusion.outcome.metric
    place = {layer.layer: layer.number for layer in conclusion.layers}
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for of_trial in candidates.values():
        for layer, best in best_by_layer(of_trial, metric).items():
            metrics = candidate_metrics(best, metric)
            for name in profiled(metric):
                if name in metrics:
                    found[name][place[layer]].append(metrics[name])
    return {
        f"{names.PROFILE}{name}": [(at, float(np.median(values))) for at, values in sorted(by_place.items())]
        for name, by_place in found.items()
    }
