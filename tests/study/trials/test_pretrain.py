"""Learning from other candles first: refused where they are as new as what the study chooses and tests on."""

import numpy as np
import pandas as pd
import pytest

from study.configuration import StudyConfiguration
from study.data.candles import prepare_candles
from study.errors import StudyError
from study.trials import pretrain
from study.trials.evaluate import evaluate_job
from study.trials.pretrain import given_weights
from tests.study.small_trial import job
from tests.timesnet.candle_factory import candle_frame

DAY = pd.Timedelta("1D")
SMALL = {"d_model": 4, "d_ff": 4, "e_layers": 1, "num_kernels": 2, "dropout": 0.0}


@pytest.fixture
def configuration(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrain, "SHAPE", SMALL)
    monkeypatch.setattr(pretrain, "EPOCHS", 1)
    candle_frame(500, freq="h").to_csv(tmp_path / "candles.csv", index=False)

    def configured(**parameters):
        return StudyConfiguration(data=str(tmp_path / "candles.csv"), seq_len=8, horizon=1, **parameters)

    return configured


def written(path, start):
    candle_frame(900, freq="h", start=start, seed=8).to_csv(path, index=False)
    return str(path)


def test_candles_that_reach_beyond_the_fit_split_are_refused(configuration, tmp_path):
    late = configuration(pretrain=written(tmp_path / "late.csv", "2021-09-20"))
    with pytest.raises(StudyError, match=r"late\.csv.* but the fit split ends with"):
        given_weights(late, prepare_candles(late), print)


def test_a_longer_candle_that_closes_after_the_fit_split_is_refused(configuration, tmp_path):
    asked = configuration()
    data = prepare_candles(asked)
    # The last week opens days before the end of the fit split, and knows days after it.
    last = data.splits.boundaries["fit"]["last_candle"].normalize() - 2 * DAY
    weeks = candle_frame(300, freq="7D", start=f"{last - 299 * 7 * DAY:%Y-%m-%d}", seed=8)
    assert weeks["date"].iloc[-1] == last
    weeks.to_csv(tmp_path / "weeks.csv", index=False)
    with pytest.raises(
        StudyError, match=r"weeks\.csv.*, of 7 days, but the fit split ends with .*, of 1 hour"
    ):
        given_weights(configuration(pretrain=str(tmp_path / "weeks.csv")), data, print)


def test_a_trial_starts_from_what_was_learnt_and_others_do_not(configuration, tmp_path):
    asked = configuration(pretrain=written(tmp_path / "early.csv", "2021-08-01"))
    data = prepare_candles(asked, inputs=("candle", "candle+calendar"), outcomes=True)
    said = []
    weights = given_weights(asked, data, said.append)
    assert weights is not None and weights.shape["d_model"] == 4 and "early.csv" in said[0]
    object.__setattr__(data, "pretrained", weights)
    changes = {"task_name": "outcomes", "inputs": "candle+calendar", "learning_rate": 1e-7}
    started = evaluate_job(
        job(start="pretrained", **changes), data, metric="auc", report=lambda *_: False
    ).model
    drawn = evaluate_job(job(**changes), data, metric="auc", report=lambda *_: False).model
    name = "enc_embedding.value_embedding.tokenConv.weight"
    learnt = weights.weights[name][:, :12]
    assert np.abs(started.state_dict()[name][:, :12].numpy() - learnt).max() < 1e-4
    assert np.abs(drawn.state_dict()[name][:, :12].numpy() - learnt).max() > 1e-2


def test_what_the_project_brings_along_is_left_out_of_older_candles_and_of_none(configuration, tmp_path):
    data = prepare_candles(configuration())
    assert given_weights(configuration(pretrain="none"), data, print) is None
    assert given_weights(configuration(), data, print) is not None
    candle_frame(500, freq="h", start="2019-01-01").to_csv(tmp_path / "candles.csv", index=False)
    assert given_weights(configuration(), prepare_candles(configuration()), print) is None
