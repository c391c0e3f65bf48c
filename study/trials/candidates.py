"""Probe results turned into the candidates of a trial."""

import math
from collections.abc import Mapping

import numpy as np

from probes import ProbeResult
from study.trials.record import Candidate
from timesnet import LayerInfo


def candidates(
    results: Mapping[tuple[str, str], ProbeResult],
    embeddings: Mapping[tuple[str, str], np.ndarray],
    layers: tuple[LayerInfo, ...],
) -> tuple[Candidate, ...]:
    """One Candidate for each probe result; a number that is not finite is not available, with that as its reason."""
    depth = {layer.name: layer.depth for layer in layers}
    predictions = {layer.name for layer in layers if layer.predicts}
    return tuple(
        Candidate(
            layer=layer,
            pooling=pooling,
            depth=depth.get(layer, 0),
            dim=embeddings[layer, pooling].shape[1],
            C=result.C,
            C_on_edge=result.C_on_edge,
            k=result.k,
            k_on_edge=result.k_on_edge,
            converged=result.logistic_converged,
            tune_score=result.tune_score,
            scores=_finite(result.scores),
            knn_scores=_finite(result.knn_scores),
            separability=_finite(result.separability),
            unavailable={**_not_finite(result), **result.unavailable},
            predicts=layer in predictions,
            Cs=result.Cs,
        )
        for (layer, pooling), result in results.items()
    )


def _finite(scores: Mapping[str, float]) -> dict[str, float]:
    return {name: score for name, score in scores.items() if math.isfinite(score)}


def _not_finite(result: ProbeResult) -> dict[str, str]:
    tables = (result.knn_scores, result.separability, result.scores)
    return {
        name: f"it is not finite ({score})"
        for table in tables
        for name, score in table.items()
        if not math.isfinite(score)
    }
