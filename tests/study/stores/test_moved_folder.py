"""A project folder that was moved or copied reads its own artifacts; artifacts that lie elsewhere stay there."""

import shutil

import mlflow
import pytest

from study.stores import mend_addresses, open_experiment, use_default_store

RUNS = 3


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A project folder with an experiment of the project's and a run under Default; the ids of its runs."""
    home = tmp_path / "first"
    home.mkdir()
    open_in(home, monkeypatch)
    client = mlflow.MlflowClient()
    runs = [client.create_run(open_experiment(client)).info.run_id for _ in range(RUNS)]
    runs.append(client.create_run("0").info.run_id)
    for run in runs[1:]:  # the first one has no files
        client.log_text(run, "as it was", "note.txt")
    return home, runs


def open_in(folder, monkeypatch):
    """Whole addresses, since MLflow keeps stores that were opened by their addresses."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_EXPERIMENT_NAME", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
    use_default_store()


def locations():
    client = mlflow.MlflowClient()
    numbers = [one.experiment_id for one in client.search_experiments()]
    runs = [run.info.artifact_uri for run in client.search_runs(numbers)]
    return runs + [one.artifact_location for one in client.search_experiments()]


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_every_address_leads_into_the_folder(store, tmp_path, monkeypatch, how):
    home, runs = store
    there = tmp_path / "second [x] ä"
    (shutil.copytree if how == "copied" else shutil.move)(home, there)
    open_in(there, monkeypatch)
    said = []
    mend_addresses(said.append)
    assert len(said) == 1 and "moved or copied" in said[0] and str(there) in said[0]
    mend_addresses(said.append)
    assert len(said) == 1
    assert not [one for one in locations() if "first" in one]
    client = mlflow.MlflowClient()
    for note in there.rglob("note.txt"):
        note.write_text("as it is")
    for run in runs[1:]:
        assert mlflow.artifacts.load_text(client.get_run(run).info.artifact_uri + "/note.txt") == "as it is"
    if how == "copied":  # the original has its own still
        open_in(home, monkeypatch)
        mend_addresses(said.append)
        assert len(said) == 1 and len([one for one in locations() if "first" in one]) == len(runs) + 2
        note = mlflow.MlflowClient().get_run(runs[1]).info.artifact_uri + "/note.txt"
        assert mlflow.artifacts.load_text(note) == "as it was"


def test_artifacts_that_were_always_elsewhere_stay_there(store, tmp_path, monkeypatch):
    home, _ = store
    client = mlflow.MlflowClient()
    away = tmp_path / "disk" / "mlartifacts"
    number = client.create_experiment("away", artifact_location=away.as_uri())
    run = client.create_run(number).info.run_id
    client.log_text(run, "on the disk", "note.txt")
    before = locations()
    mend_addresses(print)
    assert locations() == before
    shutil.move(home, tmp_path / "second")
    open_in(tmp_path / "second", monkeypatch)
    mend_addresses(print)
    assert client.get_run(run).info.artifact_uri.startswith(away.as_uri())
    assert len([one for one in locations() if "disk" in one]) == 2


def test_a_store_that_is_no_file_is_left_alone(tmp_path, monkeypatch):
    for uri in ("http://127.0.0.1:9", "sqlite:///none.db", "nonsense"):
        monkeypatch.chdir(tmp_path)
        mlflow.set_tracking_uri(uri)
        mend_addresses(pytest.fail)
    assert not list(tmp_path.iterdir())
