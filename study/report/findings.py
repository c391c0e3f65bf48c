"""Everything that a study found, gathered for its report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from probes import even_subsample
from study.choice import Choice, LayerSummary, Opened, Outcome
from study.configuration import StudyConfiguration
from study.data import StudyData
from study.trials import CAPTURE_BATCH, TrialRecord, on_device, task_windows
from timesnet import TimesNet, capture_layers

SAMPLED_WINDOWS = 800


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What the study's end has in hand.

    Attributes:
        layers: every layer over the trials, in the order of the forward pass.
        records: completed trials by number.
        trials: in words, how many there were and what came of them.
        model: the winner's network.
        opened: the winner's test probabilities.
        provenance: seed, digest, commit, packages.
        version: of the registered model, None where none was registered.
        aliases: that the version has in the registry.
    """

    configuration: StudyConfiguration
    data: StudyData
    outcome: Outcome
    choice: Choice
    layers: Sequence[LayerSummary]
    records: Mapping[int, TrialRecord]
    trials: str
    model: TimesNet
    opened: Opened
    provenance: Mapping[str, Any]
    version: str | None = None
    aliases: Sequence[str] = ()


def load_uri(model_name: str, version: str | None, aliases: Sequence[str]) -> str:
    """The name by which a version loads: its alias, champion first, else its number."""
    alias = min(aliases, key=lambda name: (name != "champion", name), default=None)
    if alias is not None:
        return f"models:/{model_name}@{alias}"
    return f"models:/{model_name}/{version}" if version is not None else f"models:/{model_name}@champion"


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


def take_sample(findings: Findings) -> Sample:
    """At most SAMPLED_WINDOWS select windows at every layer of the winner's network."""
    data, winner, model = findings.data, findings.outcome.winner, findings.model
    rows = even_subsample(data.probed.select, SAMPLED_WINDOWS)
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
