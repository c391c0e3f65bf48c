import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.configuration import LABELS
from study.errors import StudyError
from study.labels.label_kinds import classify, fit_thresholds, outcomes, parse_label
from tests.timesnet.candle_factory import candle_frame
from timesnet.candles.clean import Candles, clean_candles, read_candles
from timesnet.windows.windows import complete_windows


@pytest.fixture(scope="module")
def bitcoin():
    candles, _ = read_candles("btc-15min")
    return candles, complete_windows(candles, 8, 2)


def labels_of(candles, ends, **words):
    spec = parse_label(**words)
    found = outcomes(candles, ends, spec)
    return classify(found, fit_thresholds(found, spec), spec)


def path_candles(closes, highs=None, lows=None):
    """Candles of one segment with the given closes; highs and lows are the closes unless given."""
    closes = np.asarray(closes, dtype=float)
    frame = pd.DataFrame(
        {
            "symbol": "",
            "date": pd.date_range("2021-01-01", periods=len(closes), freq="15min", tz="UTC"),
            "open": closes,
            "high": closes if highs is None else np.asarray(highs, dtype=float),
            "low": closes if lows is None else np.asarray(lows, dtype=float),
            "close": closes,
            "volume": 1.0,
        }
    )
    segment = np.zeros(len(frame), dtype=np.int64)
    return Candles(frame=frame, interval=pd.Timedelta("15min"), segment=segment, has_symbol=False)


@pytest.mark.parametrize("horizon", [1, 4, 7])
def test_outcomes_are_what_a_loop_over_the_future_gives(bitcoin, horizon):
    candles, ends = bitcoin
    frame = candles.frame
    found = {kind: outcomes(candles, ends, parse_label(kind=kind, horizon=horizon)) for kind in LABELS}
    for row in np.random.default_rng(0).choice(len(ends), 40, replace=False):
        end = ends[row]
        future = frame.iloc[end + 1 : end + 1 + horizon]
        close = frame["close"].iloc[end]
        inside = len(future) == horizon and (candles.segment[future.index] == candles.segment[end]).all()
        if not inside:
            assert all(np.isnan(each[row]).all() for each in found.values())
            continue
        assert found["volatility"][row] == pytest.approx((future["high"].max() - future["low"].min()) / close)
        past = frame["volume"].iloc[end + 1 - horizon : end + 1].sum()
        whole = future["volume"].sum() + past
        assert found["volume"][row] == pytest.approx(future["volume"].sum() / whole if whole else 0.5)
        change = np.log(future["close"].iloc[-1] / close)
        assert found["direction"][row] == found["return_quantile"][row] == pytest.approx(change, abs=1e-12)
        path = found["triple_barrier"][row]
        np.testing.assert_allclose(path[0], change, atol=1e-12)
        np.testing.assert_allclose(path[1 : 1 + horizon], np.log(future["high"].cummax() / close), atol=1e-12)
        np.testing.assert_allclose(path[1 + horizon :], np.log(future["low"].cummin() / close), atol=1e-12)


@pytest.mark.parametrize("kind", LABELS)
def test_an_outcome_is_unknown_exactly_where_the_horizon_leaves_the_segment(kind):
    frame = pd.concat([candle_frame(40, symbol="A").drop(index=[20, 21]), candle_frame(30, symbol="B")])
    candles, _ = clean_candles(frame)
    ends = complete_windows(candles, 4, 2)
    found = outcomes(candles, ends, parse_label(kind=kind, horizon=3)).reshape(len(ends), -1)
    last = pd.Series(np.arange(len(candles))).groupby(candles.segment).transform("max").to_numpy()
    unknown = ends + 3 > last[ends]
    assert unknown.sum() == 9
    assert np.isnan(found[unknown]).all() and np.isfinite(found[~unknown]).all()


@pytest.mark.parametrize("kind", LABELS)
def test_outcomes_look_at_nothing_but_the_horizon(kind):
    frame = candle_frame(60)
    other = candle_frame(60, seed=5)
    candles, _ = clean_candles(frame)
    later, _ = clean_candles(pd.concat([frame[:30], other[30:]]))
    earlier, _ = clean_candles(pd.concat([other[:20], frame[20:]]))
    spec = parse_label(kind=kind, horizon=5)
    # Volume is measured against as many candles up to the window's end.
    ends = np.array([24] if kind == "volume" else [20, 24])
    expected = outcomes(candles, ends, spec)
    assert np.array_equal(outcomes(later, ends, spec), expected)
    assert np.array_equal(outcomes(earlier, ends, spec), expected)


def test_volatility_is_cut_at_the_median_of_the_fit_split(bitcoin):
    candles, ends = bitcoin
    spec = parse_label(kind="volatility", horizon=4)
    found = outcomes(candles, ends, spec)
    found = found[~np.isnan(found)]
    thresholds = fit_thresholds(found[:4001], spec)
    classes = classify(found[:4001], thresholds, spec)
    assert thresholds == (np.median(found[:4001]),) and classes.sum() == 2000
    assert classes.dtype == np.int64
    changed = np.concatenate([found[:4001], found[4001:] * 9])
    assert fit_thresholds(changed[:4001], spec) == thresholds


def test_volatility_above_a_share_of_the_price():
    # Ranges of 0.5, 1 and 1.5 over a close of 100: only the last is above 1 %.
    for low, expected in ((99.5, 0), (99.0, 0), (98.5, 1)):
        candles = path_candles([100, 100], lows=[100, low])
        for threshold in ("1%", "0.01", 0.01, " 1% "):
            spec = parse_label(kind="volatility", horizon=1, threshold=threshold)
            found = outcomes(candles, np.array([0]), spec)
            assert classify(found, fit_thresholds(found, spec), spec).tolist() == [expected]


def test_direction_is_the_sign_and_standing_still_is_not_up():
    candles = path_candles([100, 101, 100, 100])
    labels = labels_of(candles, np.array([0, 1, 2]), kind="direction", horizon=1)
    assert labels.tolist() == [1, 0, 0]
    labels = labels_of(candles, np.array([0, 1, 2]), kind="direction", horizon=1, threshold="2%")
    assert labels.tolist() == [0, 0, 0]


@pytest.mark.parametrize("classes", [2, 3, 5, 10])
def test_return_quantiles_are_of_equal_size_and_rise(bitcoin, classes):
    candles, ends = bitcoin
    spec = parse_label(kind="return_quantile", horizon=4, classes=classes)
    found = outcomes(candles, ends, spec)
    found = found[~np.isnan(found)]
    thresholds = fit_thresholds(found, spec)
    labels = classify(found, thresholds, spec)
    counts = np.bincount(labels, minlength=classes)
    assert len(thresholds) == classes - 1 and spec.n_classes == len(counts) == classes
    assert counts.max() - counts.min() <= 0.01 * len(found)
    tops = [found[labels == each].max() for each in range(classes)]
    bottoms = [found[labels == each].min() for each in range(classes)]
    assert all(top <= bottom for top, bottom in zip(tops, bottoms[1:], strict=False))


@pytest.mark.parametrize(
    ("highs", "lows", "expected"),
    [
        ([100.5, 102, 100], [99.5, 100, 97], 2),
        ([100.5, 100, 103], [97, 99.5, 99.5], 0),
        ([100.5, 100.9, 100], [99.5, 99.2, 99.5], 1),
        ([102, 100, 100], [97, 100, 100], 1),
        ([100, 100, 100], [100, 100, 98.9], 0),
        ([100, 100, 101.1], [100, 100, 100], 2),
    ],
    ids=["up first", "down first", "neither", "both in one candle", "down last", "up last"],
)
def test_the_barrier_that_is_touched_first_decides(highs, lows, expected):
    candles = path_candles([100] * 4, highs=[100, *highs], lows=[100, *lows])
    spec = parse_label(kind="triple_barrier", horizon=3, threshold="1%")
    found = outcomes(candles, np.array([0]), spec)
    assert classify(found, fit_thresholds(found, spec), spec).tolist() == [expected]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 9), st.floats(1e-4, 0.02))
def test_triple_barrier_agrees_with_a_walk_along_the_path(seed, horizon, width):
    candles, _ = clean_candles(candle_frame(60, seed=seed))
    spec = parse_label(kind="triple_barrier", horizon=horizon, threshold=width)
    ends = np.arange(0, 60 - horizon)
    found = classify(outcomes(candles, ends, spec), (width,), spec)
    for end, label in zip(ends, found, strict=True):
        close = candles.frame["close"].iloc[end]
        expected = 1
        for step in range(1, horizon + 1):
            up = np.log(candles.frame["high"].iloc[end + step] / close) >= width
            down = np.log(candles.frame["low"].iloc[end + step] / close) <= -width
            if up or down:
                expected = 1 + int(up) - int(down)
                break
        assert label == expected


def test_the_barrier_is_as_far_as_the_fit_split_s_median_move(bitcoin):
    candles, ends = bitcoin
    spec = parse_label(kind="triple_barrier", horizon=4)
    found = outcomes(candles, ends, spec)
    found = found[~np.isnan(found).any(axis=1)]
    assert fit_thresholds(found[:500], spec) == (np.median(np.abs(found[:500, 0])),)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"kind": "volatilty"}, "label='volatilty' is unknown: did you mean 'volatility'"),
        ({"kind": "volatility", "horizon": 0}, "horizon=0 is too short"),
        ({"kind": "volatility", "threshold": "mediam"}, "threshold='mediam' is not a threshold"),
        ({"kind": "volatility", "threshold": "nan"}, "threshold='nan' is not a threshold"),
        ({"kind": "volatility", "threshold": "0%"}, "threshold='0%' must be above 0"),
        ({"kind": "triple_barrier", "threshold": -0.1}, "threshold=-0.1 must be above 0"),
        ({"kind": "volatility", "threshold": "1"}, "threshold='1' means 100%; write '1%'"),
        ({"kind": "return_quantile", "threshold": "1%"}, "means nothing to label='return_quantile'"),
        ({"kind": "return_quantile", "classes": 1}, "classes=1 is too few"),
        ({"kind": "return_quantile", "classes": 10**9}, "classes=1000000000 is too many"),
        ({"kind": "volatility", "classes": 3}, "classes=3 does not fit label='volatility', which has 2"),
    ],
)
def test_words_that_mean_nothing_are_refused(words, message):
    with pytest.raises(StudyError) as error:
        parse_label(**({"horizon": 4} | words))
    assert message in str(error.value) and "\n" not in str(error.value)


def test_thresholds_that_cannot_be_found_are_refused():
    candles = path_candles([100.0] * 20)
    ends = np.arange(10)
    for kind, message in (
        ("return_quantile", "too many returns are equal"),
        ("triple_barrier", "median return is 0"),
    ):
        spec = parse_label(kind=kind, horizon=2)
        with pytest.raises(StudyError, match=message):
            fit_thresholds(outcomes(candles, ends, spec), spec)
    spec = parse_label(kind="volatility", horizon=2)
    with pytest.raises(StudyError, match="thresholds need the fit split's outcomes"):
        fit_thresholds(np.array([0.1, np.nan]), spec)
    with pytest.raises(StudyError, match="1 windows have no outcome"):
        classify(np.array([0.1, np.nan]), (0.05,), spec)


def test_no_windows_have_no_outcomes():
    candles = path_candles([100.0] * 20)
    none = np.zeros(0, dtype=np.int64)
    for kind in LABELS:
        spec = parse_label(kind=kind, horizon=2)
        found = outcomes(candles, none, spec)
        assert len(found) == 0 and len(classify(found, (0.1,), spec)) == 0


def test_volume_at_rest_is_a_half_whatever_its_level_and_nothing_at_all_is_too():
    candles = path_candles([100.0] * 20)
    for level in (0.0, 3.0, 1e9):
        frame = candles.frame.assign(volume=level)
        steady = Candles(frame=frame, interval=candles.interval, segment=candles.segment, has_symbol=False)
        assert (outcomes(steady, np.arange(5, 10), parse_label(kind="volume", horizon=4)) == 0.5).all()
