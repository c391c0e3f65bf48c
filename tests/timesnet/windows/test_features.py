import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timesnet.candle_factory import candle_frame
from timesnet.candles.clean import clean_candles, read_candles
from timesnet.errors import DataError
from timesnet.windows.features import FEATURES, LOOK_BACK, compute_features, look_back


def features_of(frame):
    candles, _ = clean_candles(frame, interval=pd.Timedelta("15min"))
    return compute_features(candles)


@pytest.fixture(scope="module")
def bitcoin():
    candles, _ = read_candles("btc-15min")
    return candles, compute_features(candles)


def test_there_are_twelve_the_seed_s_among_them(bitcoin):
    assert len(FEATURES) == len(set(FEATURES)) == 12
    assert {"open", "high", "low", "close", "volume", "pre_return"} <= set(FEATURES)
    assert bitcoin[1].shape == (len(bitcoin[0]), 12) and bitcoin[1].dtype == np.float32


def test_they_are_undefined_in_the_warmup_of_each_segment_and_finite_elsewhere(bitcoin):
    candles, values = bitcoin
    place = pd.Series(candles.segment).groupby(candles.segment).cumcount()
    assert np.isnan(values[place < look_back()]).all()
    assert np.isfinite(values[place >= look_back()]).all()


def test_each_is_what_its_formula_says(bitcoin):
    candles, values = bitcoin
    frame = candles.frame
    for row in np.random.default_rng(0).choice(np.flatnonzero(np.isfinite(values[:, 0])), 50, replace=False):
        o, h, l, c, v = frame.loc[row, ["open", "high", "low", "close", "volume"]]  # noqa: E741
        before, earlier = frame.loc[row - 1], frame.loc[row - 2]
        mean_volume = (v + before["volume"] + earlier["volume"]) / 3
        expected = {
            "open": np.log(o / before["close"]),
            "high": np.log(h / before["close"]),
            "low": np.log(l / before["close"]),
            "close": np.log(c / before["close"]),
            "volume": v / (v + mean_volume) if mean_volume else 0.0,
            "pre_return": np.log(before["close"] / earlier["close"]),
            "log_range": np.log(np.log(h / l) + 1e-4),
            "absolute_return": abs(np.log(c / before["close"])),
            "close_position": (2 * c - h - l) / (h - l) if h > l else 0.0,
            "upper_shadow": np.log(h / max(o, c)),
            "lower_shadow": np.log(min(o, c) / l),
            "volume_change": (v - before["volume"]) / (v + before["volume"]) if v + before["volume"] else 0.0,
        }
        np.testing.assert_allclose(values[row], [expected[name] for name in FEATURES], rtol=1e-5, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 119), st.integers(0, 5), st.sets(st.integers(0, 119), max_size=15))
def test_the_future_changes_no_past_value(cut, seed, missing):
    frame = candle_frame(120, seed=seed).drop(index=sorted(missing - set(range(cut - 2, cut))))
    whole, _ = clean_candles(frame, interval=pd.Timedelta("15min"))
    past = frame[frame["date"] < frame["date"].iloc[0] + cut * pd.Timedelta("15min")]
    other = candle_frame(120, seed=seed + 100)
    changed = pd.concat([past, other[other["date"] > past["date"].max()]])
    values = compute_features(whole)[: len(past)]
    assert np.array_equal(features_of(past), values, equal_nan=True)
    assert np.array_equal(features_of(changed)[: len(past)], values, equal_nan=True)


def test_bitcoin_cut_off_anywhere_has_the_same_past(bitcoin):
    candles, values = bitcoin
    for cut in (3, 100, 2881, 5000, 8685):
        assert np.array_equal(features_of(candles.frame.iloc[:cut]), values[:cut], equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 110), st.integers(0, 5))
def test_a_file_that_starts_later_has_the_same_values(start, seed):
    frame = candle_frame(120, seed=seed)
    late = features_of(frame.iloc[start:])
    assert np.array_equal(late[look_back() :], features_of(frame)[start + look_back() :])


def test_prices_in_another_currency_and_volumes_in_another_unit_give_the_same_features():
    frame = candle_frame(120)
    priced = frame.copy()
    priced[["open", "high", "low", "close"]] *= 0.0008
    priced["volume"] *= 1e6
    np.testing.assert_allclose(features_of(priced), features_of(frame), rtol=1e-4, atol=1e-6)


def test_candles_that_stand_still_and_volumes_of_zero_are_finite():
    still = candle_frame(50).assign(open=7.0, high=7.0, low=7.0, close=7.0, volume=0.0)
    values = features_of(still)[look_back() :]
    assert np.isfinite(values).all()
    expected = {name: 0.0 for name in FEATURES} | {"log_range": np.log(1e-4)}
    np.testing.assert_allclose(
        values, np.tile([expected[name] for name in FEATURES], (len(values), 1)), rtol=1e-6
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1e15), min_size=3, max_size=40))
def test_volumes_of_any_size_stay_within_their_bounds(volumes):
    frame = candle_frame(len(volumes)).assign(volume=volumes)
    values = features_of(frame)[look_back() :]
    volume, change = values[:, FEATURES.index("volume")], values[:, FEATURES.index("volume_change")]
    assert ((volume >= 0) & (volume <= 0.75)).all() and (np.abs(change) <= 1).all()


def test_symbols_do_not_mix():
    one, two = candle_frame(60, symbol="A"), candle_frame(60, seed=9, symbol="B")
    both = features_of(pd.concat([one, two]))
    assert np.array_equal(both[:60], features_of(one), equal_nan=True)
    assert np.array_equal(both[60:], features_of(two), equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(
    row=st.integers(0, 39),
    column=st.sampled_from(["open", "high", "low", "close", "volume"]),
    value=st.one_of(
        st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([1e308, 5e-324, 1e-30])
    ),
    scale=st.floats(1e-250, 1e250),
)
def test_absurd_numbers_leave_features_finite_or_are_dropped(row, column, value, scale):
    frame = candle_frame(40)
    frame.loc[row, column] = value
    frame[["open", "high", "low", "close"]] *= scale
    frame["volume"] *= scale
    try:
        candles, _ = clean_candles(frame)
    except DataError:
        return
    segment_starts = np.searchsorted(candles.segment, candles.segment)
    defined = np.arange(len(candles)) - segment_starts >= look_back()
    with np.errstate(over="raise", invalid="raise"):
        features = compute_features(candles)
    assert np.isfinite(features[defined]).all()


@pytest.mark.parametrize(
    "names", [("log_range",), ("close",), ("volume",), ("close", "volume_change"), FEATURES]
)
def test_look_back_is_the_candles_that_a_feature_needs_and_no_more(names):
    frame = candle_frame(40)
    values = compute_features(clean_candles(frame)[0], names)
    before = look_back(names)
    assert np.isnan(values[:before]).all(axis=1).all() and np.isfinite(values[before:]).all()
    # The same number comes of the candles looked back on alone, and no feature looks back on fewer than it says.
    for name in names:
        own = LOOK_BACK[name]
        whole = compute_features(clean_candles(frame)[0], (name,))
        cut = compute_features(clean_candles(frame.iloc[20 - own : 30])[0], (name,))
        assert np.array_equal(cut[own:], whole[20:30])
        if own:
            other = frame.copy()
            other.loc[20 - own, ["open", "high", "low", "close", "volume"]] *= 2
            assert compute_features(clean_candles(other)[0], (name,))[20, 0] != whole[20, 0]
