import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timesnet.errors import DataError
from timesnet.tables import parse_dates, read_times
from timesnet.tables.rows import RowNames

ROWS = RowNames(source="file", first_line=2)
# Passes through the autumn change of clocks in Berlin.
DATES = pd.date_range("2021-10-20 14:45", periods=1200, freq="15min", tz="UTC").as_unit("ns")


def parsed(values):
    return parse_dates(pd.Series(values), name="when", rows=ROWS)


def expect(values, words):
    dates, said = parsed(values)
    assert dates.dtype == np.dtype("datetime64[ns]")
    assert np.array_equal(dates, DATES.tz_convert(None).to_numpy())
    assert words in said


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ("%Y-%m-%d %H:%M:%S", "without time zone, taken as UTC"),
        ("%Y-%m-%dT%H:%M:%SZ", "with UTC offsets"),
        ("%Y-%m-%d %H:%M:%S.000+00:00", "with UTC offsets"),
        ("%Y-%m-%d %H:%M UTC", "with UTC offsets"),
        ("%Y/%m/%d %H:%M", "without time zone"),
        ("%Y.%m.%d %H:%M", "without time zone"),
        ("%Y%m%d %H:%M:%S", "without time zone"),
        ("%Y-%m-%d %H-%M-%S", "without time zone"),
        ("%d/%m/%Y %H:%M", "day first"),
        ("%m/%d/%Y %H:%M", "month first"),
        ("%m/%d/%Y %I:%M %p", "month first"),
        ("%d.%m.%Y %H:%M:%S.000 GMT+0000", "day first"),
        ("%b %d, %Y %H:%M", "without time zone"),
        ("%Y%m%d%H%M", "compact"),
        ("%Y%m%d%H%M%S", "compact"),
    ],
)
def test_text_in_any_usual_layout(layout, words):
    expect(DATES.strftime(layout).astype("str"), words)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_epoch_numbers_by_their_size(unit):
    numbers = DATES.as_unit(unit).asi8
    words = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}[unit]
    expect(numbers, f"epoch {words}")
    expect(numbers.astype(str), f"epoch {words}")
    if unit in ("s", "ms"):
        expect(numbers.astype(np.float64), f"epoch {words}")


def test_an_archive_that_went_from_milliseconds_to_microseconds():
    numbers = DATES.as_unit("ms").asi8
    numbers[600:] *= 1000
    expect(numbers, "epoch milliseconds or microseconds")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata"])
def test_offsets_may_change_within_a_column(zone):
    local = DATES.tz_convert(zone)
    expect(local.map(str), "text with UTC offsets")
    expect(local, f"with time zone {zone}")
    expect([date.to_pydatetime() for date in local], "with time zone")


def test_text_with_and_without_offset_is_said():
    text = DATES.strftime("%Y-%m-%d %H:%M:%S").to_numpy(dtype=object).copy()
    text[:700] = [f"{date}+00:00" for date in text[:700]]
    expect(text, "500 without, taken as UTC")


def test_naive_timestamps_mean_utc():
    expect(DATES.tz_convert(None), "without time zone, taken as UTC")


@pytest.mark.parametrize("values", [["foo", "bar"], [1, 2], [True, False], [44466.5, 44466.6]])
def test_no_dates_at_all(values):
    with pytest.raises(DataError, match="column 'when' holds no dates"):
        parsed(values)


@pytest.mark.parametrize("wrong", ["2021-13-45", "yesterday", "", "99999-01-01"])
def test_one_wrong_date_is_named_by_its_line(wrong):
    text = DATES.strftime("%Y-%m-%d %H:%M").to_numpy(dtype=object).copy()
    text[7] = wrong
    with pytest.raises(DataError, match=f"^file: column 'when', line 9: {wrong!r} is not a date"):
        parsed(text)


def test_a_missing_date_is_named_by_its_line():
    dates = pd.Series(DATES)
    dates[3] = pd.NaT
    with pytest.raises(DataError, match="line 5: the date is missing"):
        parsed(dates)


def test_days_and_months_that_cannot_be_told_apart_are_refused():
    with pytest.raises(DataError, match="'01/02/2021' the day and the month cannot be told"):
        parsed(["01/02/2021", "02/02/2021", "03/02/2021"])


@settings(max_examples=100, deadline=None)
@given(st.datetimes(min_value=pd.Timestamp("1975-01-01"), max_value=pd.Timestamp("2095-01-01")))
def test_any_moment_survives_text_and_epoch(moment):
    moment = moment.replace(microsecond=0)
    expected = np.datetime64(moment, "ns")
    stamp = pd.Timestamp(moment, tz="UTC")
    for value in (str(moment), f"{moment}+00:00", int(stamp.timestamp()), int(stamp.timestamp() * 1000)):
        dates, _ = parsed([value, value])
        assert (dates == expected).all(), value


HOUR = 3_600_000_000_000


@pytest.mark.parametrize(
    ("cells", "hours"),
    [
        (["0935", "1600"], [9 + 35 / 60, 16]),
        (["093500", "160000"], [9 + 35 / 60, 16]),
        ([935, 1600], [9 + 35 / 60, 16]),
        ([93500, 160000], [9 + 35 / 60, 16]),
        ([0, 100, 0, 100], [0, 1, 0, 1]),
        (["9:35", "16:00:00.000"], [9 + 35 / 60, 16]),
        (["09.35", "16.00"], [9 + 35 / 60, 16]),
        (["09:35 AM", "12:00 am"], [9 + 35 / 60, 0]),
        (["24:00", "240000"], [24, 24]),
    ],
)
def test_times_of_day(cells, hours):
    assert read_times(pd.Series(cells)).tolist() == [round(hour * HOUR) for hour in hours]


@pytest.mark.parametrize(
    "cells", [[0, 100, 200], ["2460", "0000"], ["13:00 PM"], ["25:00"], ["x"], [1.5], [True]]
)
def test_what_is_no_time_of_day_or_two(cells):
    assert read_times(pd.Series(cells)) is None
