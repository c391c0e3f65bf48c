"""A candle missing while the market is open is a gap; a night, a weekend, a holiday, a half day is none."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timesnet.candle_factory import candle_frame
from tests.timesnet.market_dates import (
    CURRENCIES,
    DAYS,
    FUTURES,
    NEW_YORK,
    TEL_AVIV,
    TOKYO,
    open_times,
    walk,
)
from timesnet.candles.clean import clean_candles
from timesnet.errors import ConfigError, DataError
from timesnet.market import Market

HOLIDAYS = ("2022-01-17", "2022-04-15", "2022-05-30", "2022-07-04", "2022-11-24", "2022-12-26")

MARKETS = {
    "New York stocks": (("America/New_York", NEW_YORK), "15min", "Mon to Fri 09:30-16:00 America/New_York"),
    "New York stocks, hourly": (
        ("America/New_York", NEW_YORK),
        "1h",
        "Mon to Fri 09:30-16:30 America/New_York",
    ),
    "London stocks": (
        ("Europe/London", [(day, "08:00", 8.5) for day in range(5)]),
        "30min",
        "Mon to Fri 08:00-16:30 Europe/London",
    ),
    "Tokyo stocks": (("Asia/Tokyo", TOKYO), "15min", "Mon to Fri 00:00-02:30 and 03:30-06:00 UTC"),
    "currencies": (("America/New_York", CURRENCIES), "1h", "Sun 17:00 to Fri 17:00 America/New_York"),
    "futures": (("America/New_York", FUTURES), "30min", "Sun to Thu 18:00-17:00 America/New_York"),
    "daily, UTC": (("UTC", DAYS), "1D", "Mon to Fri UTC"),
    "daily, New York": (("America/New_York", DAYS), "1D", "Mon to Fri America/New_York"),
    "daily, Tel Aviv": (("UTC", TEL_AVIV), "1D", "Sun to Thu UTC"),
    "four hours, New York": (("America/New_York", NEW_YORK), "4h", "Mon to Fri 09:30-17:30 America/New_York"),
}


def cleaned(dates, **words):
    return clean_candles(walk(dates), **words)


@pytest.mark.parametrize("name", MARKETS)
def test_hours_are_found_and_closures_are_no_gaps(name):
    (zone, spans), freq, expected = MARKETS[name]
    # The days of a market that trades round the clock are no days of the calendar.
    round_the_clock = name in ("currencies", "futures")
    dates = open_times(zone, spans, freq=freq, closed=() if round_the_clock else HOLIDAYS)
    candles, quality = cleaned(dates)
    assert quality.hours == {"": expected}
    assert quality.gaps == 0 and len(candles) == len(dates) and quality.off_grid_dropped == 0
    assert (candles.segment == 0).all()
    assert quality.holidays >= 5 or round_the_clock
    assert json.loads(json.dumps(quality.to_dict()))["market"]["hours"] == {"": expected}
    assert expected in quality.summary() and len(quality.summary().splitlines()) <= 9


@pytest.mark.parametrize("name", MARKETS)
def test_a_candle_that_is_missing_within_a_session_is_a_gap(name):
    (zone, spans), freq, _ = MARKETS[name]
    dates = open_times(zone, spans, freq=freq)
    if freq in ("1D", "4h"):
        pytest.skip("no candle stands between two of one session")
    step = pd.Timedelta(freq)
    apart = np.diff(dates) == step
    inside = np.flatnonzero(apart[:-1] & apart[1:]) + 1
    # Well within the session, so that what is left of it is no short day.
    row = int(next(row for row in inside[len(inside) // 2 :] if apart[row - 2 : row + 3].all()))
    candles, quality = cleaned(dates.delete([row]))
    assert quality.gaps == 1 and quality.missing_candles == 1
    assert (
        quality.longest_gaps[0].before == dates[row - 1] and quality.longest_gaps[0].after == dates[row + 1]
    )
    assert np.flatnonzero(np.diff(candles.segment)).tolist() == [row - 1]


def test_half_days_are_closures():
    early = (("2022-11-25", "13:00"), ("2022-07-01", "13:00"))
    dates = open_times("America/New_York", NEW_YORK, freq="15min", closed=("2022-11-24",), early=early)
    _, quality = cleaned(dates)
    assert (quality.gaps, quality.early_closes, quality.holidays) == (0, 2, 1)
    assert [f"{date:%Y-%m-%d %H:%M}" for date in quality.early_close_dates] == [
        "2022-07-01 16:45",
        "2022-11-25 17:45",
    ]
    # A session of which the first half alone is missing, or more than its second half, is none of those.
    for until in ("10:30", "12:00"):
        _, quality = cleaned(
            open_times("America/New_York", NEW_YORK, freq="15min", early=(("2022-11-25", until),))
        )
        assert quality.gaps == 1


def test_christmas_of_a_market_that_trades_round_the_clock_is_a_closure():
    dates = open_times("America/New_York", CURRENCIES, freq="1h", start="2019-01-07", weeks=60)
    away = (dates >= "2019-12-24 18:00+00:00") & (dates < "2019-12-25 23:00+00:00")
    candles, quality = cleaned(dates[~away])
    assert quality.gaps == 0 and quality.holidays == 1 and (candles.segment == 0).all()


@pytest.mark.parametrize("freq", ["1D", "15min"])
def test_a_missing_week_is_a_gap_and_four_missing_days_are_not(freq):
    spans = DAYS if freq == "1D" else NEW_YORK
    week = [f"2022-06-{day:02d}" for day in (13, 14, 15, 16, 17)]
    _, quality = cleaned(open_times("America/New_York", spans, freq=freq, closed=week))
    assert quality.gaps == 1 and quality.missing_candles == 5 * (1 if freq == "1D" else 26)
    _, quality = cleaned(open_times("America/New_York", spans, freq=freq, closed=week[1:]))
    assert quality.gaps == 0 and quality.holidays == 1


def test_a_week_closed_every_year_is_a_holiday():
    golden = [f"{year}-10-{day:02d}" for year in (2017, 2018, 2019, 2020, 2021) for day in range(1, 8)]
    dates = open_times("Asia/Shanghai", DAYS, freq="1D", start="2017-01-02", weeks=260, closed=golden)
    candles, quality = cleaned(dates)
    assert quality.gaps == 0 and (candles.segment == 0).all()


def test_crypto_never_closes_and_a_missing_day_is_a_gap():
    frame = candle_frame(400, freq="1D")
    candles, quality = clean_candles(frame.drop(index=[100, 200, 201]))
    assert quality.hours == {"": "never closes"} and quality.sessions == 0
    assert quality.gaps == 2 and quality.missing_candles == 3 and not candles.market.closes
    hourly, _ = clean_candles(candle_frame(3000, freq="1h").drop(index=range(500, 560)))
    assert not hourly.market.closes and hourly.segment[-1] == 1


def test_minutes_without_a_trade_are_gaps_however_many():
    generator = np.random.default_rng(0)
    frame = candle_frame(40_000, freq="1min")
    quiet = (frame["date"].dt.hour < 6) & (generator.random(len(frame)) < 0.7)
    candles, quality = clean_candles(frame[~quiet])
    assert not candles.market.closes and quality.missing_candles == int(quiet[1:].sum())


def test_what_was_taken_can_be_said_otherwise():
    dates = open_times("UTC", DAYS, freq="1D")
    candles, quality = cleaned(dates, calendar="24/7")
    assert quality.gaps == 59 and quality.missing_candles == 118 and len(np.unique(candles.segment)) == 60
    with pytest.raises(ConfigError, match=r"calendar='NYSX'|pip install exchange_calendars"):
        cleaned(dates, calendar="NYSX")


def test_a_calendar_by_name_knows_its_holidays():
    pytest.importorskip("exchange_calendars")
    known = ("2022-01-17", "2022-02-21", "2022-04-15", "2022-05-30", "2022-06-20", "2022-07-04", "2022-09-05")
    for spans, freq in ((DAYS, "1D"), (NEW_YORK, "15min")):
        dates = open_times("America/New_York", spans, freq=freq, weeks=40, closed=known)
        _, quality = cleaned(dates, calendar="XNYS")
        assert quality.gaps == 0 and quality.hours == {"": "calendar XNYS"}
        # A day that the calendar knows to be open is missing: no holiday.
        missing = dates.tz_convert("America/New_York").strftime("%Y-%m-%d") == "2022-06-14"
        _, quality = cleaned(dates[~missing], calendar="XNYS")
        assert quality.gaps == 1 and quality.missing_candles == missing.sum()
        assert Market.from_dict(cleaned(dates, calendar="XNYS")[0].market.to_dict()).calendars == ("XNYS",)


def test_symbols_have_calendars_of_their_own():
    coin = candle_frame(400, freq="1D", start="2022-01-03", symbol="COIN").drop(index=[150])
    stock = walk(open_times("UTC", DAYS, freq="1D", closed=HOLIDAYS), symbol="STOCK")
    candles, quality = clean_candles(pd.concat([coin, stock]))
    assert quality.hours == {"": "never closes", "STOCK": "Mon to Fri UTC"} or quality.hours == {
        "": "Mon to Fri UTC",
        "COIN": "never closes",
    }
    assert quality.gaps == 1 and quality.longest_gaps[0].symbol == "COIN"
    assert len(np.unique(candles.segment[candles.frame["symbol"] == "STOCK"])) == 1


def test_a_few_candles_are_judged_by_the_hours_that_are_known():
    dates = open_times("America/New_York", NEW_YORK, freq="15min", closed=HOLIDAYS)
    whole, _ = cleaned(dates)
    frame = walk(dates)
    stored = Market.from_dict(json.loads(json.dumps(whole.market.to_dict())))
    assert stored == whole.market
    for start in (700, 1000, 5000):
        some, quality = clean_candles(
            frame.iloc[start : start + 60], calendar=stored, interval=pd.Timedelta("15min")
        )
        assert (some.segment == 0).all() and quality.gaps == 0
    alone, _ = clean_candles(frame.iloc[700:740], interval=pd.Timedelta("15min"))
    assert alone.segment[-1] > 0


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(MARKETS)), st.sets(st.integers(50, 250), max_size=6), st.integers(0, 10_000))
def test_a_run_crosses_closures_alone(name, taken, seed):
    """Between neighbours of one segment no candle is missing that the hours would have held, but for whole sessions."""
    (zone, spans), freq, _ = MARKETS[name]
    dates = open_times(zone, spans, freq=freq, weeks=30)
    taken = sorted(place for place in taken if place < len(dates) - 1)
    kept = dates.delete(taken)
    candles, _ = cleaned(kept)
    runs = np.flatnonzero(np.diff(candles.segment) == 0)
    between = np.searchsorted(dates, kept[runs + 1]) - np.searchsorted(dates, kept[runs]) - 1
    for count, row in zip(between[between > 0], runs[between > 0], strict=True):
        lost = dates[np.searchsorted(dates, kept[row]) + 1 :][:count]
        # Whatever was taken and not called a gap reaches to the end of a session.
        following = dates[np.searchsorted(dates, lost[-1]) + 1]
        assert (
            following - lost[-1] > pd.Timedelta(freq) or freq == "1D" or "futures" in name or "curr" in name
        )


def test_two_intervals_are_still_refused():
    quarters = open_times("America/New_York", NEW_YORK, freq="15min", weeks=8)
    hours = open_times("America/New_York", NEW_YORK, freq="1h", start="2022-02-28", weeks=30)
    with pytest.raises(DataError, match="two intervals mixed"):
        cleaned(quarters.append(hours))
    days = open_times("UTC", DAYS, freq="1D", start="2012-01-02", weeks=520)
    with pytest.raises(DataError, match="two intervals mixed"):
        cleaned(days.append(pd.date_range("2022-01-03", periods=3500, freq="1h", tz="UTC")))
