"""Windows divided into periods of time: nothing shared, nothing of the future."""

from itertools import pairwise

import numpy as np
import pytest

from study.configuration import StudyConfiguration
from study.data.candles import expanding_periods, in_period
from study.data.prepare import prepare
from study.errors import StudyError
from tests.timesnet.candle_factory import candle_frame

SEQ_LEN, HORIZON, NUMBER = 8, 3, 3
NUMBERS = ["open", "high", "low", "close", "volume"]


def prepared(frame, folder):
    path = folder / "candles.csv"
    frame.to_csv(path, index=False)
    return prepare(StudyConfiguration(data=str(path), seq_len=SEQ_LEN, horizon=HORIZON))


def test_periods_follow_each_other_and_no_candle_serves_two_of_their_parts(tmp_path):
    data = prepared(candle_frame(900), tmp_path)
    found = expanding_periods(data, NUMBER)
    assert len(found) == NUMBER
    before, ends = data.splits.purge - HORIZON, data.windows.ends
    for splits in found:
        for name, later in pairwise(("fit", "tune", "select")):
            last, first = ends[getattr(splits, name)].max(), ends[getattr(splits, later)].min()
            assert last + HORIZON + 1 == first - before, "a candle is shared, or one is wasted"
        assert splits.fit[0] == 0 and len(splits.test) == 0
    for earlier, later in pairwise(found):
        assert earlier.select[-1] + 1 == later.select[0]
        assert len(later.fit) > len(earlier.fit)
    assert found[-1].select[-1] == len(ends) - 1
    sizes = [len(splits.select) for splits in found]
    assert max(sizes) - min(sizes) <= 1


def test_what_comes_after_a_period_changes_nothing_of_it(tmp_path):
    frame = candle_frame(900)
    data = prepared(frame, tmp_path)
    splits = expanding_periods(data, NUMBER)[0]
    one = in_period(data, splits)
    rows = np.concatenate([splits.fit, splits.tune, splits.select])
    after = int(data.windows.ends[splits.select[-1]]) + HORIZON + 1
    frame.loc[after:, NUMBERS] = candle_frame(900, seed=5).loc[after:, NUMBERS]
    changed = prepared(frame, tmp_path)
    other = in_period(changed, expanding_periods(changed, NUMBER)[0])
    assert data.thresholds != changed.thresholds, "the study itself learns from later candles than the period"
    assert one.thresholds == other.thresholds
    assert np.array_equal(one.labels[rows], other.labels[rows])
    np.testing.assert_allclose(one.windows.batch(rows)[0], other.windows.batch(rows)[0], atol=1e-4)
    np.testing.assert_allclose(one.scaler.mean, other.scaler.mean, rtol=1e-4, atol=1e-7)


def test_values_are_scaled_by_the_periods_own_fit(tmp_path):
    data = prepared(candle_frame(900), tmp_path)
    splits = expanding_periods(data, NUMBER)[1]
    one = in_period(data, splits)
    rows = one.windows.values[one.windows.select(splits.fit).rows()]
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-3)
    raw = data.windows.values * data.scaler.scale + data.scaler.mean
    np.testing.assert_allclose(
        one.windows.values * one.scaler.scale + one.scaler.mean, raw, rtol=1e-3, atol=1e-4
    )


def test_too_many_periods_and_windows_without_time_are_refused(tmp_path):
    data = prepared(candle_frame(900), tmp_path)
    with pytest.raises(StudyError, match=r"periods=10000 needs 300,030 windows at least"):
        expanding_periods(data, 10_000)
    with pytest.raises(StudyError, match=r"periods=20: period 1 leaves \d+ windows for .*fewer periods"):
        expanding_periods(data, 20)
    with pytest.raises(StudyError, match=r"periods=4.*'uea:GunPoint' does not know"):
        StudyConfiguration(data="uea:GunPoint", periods=4)
    for words in ({"periods": 4}, {"seeds": 3}):
        with pytest.raises(StudyError, match="is not trained here"):
            StudyConfiguration(checkpoint="x.pth", **words)
