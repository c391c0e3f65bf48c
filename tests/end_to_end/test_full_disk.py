"""A disk that is full, a folder or an artifact store that is gone: one line, and the next call trusts nothing half."""

import subprocess
from contextlib import contextmanager

import mlflow
import optuna
import pytest

from study.cli import main

from .candle_files import candle_file
from .conftest import SMALL_SPACE


@pytest.fixture
def study(tmp_path, monkeypatch, capsys):
    """Runs a small study in the current folder; returns its exit code and the lines of its errors."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    candle_file(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL_SPACE)

    def run():
        words = ["--data", tmp_path / "candles.csv", "--space", tmp_path / "small.yaml", "--trials", "1"]
        code = main(["study", "--name", "s", *map(str, words)])
        errors = [line for line in capsys.readouterr().err.splitlines() if "error" in line.lower()]
        return code, errors

    return run


@contextmanager
def small_disk(folder, size):
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True
    ).returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def complaint(result):
    code, errors = result
    assert code == 2
    (line,) = errors
    assert line.startswith("error: ")
    return line


def test_a_full_disk_then_room_on_it(study, tmp_path, monkeypatch):
    with small_disk(tmp_path / "disk", "220k") as disk:
        monkeypatch.chdir(disk)
        # The artifacts are elsewhere: the study's own folder is what fills up.
        client = mlflow.MlflowClient()
        client.create_experiment("timesnet-layer-study", artifact_location=(tmp_path / "artifacts").as_uri())
        line = complaint(study())
        assert "No space left" in line or "disk is full" in line
        subprocess.run(["mount", "-o", "remount,size=50m", disk], check=True)
        assert study() == (0, [])
        trials = optuna.load_study(study_name="s", storage=f"sqlite:///{disk}/studies/s/optuna.db").trials
        assert [trial.state.name for trial in trials][-1] == "COMPLETE"
        assert sum(trial.state.name == "COMPLETE" for trial in trials) == 1
        experiment = client.get_experiment_by_name("timesnet-layer-study").experiment_id
        assert not client.search_runs([experiment], "status = 'RUNNING'")


def test_an_artifact_store_that_is_gone(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mlartifacts").write_text("in the way")
    line = complaint(study())
    assert "mlartifacts" in line and "same command" in line
    (tmp_path / "mlartifacts").unlink()
    assert study() == (0, [])


def test_a_folder_of_studies_that_can_not_be_made(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "studies").write_text("in the way")
    assert "studies" in complaint(study())
