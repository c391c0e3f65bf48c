"""A window gets what came in since the candle before, all of it, and nothing from its future."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.errors import StudyError
from study.fusion.window_table import read_window_table
from tests.timesnet.candle_factory import candle_frame
from timesnet import complete_windows, read_candles

HOUR = pd.Timedelta(hours=1)
SEQ_LEN = 4


def candles_of(folder, frame):
    frame.to_parquet(folder / "candles.parquet", index=False)
    candles, _ = read_candles(str(folder / "candles.parquet"))
    return candles, complete_windows(candles, SEQ_LEN, 0)


def news(folder, seconds, start, **columns):
    dates = pd.Timestamp(start) + pd.to_timedelta(list(seconds), unit="s")
    pd.DataFrame({"at": dates, **columns}).to_parquet(folder / "news.parquet", index=False)
    return str(folder / "news.parquet")


@pytest.fixture(scope="module")
def hourly(tmp_path_factory):
    """60 hourly candles of which five are missing, and where their windows end."""
    frame = candle_frame(60, freq="h").drop(index=range(20, 25)).reset_index(drop=True)
    candles, ends = candles_of(tmp_path_factory.mktemp("candles"), frame)
    return candles, ends, frame["date"].iloc[0]


@settings(max_examples=20, deadline=None)
@given(seconds=st.lists(st.integers(-20, 130).map(lambda n: n * 1800), min_size=1, max_size=30))
def test_every_row_is_said_to_its_window_by_brute_force(hourly, tmp_path_factory, seconds):
    candles, ends, start = hourly
    seconds = [*seconds, 10 * 3600 + 60]
    folder = tmp_path_factory.mktemp("news")
    path = news(folder, seconds, start, x=np.arange(len(seconds), dtype=float), y=1.0)
    table = read_window_table(path, "at", candles, ends)
    found = table.vectors(np.arange(len(ends)))
    opened = pd.DatetimeIndex(candles.frame["date"])
    moments = start + pd.to_timedelta(seconds, unit="s")
    for place, end in enumerate(ends):
        inside = (moments >= opened[end - 1] + HOUR) & (moments < opened[end] + HOUR)
        mean = np.arange(len(seconds))[inside].mean() if inside.any() else 0.0
        np.testing.assert_allclose(found[place], [inside.sum(), mean, float(inside.any())], rtol=1e-6)
    chosen = np.array([len(ends) - 1, 3, 3])
    np.testing.assert_array_equal(table.vectors(chosen), found[chosen])


def test_while_a_market_is_closed_rows_wait_for_its_next_candle(tmp_path):
    frame = candle_frame(24 * 7 * 8, start="2024-01-01 00:00", freq="h")
    opened = frame["date"].dt
    frame = frame[opened.hour.between(9, 15) & (opened.day_of_week < 5)].reset_index(drop=True)
    candles, ends = candles_of(tmp_path, frame)
    assert candles.market.closes
    first = pd.DatetimeIndex(candles.frame["date"])
    monday = int(np.flatnonzero(first == pd.Timestamp("2024-02-05 09:00", tz="UTC"))[0])
    start = first[monday - 1]
    # The close of Friday's last candle, Saturday, and just before and at the close of Monday's first.
    path = news(tmp_path, [3600, 86400, 65 * 3600 + 3599 + 3600, 67 * 3600], start, x=[1.0, 2.0, 3.0, 4.0])
    found = read_window_table(path, "at", candles, ends)
    place = np.searchsorted(ends, [monday - 1, monday, monday + 1])
    np.testing.assert_array_equal(found.vectors(place), [[0, 0], [3, 2], [1, 4]])


@pytest.mark.parametrize("cut", [8, 30, 41])
def test_without_the_future_nothing_changes(tmp_path, cut):
    generator = np.random.default_rng(cut)
    frame = candle_frame(50, freq="h")
    start = frame["date"].iloc[0]
    seconds = np.sort(generator.integers(0, 50 * 3600, 200))
    values = generator.normal(size=(200, 3)).astype(np.float32)
    candles, ends = candles_of(tmp_path, frame)
    whole = read_window_table(news(tmp_path, seconds, start, v=list(values)), "at", candles, ends)
    known = seconds < cut * 3600
    early, early_ends = candles_of(tmp_path, frame.iloc[:cut])
    path = news(tmp_path, seconds[known], start, v=list(values[known]))
    part = read_window_table(path, "at", early, early_ends)
    rows = np.arange(len(early_ends))
    np.testing.assert_array_equal(early_ends, ends[rows])
    np.testing.assert_array_equal(part.vectors(rows), whole.vectors(rows))


def test_a_row_at_the_very_close_comes_too_late(hourly, tmp_path):
    candles, ends, start = hourly
    close = 11 * 3600
    table = read_window_table(news(tmp_path, [close - 1, close], start, x=[1.0, 2.0]), "at", candles, ends)
    place = int(np.searchsorted(ends, 10))
    np.testing.assert_array_equal(table.vectors(np.array([place, place + 1])), [[1, 1], [1, 2]])


def test_an_empty_cell_counts_as_a_row_but_not_in_the_mean(hourly, tmp_path):
    candles, ends, start = hourly
    path = news(tmp_path, [36000, 36001, 36002], start, x=[1.0, np.nan, 3.0], y=[np.nan] * 3)
    place = np.array([int(np.searchsorted(ends, 10))])
    np.testing.assert_array_equal(read_window_table(path, "at", candles, ends).vectors(place), [[3, 2, 0]])


def test_symbols_are_kept_apart_and_a_table_without_them_is_said_to_all(tmp_path):
    frame = pd.concat([candle_frame(30, freq="h", symbol=name) for name in ("BTC/USDT", "ETH/USDT")])
    candles, ends = candles_of(tmp_path, frame)
    start = frame["date"].iloc[0]
    rows = np.arange(len(ends))
    symbol = candles.frame["symbol"].astype(str).to_numpy()[ends]
    at = [10 * 3600 + 5] * 3
    own = news(tmp_path, at, start, symbol=["BTC/USDT", "BTC/USDT", "XRP/USDT"])
    table = read_window_table(own, "at", candles, ends)
    counts = table.vectors(rows)[:, 0]
    assert counts[symbol == "BTC/USDT"].sum() == 2 and counts[symbol == "ETH/USDT"].sum() == 0
    assert "no symbol XRP/USDT" in table.about[0]
    everybody = read_window_table(news(tmp_path, at, start, x=[1, 2, 3]), "at", candles, ends)
    counts = everybody.vectors(rows)[:, 0]
    assert counts[symbol == "BTC/USDT"].sum() == counts[symbol == "ETH/USDT"].sum() == 3
    with pytest.raises(StudyError, match=r"did you mean 'BTC/USDT'\?"):
        spelt = news(tmp_path, at, start, symbol=["BTCUSDT", "ETH/USDT", "ETH/USDT"])
        read_window_table(spelt, "at", candles, ends)


def test_what_cannot_be_said_to_the_windows_is_refused_in_a_line(hourly, tmp_path):
    candles, ends, start = hourly
    with pytest.raises(StudyError, match="names the symbols A, B, the candles none"):
        read_window_table(news(tmp_path, [0, 1], start, symbol=["A", "B"]), "at", candles, ends)
    with pytest.raises(StudyError, match=r"none of its 2 rows, .* reaches a window; windows end"):
        read_window_table(news(tmp_path, [10**7, 10**7 + 1], start, x=[1, 2]), "at", candles, ends)
    with pytest.raises(StudyError, match=r"beside='nothing\.csv': no such file"):
        read_window_table("nothing.csv", "at", candles, ends)


def test_headlines_without_numbers_are_counted(hourly, tmp_path):
    candles, ends, start = hourly
    table = read_window_table(news(tmp_path, [36000], start, title=["a"]), "at", candles, ends)
    assert table.columns == ("count",) and table.vectors(np.arange(len(ends))).sum() == 1
    assert "no numbers, so that rows are counted; columns without numbers: title" in table.about[0]
