"""Working on some candles at a time changes no number."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timesnet.candle_factory import candle_frame
from timesnet import FEATURES, Scaler, clean_candles, compute_features
from timesnet.candles.grid import _longest_runs
from timesnet.candles.table import CandleRows
from timesnet.windows import features, scaler
from timesnet.windows.time_marks import time_marks


@pytest.fixture
def small_pieces(monkeypatch):
    def cut(size):
        for module in (features, scaler, __import__("sys").modules["timesnet.windows.time_marks"]):
            monkeypatch.setattr(module, "_CHUNK", size)

    return cut


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_features_scaler_and_marks_do_not_depend_on_the_size_of_a_piece(small_pieces, size):
    frame = pd.concat(
        [candle_frame(90, symbol="A").drop(index=[20, 21, 55]), candle_frame(30, symbol="B", seed=1)]
    )
    candles, _ = clean_candles(frame)
    rows = np.flatnonzero(np.isfinite(compute_features(candles)).all(axis=1))

    def everything():
        values = compute_features(candles)
        fitted = Scaler.fit(values, rows)
        marks = [time_marks(candles.frame["date"], freq="t", embed=embed) for embed in ("timeF", "fixed")]
        return [values, fitted.mean, fitted.scale, fitted.transform(values), *marks]

    whole = everything()
    small_pieces(size)
    for one, other in zip(whole, everything(), strict=True):
        assert one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)


def test_chosen_features_are_the_columns_of_all():
    candles, _ = clean_candles(candle_frame(40))
    names = ("close", "open", "volume")
    chosen = compute_features(candles, names)
    columns = compute_features(candles)[:, [FEATURES.index(name) for name in names]]
    assert np.array_equal(chosen, columns, equal_nan=True)


def test_the_scaler_of_a_mask_is_that_of_its_rows():
    values = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    mask = np.arange(50) % 3 == 0
    one, other = Scaler.fit(values, mask), Scaler.fit(values, np.flatnonzero(mask))
    assert np.array_equal(one.mean, other.mean) and np.array_equal(one.scale, other.scale)
    assert np.array_equal(one.mean, values[mask].astype(np.float64).mean(axis=0))
    assert np.array_equal(one.scale, values[mask].astype(np.float64).std(axis=0))


@settings(max_examples=200)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=40).map(lambda steps: np.array(steps, dtype=np.int64))
)
def test_longest_runs_are_counted_by_hand(steps):
    values = np.unique(steps[steps > 0])
    longest = dict.fromkeys(values.tolist(), 0)
    for start in range(len(steps)):
        length = 1
        while start + length < len(steps) and steps[start + length] == steps[start]:
            length += 1
        if steps[start] > 0:
            longest[int(steps[start])] = max(longest[int(steps[start])], length)
    assert _longest_runs(steps, values).tolist() == [longest[value] for value in values.tolist()]


def test_a_mask_that_leaves_nothing_out_copies_nothing():
    rows = CandleRows(np.zeros(3, int), np.arange(3), np.ones((3, 5)), np.arange(3))
    assert rows.take(np.ones(3, dtype=bool)) is rows
    assert len(rows.take(np.array([True, False, True]))) == 2


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(24)), st.lists(st.integers(0, 23), max_size=4))
def test_rows_in_any_order_give_the_same_candles(order, repeated):
    frame = pd.concat([candle_frame(12, symbol="A"), candle_frame(12, symbol="B", seed=1)], ignore_index=True)
    twice = frame.iloc[repeated].assign(volume=-0.0)  # of two rows with one date the larger volume stays
    expected, _ = clean_candles(frame)
    shuffled, quality = clean_candles(pd.concat([frame.iloc[list(order)], twice], ignore_index=True))
    pd.testing.assert_frame_equal(shuffled.frame, expected.frame)
    assert quality.duplicates_dropped == len(repeated)
