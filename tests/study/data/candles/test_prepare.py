from itertools import pairwise

import numpy as np
import pytest

from study.configuration import LABELS, StudyConfiguration
from study.data.prepare import prepare
from study.data.splits import SPLIT_NAMES
from tests.timesnet.candle_factory import candle_frame
from timesnet import FEATURES
from timesnet.windows.features import LOOK_BACK

SEQ_LEN, HORIZON = 8, 3


def prepared(frame, folder, **words):
    path = folder / "candles.csv"
    frame.to_csv(path, index=False)
    return prepare(StudyConfiguration(data=str(path), seq_len=SEQ_LEN, horizon=HORIZON, **words))


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("features", [",".join(FEATURES), "log_range", "close,high", "volume"])
def test_no_candle_serves_two_splits(tmp_path, label, features):
    data = prepared(candle_frame(700), tmp_path, label=label, features=features)
    before = SEQ_LEN - 1 + max(LOOK_BACK[name] for name in features.split(","))
    assert data.splits.purge == before + HORIZON
    for name, later in pairwise(SPLIT_NAMES):
        last = data.windows.ends[getattr(data.splits, name)].max() + HORIZON
        first = data.windows.ends[getattr(data.splits, later)].min() - before
        assert last + 1 == first, "a candle is shared, or one is wasted"
        dates = data.candles.frame["date"]
        assert data.splits.boundaries[name]["last_candle"] == dates[last]
        assert data.splits.boundaries[later]["first_candle"] == dates[first]


def test_candles_of_the_next_split_change_nothing_of_this_one(tmp_path):
    frame = candle_frame(700)
    data = prepared(frame, tmp_path)
    start = int(np.flatnonzero(frame["date"] == data.splits.boundaries["tune"]["first_candle"])[0])
    numbers = ["open", "high", "low", "close", "volume"]
    frame.loc[start:, numbers] = candle_frame(700, seed=5).loc[start:, numbers]
    other = prepared(frame, tmp_path)
    fit = data.splits.fit
    assert np.array_equal(fit, other.splits.fit) and data.thresholds == other.thresholds
    assert np.array_equal(data.labels[fit], other.labels[fit])
    assert np.array_equal(data.windows.batch(fit)[0], other.windows.batch(fit)[0])
    # Nor the other way round: what comes after the fit split is a function of its own candles, but for the scaler.
    frame = candle_frame(700)
    frame.loc[: start - 1, numbers] = candle_frame(700, seed=7).loc[: start - 1, numbers]
    third = prepared(frame, tmp_path)
    rows = np.concatenate([getattr(data.splits, name) for name in SPLIT_NAMES[1:]])
    unscaled = [
        each.windows.batch(rows)[0].numpy() * each.scaler.scale + each.scaler.mean for each in (data, third)
    ]
    np.testing.assert_allclose(*unscaled, rtol=1e-4, atol=1e-5)
