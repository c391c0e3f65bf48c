import pandas as pd
import pytest

from tests.timesnet.candle_factory import candle_frame
from timesnet.candles.clean import clean_candles
from timesnet.candles.columns import NUMBERS, REQUIRED, find_columns
from timesnet.errors import DataError


@pytest.mark.parametrize(
    ("header", "used", "ignored"),
    [
        ("date,open,high,low,close,volume", "date,open,high,low,close,volume", ""),
        ("Datetime,Open,High,Low,Close,Adj Close,Volume", "Datetime,Open,High,Low,Close,Volume", "Adj Close"),
        (
            "Open time,Open,High,Low,Close,Volume,Close time",
            "Open time,Open,High,Low,Close,Volume",
            "Close time",
        ),
        ("open_time,o,h,l,c,v", "open_time,o,h,l,c,v", ""),
        (
            "unix,date,open,high,low,close,Volume BTC,Volume USD",
            "date,open,high,low,close,Volume BTC",
            "unix,Volume USD",
        ),
        (
            "<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>",
            "<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>",
            "<TIME>",
        ),
        ("ts,OPEN,HIGH,LOW,CLOSE,Vol.", "ts,OPEN,HIGH,LOW,CLOSE,Vol.", ""),
        ("Date,Price,Open,High,Low,Vol.,Change %", "Date,Open,High,Low,Price,Vol.", "Change %"),
        (
            "\ufeffTimestamp, Open, High, Low, Close, Volume",
            "\ufeffTimestamp, Open, High, Low, Close, Volume",
            "",
        ),
    ],
)
def test_usual_spellings_are_known_and_other_columns_named(header, used, ignored):
    columns = find_columns(pd.DataFrame(columns=header.split(",")), source="file")
    assert [columns.roles[role] for role in ("date", *NUMBERS)] == used.split(",")
    assert ",".join(columns.ignored) == ignored


@pytest.mark.parametrize("name", ["symbol", "Ticker", "PAIR", "product_id", "Trading Pair"])
def test_a_symbol_is_found_under_its_names(name):
    columns = find_columns(pd.DataFrame(columns=["date", *NUMBERS, name]), source="file")
    assert columns.roles["symbol"] == name and columns.ignored == ()


@pytest.mark.parametrize("role", REQUIRED)
def test_a_missing_column_is_named_with_what_is_there(role):
    present = [name for name in REQUIRED if name != role]
    with pytest.raises(DataError, match=f"^file: no column for '{role}' among: ") as error:
        find_columns(pd.DataFrame(columns=present), source="file")
    assert all(name in str(error.value) for name in present)


def test_a_misspelt_column_is_pointed_at():
    with pytest.raises(DataError, match="near it: 'Clsoe': rename it to 'close'"):
        find_columns(pd.DataFrame(columns=["date", "open", "high", "low", "Clsoe", "volume"]), source="file")


@pytest.mark.parametrize(
    ("interval", "before"), [("1h", "1ms"), ("15min", "1us"), ("1D", "1s"), ("1min", "1ns")]
)
def test_dates_that_are_the_last_moment_of_a_candle_are_refused(interval, before):
    frame = candle_frame(60)
    opened = pd.date_range("2023-03-01", periods=60, freq=interval, tz="UTC")
    frame["date"] = opened + pd.Timedelta(interval) - pd.Timedelta(before)
    with pytest.raises(
        DataError, match=r"the last moment of a candle.* here 2023-03-01 00:00: give the column"
    ):
        clean_candles(frame)
    frame["date"] = opened
    assert clean_candles(frame)[0].frame["date"].iloc[0] == opened[0]


def test_nobody_is_told_to_take_closing_times_for_dates():
    with pytest.raises(DataError, match=r"'close_time' is when candles close.*one interval earlier"):
        clean_candles(candle_frame(60).rename(columns={"date": "close_time"}))
