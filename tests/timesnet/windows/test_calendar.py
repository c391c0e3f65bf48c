from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.timesnet.candle_factory import candle_frame
from timesnet.candles.clean import clean_candles
from timesnet.market import DAY, Market, WeeklyHours
from timesnet.market.named import named_hours
from timesnet.windows.calendar import (
    CALENDAR,
    TIME_OF_DAY,
    WEEKDAYS,
    calendar_columns,
    calendar_of,
    local_dates,
)
from timesnet.windows.features import compute_features, look_back


def test_a_week_of_hours_is_told_apart_and_the_next_week_is_the_same():
    dates = pd.date_range("2024-01-01", periods=14 * 24, freq="h", tz="UTC")
    table = np.stack(list(calendar_columns(dates, CALENDAR).values()), axis=1)
    assert len(np.unique(table[: 7 * 24].round(9), axis=0)) == 7 * 24
    np.testing.assert_allclose(table[7 * 24 :], table[: 7 * 24])
    assert (table[:, len(TIME_OF_DAY) :].sum(axis=1) == 1).all()


def test_harmonics_are_orthogonal_over_a_day_and_know_no_jump_at_midnight():
    dates = pd.date_range("2024-01-01", periods=24 * 60, freq="min", tz="UTC")
    waves = np.stack(list(calendar_columns(dates, TIME_OF_DAY).values()), axis=1)
    np.testing.assert_allclose(waves.T @ waves / len(waves), np.eye(len(TIME_OF_DAY)) / 2, atol=1e-12)
    np.testing.assert_allclose(waves[0], waves[-1], atol=0.02)


@pytest.mark.parametrize(
    ("interval", "names"), [("15min", CALENDAR), ("4h", CALENDAR), ("1D", WEEKDAYS), ("7D", ())]
)
def test_candles_have_the_names_that_tell_them_apart(interval, names):
    assert calendar_of(pd.Timedelta(interval)) == names


def test_they_are_the_hours_of_the_given_time_zone():
    dates = pd.date_range("2024-07-01", periods=48, freq="h", tz="UTC")
    (name,) = chosen = ("time_of_day_sin_1",)
    here, there = (calendar_columns(each, chosen)[name] for each in (dates, dates.tz_convert("Etc/GMT-3")))
    np.testing.assert_allclose(there[:-3], here[3:])


def _new_york(kind):
    if kind == "found":
        return WeeklyHours("America/New_York", ((0, DAY),), DAY)
    pytest.importorskip("exchange_calendars")
    return named_hours("XNYS")


@pytest.mark.parametrize("kind", ["found", "named"])
def test_the_clock_is_the_market_s_summer_time_and_all_and_utc_for_whole_days(kind):
    frame = candle_frame(24 * 14, start="2024-03-04", freq="h")
    candles, _ = clean_candles(frame)
    new_york = replace(candles, market=Market(_new_york(kind)))
    expected = pd.DatetimeIndex(frame["date"]).tz_convert("America/New_York")
    found = compute_features(new_york, CALENDAR)
    by_hand = np.stack(list(calendar_columns(expected, CALENDAR).values()), axis=1)
    np.testing.assert_allclose(found, by_hand, atol=1e-6)
    assert (local_dates(candles) == pd.DatetimeIndex(frame["date"]).tz_localize(None)).all()
    days, _ = clean_candles(candle_frame(30, start="2024-03-04", freq="D"))
    assert (local_dates(replace(days, market=new_york.market)) == local_dates(days)).all()


def test_as_features_they_are_defined_from_the_first_candle_and_look_back_on_none():
    candles, _ = clean_candles(candle_frame(30))
    assert np.isfinite(compute_features(candles, CALENDAR)).all()
    assert look_back(CALENDAR) == 0
