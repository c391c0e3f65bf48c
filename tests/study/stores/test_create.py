"""A store that is cut off while it is made is not there at all."""

import os
import signal
import subprocess
import sys
import time

import mlflow
import pytest

from study.stores.create import make_storage_whole, make_store_whole

MAKE = "import sys; from study.stores.create import make_store_whole; make_store_whole(sys.argv[1])"


def test_a_new_store_is_whole_and_alone(tmp_path):
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    make_store_whole(uri)
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db"]
    before = (tmp_path / "mlflow.db").read_bytes()
    assert [e.name for e in mlflow.MlflowClient(tracking_uri=uri).search_experiments()] == ["Default"]
    make_store_whole(uri)
    assert (tmp_path / "mlflow.db").read_bytes() == before


def test_the_folder_of_a_relative_address_may_have_any_name(tmp_path, monkeypatch):
    folder = tmp_path / "what? 100%41 #1"
    folder.mkdir()
    monkeypatch.chdir(folder)
    make_store_whole("sqlite:///mlflow.db")
    make_storage_whole("sqlite:///optuna.db")
    assert {path.name for path in folder.iterdir()} == {"mlflow.db", "optuna.db"}
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_a_kill_half_way_leaves_no_store(tmp_path):
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    child = subprocess.Popen([sys.executable, "-c", MAKE, uri], stderr=subprocess.DEVNULL)
    while not any(path.stat().st_size for path in tmp_path.rglob("mlflow.db") if path.exists()):
        time.sleep(0.001)
        assert child.poll() is None, "it was too quick to be killed"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "mlflow.db").exists()
    make_store_whole(uri)
    assert mlflow.MlflowClient(tracking_uri=uri).search_experiments()


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1:5000", "sqlite://", "sqlite:///nowhere/mlflow.db", "file:///x", "databricks", ""],
)
def test_other_stores_are_left_alone(tmp_path, monkeypatch, uri):
    monkeypatch.chdir(tmp_path)
    make_store_whole(uri)
    assert not list(tmp_path.iterdir())
