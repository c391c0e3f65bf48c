"""A study none of whose trials comes through ends with one line that says why."""

import importlib

import mlflow
import pytest

from study.cli import main
from timesnet import TrainingDiverged

from .candle_files import candle_file
from .conftest import SMALL_SPACE

trial_module = importlib.import_module("study.trials.training")


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (
            TrainingDiverged("training loss is nan in epoch 0; lower the learning rate"),
            "FINISHED",
            "lower the",
        ),
        (RuntimeError("no\nsuch kernel"), "FAILED", "RuntimeError: no such kernel"),
        (MemoryError(), "FAILED", "memory ran out even with a batch of 8"),
    ],
)
def test_every_trial_fails(tmp_path, monkeypatch, capfd, error, status, reason):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    candle_file(tmp_path)
    (tmp_path / "space.yaml").write_text(SMALL_SPACE)

    def failing(*_, **__):
        raise error

    monkeypatch.setattr(trial_module, "train", failing)
    words = "study --data candles.csv --space space.yaml --name hopeless --trials 2 --seq_len 8 --workers 1"
    assert main(words.split()) == 2
    printed, errors = capfd.readouterr()
    assert "Traceback" not in printed + errors
    (line,) = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert "no trial was completed" in line and reason in line
    assert printed.count(reason) == 2 and "2 of 2 trials done" in printed
    client = mlflow.MlflowClient()
    runs = client.search_runs([e.experiment_id for e in client.search_experiments()])
    found = {run.data.tags["kind"]: run for run in runs}
    assert sorted(run.data.tags["kind"] for run in runs) == ["study", "trial", "trial"]
    assert found["study"].info.status == "FAILED" and found["trial"].info.status == status
    assert reason in found["trial"].data.tags["reason"]
    assert not client.search_registered_models()
