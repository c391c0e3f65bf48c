"""The test split: what the winner and the baselines say of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from probes import fit_logistic_path
from study.data import StudyData
from study.trials import CAPTURE_BATCH, Candidate, baseline_embeddings, on_device, task_windows
from timesnet import TimesNet, capture_layers


@dataclass(frozen=True)
class Opened:
    """Test probabilities of one candidate: float64 (n_test, n_classes), with its embedding float32 (n_test, dim)."""

    probability: np.ndarray
    embedding: np.ndarray


def open_layer(model: TimesNet, candidate: Candidate, data: StudyData) -> Opened:
    """Test predictions of a network's layer, by the logistic probe refitted on fit + tune with its chosen C."""
    windows = task_windows(data, model.config).select(_rows(data))
    captured = capture_layers(
        model,
        on_device(windows.batches(CAPTURE_BATCH), model),
        n=len(windows),
        poolings=(candidate.pooling,),
        layers=(candidate.layer,),
    )
    return _predict(captured[candidate.key], candidate, data)


def open_baselines(probed: Mapping[str, Candidate], data: StudyData) -> dict[str, Opened]:
    """Test predictions of the baselines that need no network, by name."""
    embeddings = baseline_embeddings(data.windows.select(_rows(data)))
    return {name: _predict(embeddings[c.key], c, data) for name, c in probed.items() if c.key in embeddings}


def _rows(data: StudyData) -> np.ndarray:
    return np.concatenate([data.probed.fit, data.probed.tune, data.probed.test])


def _predict(embedding: np.ndarray, candidate: Candidate, data: StudyData) -> Opened:
    learnt = len(data.probed.fit) + len(data.probed.tune)
    rows = _rows(data)
    path = fit_logistic_path(
        embedding[:learnt], data.labels[rows[:learnt]], n_classes=data.n_classes, Cs=(candidate.C,)
    )
    return Opened(path.probabilities(embedding[learnt:])[0], embedding[learnt:])
