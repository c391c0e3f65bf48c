"""A study from Python: what comes back can be used, and the same call resumes."""

import mlflow
import numpy as np
import pandas as pd
import pytest

from study import run
from study.errors import StudyError
from study.lifecycle.notebook import _keep
from tests.timesnet.candle_factory import candle_frame
from timesnet import read_candles

SPACE = """
task_name: imputation
d_model: 4
d_ff: 4
e_layers: 1
top_k: 2
num_kernels: 1
dropout: 0.0
use_norm: true
pred_len: 1
learning_rate: 0.005
weight_decay: 0.01
batch_size: 128
train_epochs: 1
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for variable in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(variable, raising=False)
    mlflow.set_tracking_uri(None)
    (tmp_path / "space.yaml").write_text(SPACE)
    return tmp_path


def test_tables_as_yfinance_makes_them_are_kept_with_one_row_of_names(folder):
    one = candle_frame(60).set_index("date").rename(columns=str.title)
    for tickers, first in ((["AAPL"], 1), (["AAPL", "MSFT"], 1), (["AAPL", "MSFT"], 0)):
        table = pd.concat(dict.fromkeys(tickers, one), axis=1, names=["Ticker", "Price"])
        candles, quality = read_candles(_keep(table.swaplevel(axis=1) if first else table))
        assert quality.symbols == (tuple(tickers) if len(tickers) > 1 else ())
        for _, part in candles.frame.groupby("symbol", observed=True):
            np.testing.assert_array_equal(part["close"], one["Close"])
    with pytest.raises(StudyError, match="several rows of column names"):
        _keep(pd.concat({"x": table}, axis=1))


def test_tables_that_no_file_can_hold_are_one_line(folder):
    table = candle_frame(60)
    with pytest.raises(StudyError, match="column 'close' appears more than once"):
        _keep(pd.concat([table, table[["close"]]], axis=1))
    with pytest.raises(StudyError, match="can't be kept as a file"):
        _keep(table.assign(note=[{"a": 1}] * len(table)))


def test_a_table_is_studied_and_the_winner_embeds_it(folder, capsys):
    candles = candle_frame(700)
    asked = {"space": "space.yaml", "seq_len": 8, "horizon": 1, "trials": 1, "workers": "1", "name": "mine"}
    result = run(candles, **asked)
    assert result.verdict.splitlines()[0] in capsys.readouterr().out
    assert {"layer", "pooling", "select_auc"} <= set(result.leaderboard.columns)
    assert result.leaderboard["select_auc"].is_monotonic_decreasing
    vectors = result.embedder.predict(candles)
    assert len(vectors) and np.isfinite(vectors.filter(like="emb_").to_numpy()).all()
    assert result.report.read_text(encoding="utf-8").startswith("<!")
    again = run(candles, **asked)
    assert "were finished by an earlier call" in capsys.readouterr().out
    pd.testing.assert_frame_equal(again.leaderboard, result.leaderboard)


def test_mistakes_are_named(folder):
    with pytest.raises(StudyError, match="unknown parameter 'lable': did you mean 'label'"):
        run("btc-15min", lable="direction")
    with pytest.raises(StudyError, match="empty table"):
        run(pd.DataFrame())
