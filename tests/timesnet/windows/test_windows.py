import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timesnet.candle_factory import candle_frame
from timesnet.candles.clean import clean_candles
from timesnet.errors import DataError
from timesnet.windows.features import compute_features, look_back
from timesnet.windows.windows import Windows, as_slice, complete_windows

GENERATOR = np.random.default_rng(0)
VALUES = GENERATOR.normal(size=(200, 3)).astype(np.float32)
MARKS = GENERATOR.normal(size=(200, 2)).astype(np.float32)
WINDOWS = Windows(VALUES, MARKS, GENERATOR.permutation(np.arange(15, 190))[:90], 16)


def by_hand(windows, future=0):
    return np.stack([windows.values[end - windows.seq_len + 1 : end + 1 + future] for end in windows.ends])


def test_a_batch_is_what_slices_give():
    index = np.array([5, 0, 17, 17])
    x, marks = WINDOWS.batch(index)
    assert x.dtype == torch.float32 and x.shape == (4, 16, 3) and marks.shape == (4, 16, 2)
    assert np.array_equal(x, by_hand(WINDOWS)[index])
    future, _ = WINDOWS.batch(index, future=4)
    assert np.array_equal(future, by_hand(WINDOWS, future=4)[index])


@pytest.mark.parametrize("batch_size", [1, 7, 90, 4096])
def test_batches_hold_every_window_once_in_order(batch_size):
    batches = list(WINDOWS.batches(batch_size))
    assert np.array_equal(np.concatenate([x for x, _ in batches]), by_hand(WINDOWS))
    assert all(len(x) == len(marks) <= batch_size for x, marks in batches)


def test_selection_flat_view_and_statistics():
    chosen = WINDOWS.select(np.arange(0, 90, 3))
    cubes = by_hand(chosen)
    assert len(chosen) == 30 and chosen.values is WINDOWS.values
    assert np.array_equal(chosen.flattened(), cubes.reshape(30, -1))
    assert np.array_equal(chosen.last(), cubes[:, -1])
    statistics = np.concatenate([cubes.mean(1), cubes.std(1), cubes[:, -1]], axis=1)
    np.testing.assert_allclose(chosen.statistics(), statistics, rtol=1e-5, atol=1e-6)
    assert chosen.statistics().dtype == np.float32
    mask = np.zeros(90, dtype=bool)
    mask[::3] = True
    assert np.array_equal(WINDOWS.select(mask).ends, chosen.ends)


def test_rows_are_those_of_any_window():
    chosen = WINDOWS.select(np.arange(3))
    expected = sorted({row for end in chosen.ends for row in range(end - 15, end + 1)})
    assert chosen.rows().tolist() == expected


def test_no_windows_at_all():
    none = WINDOWS.select(np.zeros(0, dtype=int))
    assert len(none) == 0 and list(none.batches(8)) == [] and none.rows().tolist() == []
    assert none.flattened().shape == (0, 48) and none.statistics().shape == (0, 9)


def test_windows_without_marks():
    windows = Windows(VALUES, None, np.array([20]), 16)
    assert windows.batch(np.array([0]))[1] is None


def test_arrays_that_cannot_be_written_to_are_taken_without_a_warning(recwarn):
    frozen = VALUES.copy()
    frozen.flags.writeable = False
    Windows(frozen, None, np.array([20]), 16).batch(np.array([0]))
    assert not recwarn.list


def test_what_does_not_fit_is_refused_with_its_shape():
    with pytest.raises(DataError, match=r"rows 14 to 14 do not lie in values of shape \(200, 3\)"):
        Windows(VALUES, None, np.array([14]), 16)
    with pytest.raises(DataError, match=r"\(199, 2\) do not fit values of shape \(200, 3\)"):
        Windows(VALUES, MARKS[1:], np.array([20]), 16)
    with pytest.raises(DataError, match="4 candles after row 198 lie beyond"):
        Windows(VALUES, None, np.array([198]), 16).batch(np.array([0]), future=4)
    gap = VALUES.copy()
    gap[102:104] = np.nan
    with pytest.raises(DataError, match="cross a gap"):
        Windows(gap, None, np.array([100]), 16).batch(np.array([0]), future=4)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(1, 118), max_size=12), st.integers(4, 30), st.booleans())
def test_complete_windows_cross_no_gap_and_no_symbol_and_none_is_left_out(missing, seq_len, with_symbols):
    frame = candle_frame(120, symbol="A" if with_symbols else None).drop(index=sorted(missing))
    if with_symbols:
        frame = pd.concat([frame, candle_frame(50, symbol="B", seed=1)])
    candles, _ = clean_candles(frame)
    ends = complete_windows(candles, seq_len, look_back())
    values = compute_features(candles)
    expected = []
    for end in range(seq_len - 1, len(candles)):
        rows = slice(end - seq_len + 1, end + 1)
        one_run = len(np.unique(candles.segment[rows])) == 1
        if one_run and np.isfinite(values[rows]).all():
            expected.append(end)
    assert ends.tolist() == expected and ends.dtype == np.int64
    for end in ends:
        rows = candles.frame.iloc[end - seq_len + 1 : end + 1]
        assert rows["symbol"].nunique() == 1
        assert (rows["date"].diff().dropna() == candles.interval).all()


def test_the_shortest_frame_that_holds_a_window():
    for length, expected in ((49, []), (50, [49]), (51, [49, 50])):
        candles, _ = clean_candles(candle_frame(length))
        assert complete_windows(candles, 48, look_back()).tolist() == expected


@given(
    st.lists(st.integers(-5, 9), max_size=6)
    | st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda at: range(*at))
)
def test_places_as_a_slice_are_the_same_places(places):
    values, index = np.arange(10), np.array(places, dtype=np.int64)
    found = values[as_slice(index)]
    assert found.tolist() == values[index].tolist()
    in_a_row = len(index) and index[0] >= 0 and (np.diff(index) == 1).all()
    assert np.shares_memory(found, values) == bool(in_a_row)
    mask = np.isin(values, index)
    assert as_slice(mask) is mask
