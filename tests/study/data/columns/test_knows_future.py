"""A table beside the candles that holds what comes next is found out."""

import numpy as np
import pandas as pd
import pytest

from study.configuration import StudyConfiguration
from study.data.prepare import prepare
from tests.timesnet.candle_factory import candle_frame

N = 500


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("candles")
    candle_frame(N, freq="h").to_csv(folder / "candles.csv", index=False)
    return folder


def leak_of(folder, every=1, **columns):
    frame = candle_frame(N, freq="h")
    close = frame["close"].to_numpy()
    made = {name: make(close) for name, make in columns.items()}
    table = pd.DataFrame({"at": frame["date"] + pd.Timedelta(minutes=5), **made}).iloc[::every]
    table.to_parquet(folder / "news.parquet")
    asked = StudyConfiguration(
        data=str(folder / "candles.csv"),
        label="direction",
        seq_len=8,
        horizon=2,
        beside=str(folder / "news.parquet"),
        on="at",
    )
    return prepare(asked).table.leak


def noise(close):
    return np.random.default_rng(0).normal(size=len(close))


def next_return(close):
    return np.append(100 * (close[1:] / close[:-1] - 1), 0.0).round(3)


def rises(close):
    return np.append(close[2:] > close[:-2], [False, False]).astype(float) + 1e-3 * noise(close)


@pytest.mark.parametrize("every", [1, 3])
def test_a_return_to_come_and_the_label_are_named(folder, every):
    said = leak_of(folder, every, sentiment=noise, after=next_return, score=rises)
    assert said.startswith("news.parquet knows the future: 'after' is the return of the next row")
    assert "'score' is by itself the label" in said and "sentiment" not in said


def test_what_is_known_is_not_suspected(folder):
    assert leak_of(folder, sentiment=noise, before=lambda close: np.append(0.0, np.diff(close))) == ""
