import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timesnet.candle_factory import NUMBERS, candle_frame
from timesnet.candles.clean import clean_candles, read_candles
from timesnet.errors import DataError


@pytest.fixture(scope="module")
def bitcoin():
    return read_candles("btc-15min")


def test_bitcoin_is_put_in_order_and_every_row_is_accounted_for(bitcoin):
    candles, quality = bitcoin
    assert quality.rows_read == 8721
    assert quality.duplicates_dropped == 32
    assert quality.off_grid_dropped == 3
    assert quality.impossible_dropped == quality.blank_rows == 0
    assert quality.rows_kept == len(candles) == 8721 - 32 - 3
    assert quality.interval == pd.Timedelta("15min")
    assert quality.columns_ignored == ("Adj Close",)
    assert quality.zero_volume_share == pytest.approx(0.24, abs=0.005)
    dates = candles.frame["date"]
    assert dates.is_monotonic_increasing and dates.is_unique
    assert str(dates.dtype) == "datetime64[ns, UTC]"
    assert dates.iloc[0] == pd.Timestamp("2021-09-27 14:45+01:00")
    assert not candles.has_symbol and (candles.frame["symbol"] == "").all()


def test_bitcoin_keeps_the_repeated_row_with_the_larger_volume(bitcoin):
    candles, quality = bitcoin
    (block,) = quality.repeated_blocks
    assert (block.first, block.last, block.rows) == (
        pd.Timestamp("2021-10-27 06:00", tz="UTC"),
        pd.Timestamp("2021-10-27 13:45", tz="UTC"),
        32,
    )
    row = candles.frame.set_index("date").loc["2021-10-27 06:00+00:00"]
    assert row["volume"] == 101240832  # the other row says 71589888


def test_bitcoin_gaps_are_what_the_dates_say(bitcoin):
    candles, quality = bitcoin
    steps = candles.frame["date"].diff()
    gaps = steps[steps > quality.interval]
    assert quality.gaps == len(gaps) == candles.segment[-1]
    assert quality.missing_candles == int((gaps / quality.interval).sum() - len(gaps))
    assert quality.longest_gaps[0].duration == gaps.max() > pd.Timedelta("2D")


def test_bitcoin_of_days_has_rows_without_prices_counted_as_impossible():
    candles, quality = read_candles("btc-1day")
    assert quality.rows_read == 666 and len(candles) == 662
    assert quality.impossible["not finite"] == quality.impossible_dropped == 4
    assert quality.missing_candles == 4
    assert "line 109" in quality.impossible_examples[0]


def test_the_report_is_json_and_its_summary_at_most_eight_lines(bitcoin):
    report = json.loads(json.dumps(bitcoin[1].to_dict(), allow_nan=False))
    assert report["duplicates"]["dropped"] == 32
    assert report["gaps"]["longest"][0]["missing_candles"] == 222
    assert len(bitcoin[1].summary().splitlines()) <= 8
    for words in ("15 minutes", "larger volume", "Adj Close", "UTC", "%"):
        assert words in bitcoin[1].summary()


def test_cleaning_clean_candles_changes_nothing(bitcoin):
    candles, _ = bitcoin
    again, quality = clean_candles(candles.frame)
    pd.testing.assert_frame_equal(again.frame, candles.frame)
    assert quality.duplicates_dropped == quality.off_grid_dropped == 0
    assert np.array_equal(again.segment, candles.segment)


def test_the_given_frame_is_left_alone():
    frame = candle_frame(50).iloc[::-1]
    before = frame.copy(deep=True)
    clean_candles(frame)
    pd.testing.assert_frame_equal(frame, before)


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 4), st.booleans())
def test_the_order_of_rows_does_not_matter(random, repeats, with_symbols):
    frame = candle_frame(80, seed=1)
    if with_symbols:
        frame = pd.concat([frame.assign(symbol="B"), candle_frame(70, seed=2, symbol="A")])
    frame = frame.reset_index(drop=True)
    extra = frame.iloc[[random.randrange(len(frame)) for _ in range(repeats)]]
    # Every repeat has a volume of its own, so that which row is kept depends on no order.
    extra = extra.assign(volume=[10_000.0 + number for number in range(len(extra))])
    mixed = pd.concat([frame, extra]).reset_index(drop=True)
    order = list(range(len(mixed)))
    random.shuffle(order)
    one, first = clean_candles(mixed)
    other, second = clean_candles(mixed.iloc[order])
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert first.duplicates_dropped == second.duplicates_dropped == repeats
    assert len(one) == len(frame)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(1, 118), max_size=30), st.booleans())
def test_segments_are_the_runs_between_missing_candles(missing, with_symbols):
    frame = candle_frame(120, symbol="A" if with_symbols else None).drop(index=sorted(missing))
    if with_symbols:
        frame = pd.concat([frame, candle_frame(60, symbol="B")])
    candles, quality = clean_candles(frame)
    steps = candles.frame["date"].diff()
    begins = (steps != quality.interval) | (candles.frame["symbol"] != candles.frame["symbol"].shift())
    assert np.array_equal(candles.segment, begins.cumsum() - 1)
    assert quality.missing_candles == len(missing)
    assert quality.segments == candles.segment[-1] + 1


def test_symbols_are_sorted_and_never_share_a_segment():
    frame = pd.concat([candle_frame(30, symbol="ETH"), candle_frame(40, symbol="BTC", seed=1)])
    candles, quality = clean_candles(frame.sample(frac=1, random_state=0))
    assert quality.symbols == ("BTC", "ETH") and candles.has_symbol
    assert candles.frame["symbol"].tolist() == ["BTC"] * 40 + ["ETH"] * 30
    assert candles.segment.tolist() == [0] * 40 + [1] * 30


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"low": 41_000.0, "high": 40_000.0}, "high < low"),
        ({"high": 39_000.0, "low": 38_000.0}, "high < open or close"),
        ({"low": 60_000.0, "high": 70_000.0}, "low > open or close"),
        ({"low": -1.0}, "price <= 0"),
        ({"low": 0.0}, "price <= 0"),
        ({"volume": -5.0}, "volume < 0"),
    ],
)
def test_impossible_candles_are_dropped_counted_and_shown(change, kind):
    frame = candle_frame(60)
    for column, value in change.items():
        frame.loc[20, column] = value
    candles, quality = clean_candles(frame)
    assert quality.impossible[kind] == 1 and quality.impossible_dropped == 1
    assert "row 20" in quality.impossible_examples[0] and kind in quality.impossible_examples[0]
    assert len(candles) == 59 and quality.gaps == 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", NUMBERS)
def test_missing_or_infinite_numbers_are_an_error_naming_column_and_row(column, value):
    frame = candle_frame(60)
    frame.loc[[33, 40], column] = value
    with pytest.raises(DataError, match=f"'{column}', row 33: .*1 more") as error:
        clean_candles(frame)
    assert "\n" not in str(error.value)
    _, quality = clean_candles(frame, drop_missing=True)
    assert quality.impossible["not finite"] == 2


def test_a_single_row_between_two_candles_is_off_the_grid():
    frame = candle_frame(60)
    stray = frame.iloc[[30]].assign(date=frame["date"].iloc[30] + pd.Timedelta("62s"))
    candles, quality = clean_candles(pd.concat([frame, stray]))
    assert quality.off_grid_dates == (stray["date"].iloc[0],)
    pd.testing.assert_frame_equal(candles.frame[frame.columns], frame, check_dtype=False)


def test_days_that_open_at_a_local_midnight_have_no_gap_when_clocks_change():
    frame = candle_frame(400)
    frame["date"] = pd.date_range("2020-01-01", periods=400, tz="Europe/Berlin")
    candles, quality = clean_candles(frame)
    assert len(candles) == 400 and quality.gaps == 0 and quality.segments == 1
    assert quality.grid_shifts == 2


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (candle_frame(100, freq="1h", start="2022-03-01"), ("15 minutes", "1 hour", "99 times")),
        (candle_frame(60, freq="1h", seed=3), ("15 minutes", "1 hour", "59 times")),
        (candle_frame(30, freq="10min", start="2022-03-01"), ("15 minutes", "10 minutes", "29 times")),
    ],
    ids=["one after the other", "one over the other", "few"],
)
def test_two_intervals_are_refused_naming_both(second, words):
    with pytest.raises(DataError, match="two intervals mixed") as error:
        clean_candles(pd.concat([candle_frame(300), second]))
    assert all(word in str(error.value) for word in words)


def test_two_symbols_of_different_intervals_are_refused():
    frame = pd.concat([candle_frame(300, symbol="A"), candle_frame(40, freq="1h", symbol="B")])
    with pytest.raises(DataError, match=r"15 minutes .299 times. and 1 hour .39 times"):
        clean_candles(frame)


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_candles_missing_at_random_are_gaps_and_no_second_interval(share):
    frame = candle_frame(3000).sample(frac=share, random_state=1)
    _, quality = clean_candles(frame)
    assert quality.interval == pd.Timedelta("15min")


def test_the_interval_that_is_expected_is_held_to():
    one = candle_frame(1)
    with pytest.raises(DataError, match="too few to tell the interval"):
        clean_candles(one)
    candles, _ = clean_candles(one, interval=pd.Timedelta("15min"))
    assert candles.interval == pd.Timedelta("15min")
    with pytest.raises(DataError, match="15 minutes apart, but 1 hour"):
        clean_candles(candle_frame(60), interval=pd.Timedelta("1h"))


def test_a_second_header_of_symbols_is_put_below_each_other():
    frame = candle_frame(60).set_index("date")
    wide = pd.concat({"ETH-USD": frame, "BTC-USD": frame * 2}, axis=1)
    for table in (wide, wide.swaplevel(axis=1)):
        candles, quality = clean_candles(table)
        assert quality.symbols == ("BTC-USD", "ETH-USD") and len(candles) == 120
        assert np.allclose(candles.frame["close"].iloc[:60], 2 * frame["close"].to_numpy())


def test_no_rows_and_no_columns_are_errors():
    with pytest.raises(DataError, match="holds no rows"):
        clean_candles(candle_frame(10).iloc[:0])
    with pytest.raises(DataError, match="must be a DataFrame, not Series"):
        clean_candles(candle_frame(10)["close"])
    with pytest.raises(DataError, match="no column for 'date'"):
        clean_candles(pd.DataFrame())
    with pytest.raises(DataError, match="not one row is a possible candle; row 0"):
        clean_candles(candle_frame(10).assign(low=-1.0))
    with pytest.raises(DataError, match="'close' appears more than once"):
        clean_candles(pd.concat([candle_frame(10), candle_frame(10)[["close"]]], axis=1))
    with pytest.raises(DataError, match="'symbol', row 3: the symbol is missing"):
        frame = candle_frame(10, symbol="A")
        frame.loc[3, "symbol"] = None
        clean_candles(frame)
