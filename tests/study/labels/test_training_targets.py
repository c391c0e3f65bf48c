"""What the task `outcomes` learns: by its formulas, never from beyond a split, never from a changed past."""

import numpy as np
import pandas as pd
import pytest

from study.labels.label_kinds import outcomes, parse_label
from study.labels.training_targets import CLIP, outcome_targets
from tests.timesnet.candle_factory import candle_frame
from timesnet.candles.clean import clean_candles
from timesnet.windows.windows import complete_windows

SEQ_LEN, HORIZON = 8, 4
SPEC = parse_label(kind="volatility", horizon=HORIZON)


def targets_of(frame, spec=SPEC, ends=None, fit=None, tune=None):
    candles, _ = clean_candles(frame)
    ends = complete_windows(candles, SEQ_LEN, 2) if ends is None else ends
    fit = np.arange(100) if fit is None else fit
    tune = np.arange(130, 170) if tune is None else tune
    return candles, ends, outcome_targets(candles, ends, spec, seq_len=SEQ_LEN, fit=fit, tune=tune)


def test_each_orders_windows_as_its_formula_does():
    candles, ends, found = targets_of(candle_frame(250, zero_volumes=0.0))
    frame, fit = candles.frame, np.arange(80)
    by_hand = {
        "log_range_4": outcomes(candles, ends[fit], SPEC),
        "return_4": outcomes(candles, ends[fit], parse_label(kind="direction", horizon=4))
        / [np.log(frame["close"][end - 7 : end + 1]).diff().std() for end in ends[fit]],
        "log_volume_4": [
            frame["volume"][end + 1 : end + 5].mean() / frame["volume"][end - 7 : end + 1].mean()
            for end in ends[fit]
        ],
        "log_volatility_16": [
            np.square(np.log(frame["close"]).diff()[end + 1 : end + 17]).sum() for end in ends[fit]
        ],
    }
    for name, expected in by_hand.items():
        column = found.values[fit, found.names.index(name)]
        inside = np.abs(column) < CLIP
        assert np.array_equal(np.argsort(column[inside]), np.argsort(np.asarray(expected)[inside])), name


def test_they_are_standardised_over_fit_and_clipped():
    _, _, found = targets_of(candle_frame(250))
    learnt = found.values[:100]
    assert np.nanmax(np.abs(learnt)) <= CLIP
    np.testing.assert_allclose(np.nanmean(learnt, axis=0), 0, atol=0.1)
    np.testing.assert_allclose(np.nanstd(learnt, axis=0), 1, atol=0.25)


def test_no_target_knows_more_of_the_market_than_its_split_s_last_label():
    frame = candle_frame(250)
    _, ends, found = targets_of(frame)
    for last in (99, 169):
        reach = {name: int(name.rpartition("_")[2]) for name in found.names}
        for back in range(20):
            known = np.isfinite(found.values[last - back])
            assert known.tolist() == [horizon <= HORIZON + back for horizon in reach.values()]
    assert np.isnan(found.values[100:130]).all() and np.isnan(found.values[170:]).all()
    # Other candles after the last fit label change nothing that is learnt.
    until = ends[99] + HORIZON + 1
    other = pd.concat([frame[:until], candle_frame(250, seed=3)[until:]])
    np.testing.assert_array_equal(targets_of(other)[2].values[:100], found.values[:100])


def test_a_gap_leaves_targets_out_and_no_window():
    frame = candle_frame(250).drop(index=[60])
    _, ends, found = targets_of(frame)
    last = int(np.flatnonzero(ends == 59)[0])
    known = dict(zip(found.names, np.isfinite(found.values[last - 4]), strict=True))
    assert known["log_range_4"] and not known["log_range_16"] and not known["log_volume_16"]


def test_the_unit_of_one_symbols_volumes_changes_nothing_of_another():
    frames = [candle_frame(300, seed=seed).assign(symbol=name) for seed, name in enumerate("AB")]
    tune = np.arange(350, 390)
    fit = np.concatenate([np.arange(60), np.arange(290, 350)])
    plain, other = (
        targets_of(
            pd.concat([frames[0], frames[1].assign(volume=frames[1]["volume"] * by)]), fit=fit, tune=tune
        )
        for by in (1e-9, 1.0)
    )
    np.testing.assert_allclose(other[2].values[fit], plain[2].values[fit], rtol=1e-4, atol=1e-4)


def test_symbols_that_lie_far_apart_in_the_table_are_told_as_if_each_were_alone(monkeypatch):
    frames = [candle_frame(300, seed=seed).assign(symbol=name) for seed, name in enumerate("AB")]
    both, _ = clean_candles(pd.concat(frames))
    ends = complete_windows(both, SEQ_LEN, 2)
    # In order of date, as a study's windows are, and in pieces that cut both symbols.
    ends = ends[np.argsort(both.frame["date"].to_numpy()[ends], kind="stable")]
    monkeypatch.setitem(outcome_targets.__globals__, "_CHUNK", 64)
    rows = {"fit": np.arange(300), "tune": np.arange(320, 480)}
    _, _, found = targets_of(pd.concat(frames), ends=ends, **rows)
    monkeypatch.undo()
    _, _, at_once = targets_of(pd.concat(frames), ends=ends, **rows)
    np.testing.assert_allclose(found.values, at_once.values, rtol=1e-5, atol=1e-6)
    returns = found.values[:300, found.names.index("return_4")]
    for start, stop in ((0, 300), (300, 600)):
        close = both.frame["close"].to_numpy()[start:stop]
        own = (ends[:300] >= start) & (ends[:300] < stop)
        last = ends[:300][own] - start
        steps = np.diff(np.log(close))
        by_hand = [np.log(close[o + 4] / close[o]) / steps[o - 7 : o].std() for o in last]
        inside = np.abs(returns[own]) < CLIP
        slope, offset = np.polyfit(np.asarray(by_hand)[inside], returns[own][inside], 1)
        np.testing.assert_allclose(
            slope * np.asarray(by_hand)[inside] + offset, returns[own][inside], atol=1e-4
        )


@pytest.mark.parametrize(
    ("kind", "own"), [("volatility", "log_range_6"), ("direction", "return_6"), ("volume", "log_volume_6")]
)
def test_transfer_leaves_out_what_the_label_is_made_of(kind, own):
    _, _, found = targets_of(candle_frame(250), parse_label(kind=kind, horizon=6))
    assert own in found.names and len(found.weights) == len(found.names) == found.values.shape[1]
    left = [found.names[place] for place in found.columns(transfer=True)]
    assert left == [name for name in found.names if name != own]
    assert len(found.columns(transfer=False)) == len(found.names)
