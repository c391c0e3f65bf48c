"""The test split: opened once a study, for the winner and the baselines, on the record."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from probes import fit_logistic_path
from study import metric_names as names
from study.baselines import baseline_embeddings
from study.study_data import StudyData
from study.tracking import Tracking
from study.trial import CAPTURE_BATCH, on_device
from study.trial_record import Candidate
from study.variant_network import task_windows
from timesnet import TimesNet, capture_layers


@dataclass(frozen=True)
class Opened:
    """Test probabilities of one candidate: float64 (n_test, n_classes), with its embedding float32 (n_test, dim)."""

    probability: np.ndarray
    embedding: np.ndarray


def record_opening(tracking: Tracking, candidate: str) -> list[dict[str, str]]:
    """Write onto the study run, before anything is computed, that the test split is opened, for whom and when.

    Opening it again for the same candidate adds nothing; for another one the record keeps both.
    """
    tags = tracking.tags_of(tracking.run_id)
    openings: list[dict[str, str]] = json.loads(tags.get(names.TEST_OPENED, "[]"))
    if not openings or openings[-1]["candidate"] != candidate:
        openings.append({"candidate": candidate, "at": datetime.now(UTC).isoformat(timespec="seconds")})
        tracking.tag(tracking.run_id, {names.TEST_OPENED: openings})
    return openings


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
