"""The experiment is the one that MLflow's own variables name."""

import mlflow
import pytest

from study.errors import StudyError
from study.stores import find_experiment, open_experiment


@pytest.fixture
def client(tmp_path, monkeypatch):
    for variable in ("MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    return mlflow.MlflowClient()


def test_its_id_is_respected(client, monkeypatch):
    number = client.create_experiment("mine")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", number)
    assert open_experiment(client) == number
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    assert open_experiment(client) == number
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "another")
    with pytest.raises(
        StudyError, match=r"is experiment 'mine', MLFLOW_EXPERIMENT_NAME says 'another'; unset one"
    ):
        open_experiment(client)
    for wrong in ("77", "x"):
        monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", wrong)
        with pytest.raises(StudyError, match="no such experiment; unset MLFLOW_EXPERIMENT_ID"):
            open_experiment(client)


def test_looking_for_it_makes_nothing(client):
    assert find_experiment(client) is None and len(client.search_experiments()) == 1
    number = open_experiment(client)
    assert find_experiment(client).experiment_id == number
    client.delete_experiment(number)
    with pytest.raises(StudyError, match="is deleted"):
        find_experiment(client)
