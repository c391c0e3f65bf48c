"""Embeddings of a sample of windows, for the maps and likenesses of the report."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from probes import even_subsample
from study.conclusion import Conclusion
from study.trials import CAPTURE_BATCH, on_device, task_windows
from timesnet import capture_layers

SAMPLED_WINDOWS = 800


@dataclass(frozen=True)
class Sample:
    """Embeddings of some select windows, evenly over time.

    Attributes:
        rows: int64 (n,), of the study's windows.
        layers: layer name -> float32 (n, dim), the winner's network and pooling, layers that return the same numbers
            once.
        raw: float32 (n, seq_len * features), the windows themselves.
    """

    rows: np.ndarray
    layers: Mapping[str, np.ndarray]
    raw: np.ndarray


def take_sample(conclusion: Conclusion) -> Sample:
    """At most SAMPLED_WINDOWS select windows at every layer of the winner's network."""
    data, winner, model = conclusion.data, conclusion.outcome.winner, conclusion.model
    rows = even_subsample(data.probed.select, SAMPLED_WINDOWS, data.symbols)
    windows = task_windows(data, model.config).select(rows)
    captured = capture_layers(
        model,
        on_device(windows.batches(CAPTURE_BATCH), model),
        n=len(rows),
        poolings=(winner.pooling,),
    )
    seen: dict[int, str] = {}
    for (layer, _), array in captured.items():
        if layer == winner.layer or id(array) not in seen:
            seen[id(array)] = layer
    kept = set(seen.values())
    layers = {layer: array for (layer, _), array in captured.items() if layer in kept}
    return Sample(rows, layers, data.windows.select(rows).flattened())
