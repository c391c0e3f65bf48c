"""The test split: what the winner and the baselines say of it."""

from dataclasses import dataclass

import numpy as np

from study.baselines import learn_and_predict
from study.data import StudyData
from study.trials import CAPTURE_BATCH, Candidate, on_device, task_windows
from timesnet import TimesNet, capture_layers


@dataclass(frozen=True)
class HeldOutPrediction:
    """Test probabilities of one candidate: float64 (n_test, n_classes), with its embedding float32 (n_test, dim)."""

    probability: np.ndarray
    embedding: np.ndarray


def open_layer(model: TimesNet, candidate: Candidate, data: StudyData) -> HeldOutPrediction:
    """Test predictions of a network's layer, by the logistic probe refitted on fit + tune with its chosen C."""
    learnt = np.concatenate([data.probed.fit, data.probed.tune])
    windows = task_windows(data, model.config).select(np.concatenate([learnt, data.probed.test]))
    captured = capture_layers(
        model,
        on_device(windows.batches(CAPTURE_BATCH), model),
        n=len(windows),
        poolings=(candidate.pooling,),
        layers=(candidate.layer,),
    )
    embedding = captured[candidate.key]
    return HeldOutPrediction(learn_and_predict(embedding, candidate, data), embedding[len(learnt) :])
