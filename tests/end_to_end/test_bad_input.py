"""Bad input ends with one line that names it, exit code 2 and nothing half-written."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from study.cli import main

from .candle_files import candle_file
from .conftest import copy_project


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Runs a command in an empty folder with a store of its own; returns the one line of its error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")

    def run(name, *parameters):
        words = [word for p in parameters for word in (f"--{p.split('=')[0]}", p.split("=")[1])]
        assert main([name, *words]) == 2
        (line,) = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
        assert line.startswith("error: ")
        assert not (tmp_path / "studies").exists()
        assert not list(tmp_path.rglob("*.part"))
        return line

    return run


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (["data=nowhere.csv"], ["nowhere.csv"]),
        (["data=btc-15mins"], ["btc-15mins", "btc-15min"]),
        (["label=volatilty"], ["volatilty", "volatility"]),
        (["metric=acu"], ["acu", "auc"]),
        (["trials=0"], ["trials"]),
        (["trials=x"], ["trials", "x"]),
        (["seq_len=3"], ["seq_len"]),
        (["wrong=1"], ["wrong"]),
        (["space=none.yaml"], ["none.yaml"]),
        (["data=https://u:word@host/c.csv"], ["data='https://***@host/c.csv'", "download it"]),
        (["seq_len=99999999999"], ["seq_len=99999999999: there are 8,6"]),
        (["horizon=99999999999"], ["horizon=99999999999: there are"]),
    ],
)
def test_bad_parameters_end_with_one_line_and_code_2(command, parameters, words):
    line = command("study", *parameters)
    for word in words:
        assert word in line


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop(columns="close"), ["close"]),
        (lambda f: f.head(0), ["candles.csv"]),
        (lambda f: f.assign(date="soon"), ["date"]),
        (lambda f: f.head(150), ["need", "candles", "150"]),
        (lambda f: f.assign(high=1.0, low=1.0, open=1.0, close=1.0), ["class"]),
        (lambda f: f.assign(close=f["close"].where(f.index != 7)), ["close"]),
        (lambda f: f.assign(high=f["high"].where(f.index != 7, np.inf)), ["high"]),
        (
            lambda f: f.astype({"open": object}).assign(open=lambda g: g["open"].where(g.index != 7, "much")),
            ["much"],
        ),
        (
            lambda f: f.assign(
                date=[*f["date"][:600], *pd.date_range("2024-03-01", periods=600, freq="15min", tz="UTC")]
            ),
            ["interval"],
        ),
    ],
)
def test_bad_candles_end_with_one_line_and_code_2(command, tmp_path, change, words):
    candle_file(tmp_path, change)
    line = command("study", "data=candles.csv", "trials=1")
    for word in words:
        assert word in line


@pytest.mark.parametrize("model", ["http://127.0.0.1:5000/#/models/x", "HTTPS://u:word@host/x", "http:x"])
def test_a_page_given_for_a_model_is_one_line(command, model):
    line = command("extract", f"model={model}")
    assert "a page of a server is no model; give models:/NAME@ALIAS" in line and "word" not in line


def test_a_model_that_is_not_registered_is_one_line(command, tmp_path):
    line = command("extract", "model=models:/nobody@champion", "output=out.parquet")
    assert "nobody" in line
    assert not (tmp_path / "out.parquet").exists()


def test_the_process_itself_ends_with_code_2_and_no_traceback(tmp_path):
    project = copy_project(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "study", "study", "--label", "volatilty"],
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "did you mean 'volatility'" in done.stderr
