"""Candles from an exchange: pages are joined, the open candle left out, mistakes named."""

import importlib
import sys
import types
from typing import ClassVar

import pandas as pd
import pytest

from study.errors import StudyError
from timesnet import read_candles

fetching = importlib.import_module("study.commands.fetch")

HOUR = 3_600_000
START = 1_704_067_200_000  # 2024-01-01 UTC


class NetworkError(Exception):
    pass


class Exchange:
    """What fetch needs of ccxt, with 2,500 hourly candles of which the last is still open."""

    timeframes: ClassVar = {"1h": "1h", "1d": "1d"}
    broken = False

    def __init__(self, options):
        assert options["enableRateLimit"]

    def parse_timeframe(self, timeframe):
        return 3600

    def milliseconds(self):
        return START + 2499 * HOUR + 10

    def fetch_ohlcv(self, symbol, timeframe, since, limit):
        if self.broken:
            raise NetworkError("no answer\nfrom host")
        first = max(0, -(-(since - START) // HOUR))
        return [[START + i * HOUR, 1.0, 2.0, 0.5, 1.5, i] for i in range(first, min(first + limit, 2500))]


@pytest.fixture
def ccxt(monkeypatch):
    module = types.ModuleType("ccxt")
    module.exchanges = ["binance", "kraken"]
    module.binance = type("binance", (Exchange,), {})
    module.BaseError = NetworkError
    monkeypatch.setitem(sys.modules, "ccxt", module)
    return module


def run(output, **changes):
    values = {
        "exchange": "binance",
        "symbol": "BTC/USDT",
        "timeframe": "1h",
        "since": "2024-01-01",
        "overwrite": "no",
        **changes,
    }
    fetching.fetch(**values, output=str(output))


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_all_closed_candles_arrive_once_and_can_be_studied(ccxt, tmp_path, suffix, capsys):
    path = tmp_path / f"candles.{suffix}"
    run(path)
    candles, quality = read_candles(path)
    assert len(candles) == 2499 and quality.to_dict()["gaps"]["count"] == 0
    assert candles.frame["date"].iloc[0] == pd.Timestamp("2024-01-01", tz="UTC")
    assert "mlflow run . -e study" in capsys.readouterr().out
    assert {file.name for file in tmp_path.iterdir()} == {path.name, f"{path.name}.provenance.json"}


def test_what_it_fetched_is_fetched_anew_and_nothing_else_is_replaced(ccxt, tmp_path):
    path = tmp_path / "candles.csv"
    run(path)
    run(path)
    path.write_text(path.read_text().replace("1.5", "1.6"))
    with pytest.raises(StudyError, match="has changed since this program wrote it"):
        run(path)
    assert "1.6" in path.read_text()
    run(path, overwrite="yes")
    assert "1.6" not in path.read_text()
    foreign = tmp_path / "mine.csv"
    foreign.write_text("mine")
    with pytest.raises(StudyError, match="was not written by this program"):
        run(foreign)
    assert foreign.read_text() == "mine"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exchange": "binanc"}, ["'binanc'", "'binance'"]),
        ({"timeframe": "1hour"}, ["'1hour'", "1h"]),
        ({"since": "then"}, ["'then'"]),
        ({"since": "2030-01-01"}, ["no 1h candles"]),
    ],
)
def test_mistakes_are_one_line(ccxt, tmp_path, changes, words):
    with pytest.raises(StudyError) as raised:
        run(tmp_path / "candles.csv", **changes)
    for word in words:
        assert word in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_a_network_that_fails_is_one_line(ccxt, tmp_path):
    ccxt.binance.broken = True
    with pytest.raises(StudyError, match=r"binance: NetworkError: no answer from host"):
        run(tmp_path / "candles.csv")


def test_output_must_be_possible(ccxt, tmp_path):
    with pytest.raises(StudyError, match=r"\.csv or \.parquet"):
        run(tmp_path / "candles.txt")
    with pytest.raises(StudyError, match="does not exist"):
        run(tmp_path / "none" / "candles.csv")


def test_without_ccxt_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ccxt", None)
    with pytest.raises(StudyError, match="pip install"):
        run(tmp_path / "candles.csv")


class Outage(Exchange):
    """Pages of 300; nothing between the 500th and the 1,900th candle, nothing before the 700th hour's listing."""

    listed, gone = 0, range(500, 1900)

    def fetch_ohlcv(self, symbol, timeframe, since, limit):
        first = -(-(since - START) // HOUR)
        there = [i for i in range(first, first + 300) if self.listed <= i < 2500 and i not in self.gone]
        return [[START + i * HOUR, 1.0, 2.0, 0.5, 1.5, i] for i in there]


def test_an_outage_longer_than_a_page_does_not_end_the_download(ccxt, tmp_path, capsys):
    ccxt.binance = type("binance", (Outage,), {})
    run(tmp_path / "candles.csv")
    candles, quality = read_candles(tmp_path / "candles.csv")
    assert len(candles) == 2499 - 1400 and quality.gaps == 1
    assert "1,400 candles are missing in 1 gaps" in capsys.readouterr().out


def test_a_start_before_the_listing_is_said_with_the_first_candle(ccxt, tmp_path, capsys):
    ccxt.binance = type("binance", (Outage,), {"listed": 700, "gone": ()})
    run(tmp_path / "candles.csv")
    assert len(read_candles(tmp_path / "candles.csv")[0]) == 2499 - 700
    said = capsys.readouterr().out
    assert "gave nothing before 2024-01-30 04:00, 2024-01-01 00:00 was asked for" in said


def test_an_exchange_that_gives_the_last_candles_alone_is_said(ccxt, tmp_path, capsys):
    class Last(Exchange):
        def fetch_ohlcv(self, symbol, timeframe, since, limit):
            return [[START + i * HOUR, 1.0, 2.0, 0.5, 1.5, i] for i in range(1780, 2500)]

    ccxt.binance = Last
    run(tmp_path / "candles.csv")
    assert len(read_candles(tmp_path / "candles.csv")[0]) == 719
    assert "gave nothing before 2024-03-15 04:00" in capsys.readouterr().out
