"""A whole study that is decided by the mean over several labels, from its parameters to the registered winner."""

import mlflow
import numpy as np
import pandas as pd
import pytest

from study.configuration import StudyConfiguration
from study.errors import StudyError
from study.lifecycle.run_study import run_study
from tests.study.report.conftest import SPACE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mean")
    dates = pd.date_range("2024-01-01", periods=700, freq="h", tz="UTC")
    rng = np.random.default_rng(0)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, len(dates))))
    reach = 1 + 0.01 * rng.random(len(dates))
    frame = pd.DataFrame(
        {"date": dates, "open": close, "high": close * reach, "low": close / reach, "close": close}
    )
    frame.assign(volume=rng.random(len(dates))).to_csv(folder / "candles.csv", index=False)
    (folder / "space.yaml").write_text(SPACE)
    return folder


def asked(**words):
    return StudyConfiguration(
        **{
            "data": "candles.csv",
            "seq_len": 8,
            "horizon": 2,
            "trials": 1,
            "workers": 1,
            "space": "space.yaml",
            "metric": "mean",
            "also": "direction:1",
            "pretrain": "none",
            "max_probe_windows": 300,
            **words,
        }
    )


@pytest.fixture(scope="module")
def conclusion(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        for name in ("MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_NAME"):
            patch.setenv(name, "")
            patch.delenv(name)
        found = run_study(asked())
        with pytest.raises(StudyError, match="also"):
            run_study(asked(also="volume:2", name=found.study.name, trials=2))
        yield found
    mlflow.set_tracking_uri(None)


def test_what_is_said_names_what_was_averaged(conclusion):
    answer = str(conclusion.answer)
    assert "on average over 2 labels (volatility 2 and direction 1)" in answer
    said = conclusion.outcome.headline()
    assert "test mean auc 0." in said and said.endswith("averaged over volatility 2 and direction 1")


def test_scores_are_means_and_the_winner_is_the_best_of_them(conclusion):
    outcome = conclusion.outcome
    best = max(one.scores["mean"] for one in conclusion.records[0].candidates if not one.predicts)
    assert outcome.select.value == pytest.approx(best) and outcome.winner.scores["mean"] == best
    assert conclusion.opened.probability.shape == (len(conclusion.data.probed.test), 2)


def test_it_is_registered_with_neighbours_of_its_own_label(conclusion, folder):
    client = mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db")
    version = client.get_model_version(conclusion.configuration.model_name, conclusion.version)
    assert version.tags["metric"] == "mean"
    model = mlflow.pyfunc.load_model(conclusion.load_uri)
    candles = pd.read_csv(folder / "candles.csv", parse_dates=["date"])
    nearest = model.predict(candles.tail(40), params={"neighbours": 2})
    assert {"share_calm", "share_volatile"} <= set(nearest.columns)
