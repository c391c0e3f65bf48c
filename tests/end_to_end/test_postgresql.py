"""PostgreSQL keeps both Optuna's and MLflow's side of a study."""

import mlflow
import optuna
import pytest

from tests.forked import STUDY, Forked

from .conftest import QUICK
from .postgres_server import PASSWORD, PostgresServer


@pytest.fixture(scope="module")
def server():
    with PostgresServer() as running:
        yield running


def test_a_study_on_postgresql_that_restarts_meanwhile(finished, project, server):
    undisturbed, _ = finished
    words = ["--trials", "2", "--name", "pg", "--storage", server.uri("optuna")]
    environment = {**project.environment, "MLFLOW_TRACKING_URI": server.uri("mlflow")}
    process = Forked(STUDY, "study", *QUICK, *words, cwd=project.folder, env=environment)
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
