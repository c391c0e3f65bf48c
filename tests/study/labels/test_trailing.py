"""Thresholds that follow the level: what was known then, by brute force, and classes near halves while it drifts."""

import numpy as np
import pandas as pd
import pytest

from study.configuration import LABELS, StudyConfiguration
from study.data.candles import prepare_candles
from study.errors import StudyError
from study.labels.label_kinds import outcomes, parse_label
from study.labels.trailing import TRAILING_OUTCOMES, trailing_thresholds
from tests.timesnet.candle_factory import candle_frame
from timesnet.candles.clean import clean_candles

HORIZON = 3


def of_kind(kind):
    return parse_label(kind=kind, horizon=HORIZON, threshold="trailing")


def test_it_is_the_median_of_the_last_outcomes_that_were_known():
    frame = pd.concat(
        [candle_frame(400, symbol="A").drop(index=[310, 311]), candle_frame(300, seed=1, symbol="B")]
    )
    candles, _ = clean_candles(frame)
    found = outcomes(candles, np.arange(len(candles)), of_kind("volatility"))
    cuts = trailing_thresholds(candles, of_kind("volatility"))
    symbols = candles.frame["symbol"].astype(str).to_numpy()
    for row in range(0, len(candles), 11):
        known = np.arange(max(0, row - HORIZON + 1))
        past = found[known][symbols[known] == symbols[row]]
        past = past[~np.isnan(past)]
        if len(past) < TRAILING_OUTCOMES:
            assert np.isnan(cuts[row]).all()
        else:
            assert cuts[row, 0] == pytest.approx(np.median(past[-TRAILING_OUTCOMES:]))


@pytest.mark.parametrize("kind", LABELS)
def test_other_candles_after_a_window_change_no_threshold_of_it(kind):
    frame = candle_frame(400)
    whole = trailing_thresholds(clean_candles(frame)[0], of_kind(kind))
    changed = pd.concat([frame[:350], candle_frame(400, seed=4)[350:]])
    np.testing.assert_array_equal(
        trailing_thresholds(clean_candles(changed)[0], of_kind(kind))[:350], whole[:350]
    )
    assert np.isfinite(whole[300]).all()


def test_classes_stay_near_halves_while_the_level_drifts(tmp_path):
    frame = candle_frame(3000, freq="h")
    wider = np.exp(np.linspace(0, 1.5, len(frame)))
    middle = (frame["high"] + frame["low"]) / 2
    for column in ("open", "high", "low", "close"):
        frame[column] = middle + (frame[column] - middle) * wider
    frame.to_csv(tmp_path / "drift.csv", index=False)

    def shares(threshold):
        configuration = StudyConfiguration(
            data=str(tmp_path / "drift.csv"), seq_len=8, horizon=2, threshold=threshold
        )
        data = prepare_candles(configuration)
        return np.array([data.class_shares(split)[1] for split in data.split_rows]), data

    fixed, _ = shares("median")
    trailing, data = shares("trailing")
    assert fixed[-1] > 0.8
    assert np.abs(trailing - 0.5).max() < 0.2
    assert str(TRAILING_OUTCOMES) in data.source.label_text


def test_each_symbol_follows_its_own_so_that_asking_for_that_is_refused(tmp_path):
    frames = [candle_frame(400, seed=seed, symbol=name) for seed, name in enumerate("AB")]
    pd.concat(frames).to_csv(tmp_path / "two.csv", index=False)
    configuration = StudyConfiguration(
        data=str(tmp_path / "two.csv"), seq_len=8, threshold="trailing", threshold_by="symbol"
    )
    with pytest.raises(StudyError, match="threshold_by='symbol' says nothing new"):
        prepare_candles(configuration)
