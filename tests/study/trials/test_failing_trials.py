"""A trial whose numbers fail is pruned, or fails, with its reason; the study goes on."""

import importlib
import math

import numpy as np
import pytest
import torch

from study.engines.backend import InProcess
from study.errors import TrialPruned
from study.trials.evaluate import evaluate_job
from study.trials.variant import TASKS
from tests.study.small_trial import job, prepared

training = importlib.import_module("study.trials.training")
probing = importlib.import_module("study.trials.probing")


def run(data, a_job, report=lambda *_: False):
    return evaluate_job(a_job, data, metric="auc", report=report)


def require_finite(record):
    for candidate in record.candidates:
        numbers = [candidate.tune_score, *candidate.scores.values(), *candidate.knn_scores.values()]
        numbers += candidate.separability.values()
        assert all(math.isfinite(number) for number in numbers), candidate
    assert np.isfinite(record.predictions).all()


@pytest.mark.parametrize("task", TASKS)
def test_an_exploding_training_is_pruned_with_its_reason(data, task):
    with pytest.raises(TrialPruned, match="lower the learning rate"):
        run(data, job(task_name=task, learning_rate=1e30, train_epochs=3))


def test_a_gradient_that_is_not_finite_is_pruned(data, monkeypatch):
    def explode(parameters, norm):
        parameters = list(parameters)
        parameters[0].grad.fill_(math.inf)
        return torch.tensor(math.inf)

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", explode)
    with pytest.raises(TrialPruned, match="lower the learning rate"):
        run(data, job())


def test_a_layer_that_is_not_finite_is_pruned_by_its_name(data, monkeypatch):
    real = probing.capture_layers

    def broken(*arguments, **options):
        embeddings = real(*arguments, **options)
        # After each epoch the last layer norm is looked at alone.
        for key in [key for key in embeddings if key[0] == "model.0"]:
            embeddings[key] = np.full_like(embeddings[key], np.nan)
        return embeddings

    monkeypatch.setattr(probing, "capture_layers", broken)
    with pytest.raises(TrialPruned, match=r"'model\.0'.* not finite"):
        run(data, job())


@pytest.mark.parametrize("task", TASKS)
def test_constant_channels_and_identical_candles_give_finite_scores(tmp_path, task):
    def quiet(frame):
        frame["volume"] = 5.0
        stretch = frame.index[100:200]
        for name in ("open", "high", "low", "close"):
            frame.loc[stretch, name] = frame["close"][100]
        return frame

    quiet_data = prepared(tmp_path, quiet)
    assert any(np.ptp(quiet_data.windows.batch(np.array([row]))[0].numpy()) < 10 for row in range(100, 180))
    require_finite(run(quiet_data, job(task_name=task, use_norm=True)))
    require_finite(run(quiet_data, job(task_name=task, use_norm=False)))


def test_the_shortest_window_has_a_period_of_two_at_least(tmp_path):
    short = prepared(tmp_path, seq_len=4)
    record = run(short, job(top_k=2))
    require_finite(record)
    assert {4 // frequency for block in record.model.frozen_frequencies for frequency in block} <= {2, 4}


def test_a_score_that_is_not_finite_is_unavailable(data, monkeypatch):
    real = probing.probe_candidates

    def odd(*arguments, **options):
        found = real(*arguments, **options)
        for result in found.values():
            result.scores["mcc"] = math.nan
            result.separability["silhouette"] = math.inf
        return found

    monkeypatch.setattr(probing, "probe_candidates", odd)
    for candidate in run(data, job()).candidates:
        assert "mcc" not in candidate.scores and "silhouette" not in candidate.separability
        assert "not finite" in candidate.unavailable["mcc"]


def test_a_trial_without_the_primary_score_is_pruned(data, monkeypatch):
    real = probing.probe_candidates

    def without(*arguments, **options):
        found = real(*arguments, **options)
        for result in found.values():
            del result.scores["auc"]
            result.unavailable["auc"] = "all 7 labels are class 0; two classes are needed"
        return found

    monkeypatch.setattr(probing, "probe_candidates", without)
    with pytest.raises(TrialPruned, match="all 7 labels are class 0"):
        run(data, job())


def test_an_error_is_a_failed_trial_and_not_the_end_of_the_study(data, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("no such kernel\nand more")

    monkeypatch.setattr(training, "train", broken)
    backend = InProcess(lambda a_job, report: run(data, a_job, report), lambda *_: False)
    backend.start(job(7))
    (ended,) = backend.poll()
    assert (ended.number, ended.state) == (7, "error")
    assert ended.reason == "RuntimeError: no such kernel and more"
    assert "Traceback" in ended.details
