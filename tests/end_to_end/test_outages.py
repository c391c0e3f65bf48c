"""A tracking server that fails while a study runs costs nothing of its results."""

import time

import mlflow
import optuna
import pytest

from tests.forked import STUDY, Forked

from .conftest import QUICK, copy_project
from .faulty_server import LOST, UNAVAILABLE, MlflowServer

TRIALS = 2
SECRET = "s3cret-word"
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with MlflowServer(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("outages"))


def start(project, server, name, **environment):
    # One at a time: the second trial begins while the server is away.
    words = ["--workers", "1", "--trials", TRIALS, "--name", name, "--model_name", name]
    uri = server.proxy.uri.replace("://", f"://someone:{SECRET}@")
    environment = {**project.environment, "MLFLOW_TRACKING_URI": uri, **environment}
    return Forked(STUDY, "study", *QUICK, *words, cwd=project.folder, env=environment, apart=True)


def wait_for(process, text):
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"{text!r} never came: {process.stderr.read()}")


def runs(client, name, kind):
    """Runs of a study by their name."""
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    query = f"tags.study = '{name}' and tags.kind = '{kind}'"
    found = list(client.search_runs(experiments, query, max_results=1000))
    by_name = {run.info.run_name: run for run in found}
    assert len(by_name) == len(found)
    return by_name


def points(client, run):
    """Every metric point of a run but wall times."""
    return {
        (key, point.step, point.value)
        for key in run.data.metrics
        if not key.startswith("seconds_")
        for point in client.get_metric_history(run.info.run_id, key)
    }


def files(client, run, folder=None):
    found = set()
    for entry in client.list_artifacts(run.info.run_id, folder):
        found |= files(client, run, entry.path) if entry.is_dir else {entry.path}
    return found


def layers_of(runs_of_layers):
    return {run.data.params["layer"] for run in runs_of_layers.values()}


def check_complete(server, project, name, undisturbed):
    """Everything is in MLflow as in a study that met no fault, and in Optuna too."""
    client = mlflow.MlflowClient(tracking_uri=server.direct, registry_uri=server.direct)
    everything = client.search_runs(
        [each.experiment_id for each in client.search_experiments()],
        f"tags.study = '{name}'",
        max_results=1000,
    )
    assert {run.info.status for run in everything} <= {"FINISHED", "FAILED", "KILLED"}
    mine, theirs = runs(client, name, "trial"), runs(undisturbed.client, "small", "trial")
    for trial in (f"trial {number:02d}" for number in range(TRIALS)):
        run, other = mine[trial], theirs[trial]
        assert run.info.status == "FINISHED"
        assert points(client, run) == points(undisturbed.client, other)
        assert run.data.params == other.data.params
        assert files(client, run) == files(undisturbed.client, other)
    assert len(mine) == TRIALS
    # The undisturbed study has a row more, of the table beside it.
    rows, others = runs(client, name, "baseline"), runs(undisturbed.client, "small", "baseline")
    assert set(rows) == {row for row in others if not row.startswith("table")}
    layers = layers_of(runs(client, name, "layer"))
    assert layers and layers == layers_of(runs(undisturbed.client, "small", "layer"))
    (study,) = runs(client, name, "study").values()
    assert study.info.status == "FINISHED"
    (version,) = client.search_model_versions(f"name = '{name}'")
    assert client.get_registered_model(name).aliases == {"champion": version.version}
    assert len(client.search_logged_models([study.info.experiment_id], f"tags.study = '{name}'")) == 1
    storage = f"sqlite:///{project.folder}/studies/{name}/optuna.db"
    trials = optuna.load_study(study_name=name, storage=storage).trials
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * TRIALS
    assert not any(entry.is_dir() for entry in (project.folder / "studies" / name / "outbox").iterdir())


def test_outages_during_a_study_lose_nothing_and_double_nothing(finished, server, project):
    undisturbed, _ = finished
    process = start(project, server, "hiccups")
    wait_for(process, "epoch 1/")
    server.proxy.stop()
    # The trial ends while the server is away, and the next one begins.
    wait_for(process, "trial 1:")
    server.proxy.start()
    server.proxy.fail(LOST, "POST .*/runs/create$", times=1)
    wait_for(process, "epoch 2/")
    server.proxy.fail(UNAVAILABLE, times=3)
    wait_for(process, "choosing")
    server.proxy.fail_once_each(
        LOST, "POST .*/(runs/create|model-versions/create|runs/log-batch|logged-models)$"
    )
    wait_for(process, "registered models:/hiccups/1")
    text, errors = process.communicate(timeout=240)
    assert len(server.proxy.met) == 4
    server.proxy.heal()
    assert process.returncode == 0, text + errors
    assert SECRET not in text + errors and "View run" not in text
    check_complete(server, project, "hiccups", undisturbed)
    for path in [*server.folder.rglob("*"), *project.folder.rglob("*")]:
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path


def test_a_server_that_stays_away_costs_one_line_and_the_same_command_goes_on(finished, server, project):
    undisturbed, _ = finished
    process = start(project, server, "gone", **PATIENCE)
    wait_for(process, "trial 1:")
    server.proxy.stop()
    text, errors = process.communicate(timeout=240)
    assert process.returncode == 2
    (line,) = errors.strip().splitlines()
    assert line.startswith("error: ") and "does not answer since" in line and "same command" in line
    assert SECRET not in line + text
    assert "does not answer since" in text and "retrying" in text
    # Both trials were finished without the server.
    assert (project.folder / "studies" / "gone" / "outbox" / "writes.jsonl").stat().st_size > 1000

    server.proxy.start()
    time.sleep(0.1)
    resumed = start(project, server, "gone")
    text, errors = resumed.communicate(timeout=240)
    assert resumed.returncode == 0, text + errors
    assert "that an earlier call left" in text
    assert f"all {TRIALS} trials were finished by an earlier call" in text
    check_complete(server, project, "gone", undisturbed)
