"""PostgreSQL keeps both Optuna's and MLflow's side of a study."""

import subprocess
import sys

import mlflow
import optuna
import pytest

from .conftest import FEW_WINDOWS, copy_project
from .postgres_server import PASSWORD, PostgresServer


@pytest.fixture(scope="module")
def server():
    with PostgresServer() as running:
        yield running


def test_a_study_on_postgresql_that_restarts_meanwhile(finished, server, tmp_path):
    undisturbed, _ = finished
    project = copy_project(tmp_path)
    words = ["--trials", "2", "--space", "small.yaml", "--name", "pg", "--storage", server.uri("optuna")]
    words += ["--max_probe_windows", str(FEW_WINDOWS)]
    process = subprocess.Popen(
        [sys.executable, "-m", "study", "study", *words],
        cwd=project.folder,
        env={**project.environment, "MLFLOW_TRACKING_URI": server.uri("mlflow")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    text = ""
    for line in process.stdout:
        text += line
        if "epoch 1/" in line:
            server.stop()
            server.start()
            break
    rest, _ = process.communicate(timeout=300)
    text += rest
    assert process.returncode == 0, text

    client = mlflow.MlflowClient(tracking_uri=server.uri("mlflow"), registry_uri=server.uri("mlflow"))
    (experiment,) = [each for each in client.search_experiments() if each.name != "Default"]
    runs = client.search_runs([experiment.experiment_id], "tags.study = 'pg'", max_results=1000)
    assert {run.info.status for run in runs} == {"FINISHED"}
    trials = {run.info.run_name: run for run in runs if run.data.tags["kind"] == "trial"}
    for other in undisturbed.runs(kind="trial", study="small")[:2]:
        if other.info.run_name in trials:
            score = trials[other.info.run_name].data.metrics["select_auc"]
            assert score == pytest.approx(other.data.metrics["select_auc"], abs=1e-3)
    assert len(trials) == 2
    states = [
        trial.state.name for trial in optuna.load_study(study_name="pg", storage=server.uri("optuna")).trials
    ]
    assert states == ["COMPLETE"] * 2
    assert client.get_registered_model("timesnet-embedder").aliases.keys() == {"champion"}

    assert PASSWORD not in text
    for path in project.folder.rglob("*"):
        assert path.is_dir() or PASSWORD.encode() not in path.read_bytes(), path
    for database in ("mlflow", "optuna"):
        assert PASSWORD not in server.dump(database)
