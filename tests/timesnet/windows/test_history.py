"""Averages over more candles than a window: by brute force, across gaps, and the same wherever the data begin."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timesnet.candle_factory import candle_frame
from timesnet.candles.clean import clean_candles
from timesnet.errors import ConfigError
from timesnet.windows.features import FEATURES, compute_features, look_back
from timesnet.windows.history import HISTORY, history_up_to, span_of
from timesnet.windows.windows import complete_windows

NAMES = history_up_to(16)
INTERVAL = pd.Timedelta("15min")


def with_gaps(frame, gaps):
    return frame.drop(index=[row for start, length in gaps for row in range(start, start + length)])


def by_hand(frame, row, name):
    """From the definition: the candles there are among the last N places of the grid."""
    now = frame.loc[row]
    span = span_of(name)
    there = frame[(frame["date"] > now["date"] - span * INTERVAL) & (frame["date"] <= now["date"])]
    if frame["date"].min() > now["date"] - (span - 1) * INTERVAL:
        return np.nan
    if name.startswith("log_range"):
        return np.log(np.log(there["high"] / there["low"]) + 1e-4).mean()
    mean = there["volume"].mean()
    return now["volume"] / (now["volume"] + mean) if now["volume"] + mean else 0.0


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 9),
    gaps=st.lists(st.tuples(st.integers(5, 140), st.integers(1, 30)), max_size=3),
)
def test_each_is_what_its_definition_says_over_gaps_too(seed, gaps):
    frame = with_gaps(candle_frame(180, seed=seed), set())
    frame = frame.drop(index=sorted({row for start, length in gaps for row in range(start, start + length)}))
    candles, _ = clean_candles(frame, interval=INTERVAL)
    values = compute_features(candles, NAMES)
    frame = frame.reset_index(drop=True)
    for row in range(0, len(frame), 7):
        np.testing.assert_allclose(
            values[row], [by_hand(frame, row, name) for name in NAMES], rtol=1e-5, atol=1e-6
        )


def test_a_truncated_future_changes_nothing_and_an_earlier_past_nothing_that_was_defined():
    frame = with_gaps(candle_frame(300), [(120, 9)])
    whole = compute_features(clean_candles(frame)[0], NAMES)
    early = compute_features(clean_candles(frame[:200])[0], NAMES)
    late = compute_features(clean_candles(frame[60:], interval=INTERVAL)[0], NAMES)
    assert np.array_equal(early, whole[:200], equal_nan=True)
    defined = np.isfinite(late)
    assert defined.all(axis=1)[look_back(NAMES) :].all()
    np.testing.assert_allclose(late[defined], whole[60:][defined], rtol=1e-5, atol=1e-6)


def test_large_numbers_before_the_last_candles_leave_no_trace():
    """Such as volumes in another unit."""
    frame = candle_frame(300, zero_volumes=0)
    frame.loc[:149, "volume"] *= 1e15
    whole = compute_features(clean_candles(frame)[0], NAMES)
    late = compute_features(clean_candles(frame[150:])[0], NAMES)
    assert np.array_equal(late[look_back(NAMES) :], whole[150 + look_back(NAMES) :])


def test_symbols_know_nothing_of_each_other():
    frames = [candle_frame(80, seed=seed, symbol=name) for seed, name in enumerate("AB")]
    both = compute_features(clean_candles(pd.concat(frames))[0], NAMES)
    alone = [compute_features(clean_candles(frame)[0], NAMES) for frame in frames]
    np.testing.assert_allclose(both, np.concatenate(alone), rtol=1e-6)


def test_a_gap_shortens_an_average_and_erases_no_window_that_its_features_alone_would_leave():
    candles, _ = clean_candles(with_gaps(candle_frame(200), [(100, 5)]))
    usual = complete_windows(candles, 8, look_back(FEATURES))
    ends = complete_windows(candles, 8, look_back(FEATURES), look_back(NAMES))
    assert look_back(NAMES) == 15
    assert np.array_equal(ends, usual[usual >= 15 + 8 - 1])
    values = compute_features(candles, (*FEATURES, *NAMES))
    assert np.isfinite(values[ends[:, None] - np.arange(8)]).all()


def test_an_unknown_name_is_refused():
    candles, _ = clean_candles(candle_frame(20))
    with pytest.raises(ConfigError, match="log_range_5"):
        compute_features(candles, ("log_range_5",))
    assert set(HISTORY) >= set(NAMES)
