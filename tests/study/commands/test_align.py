"""Alignment never shows a row an embedding from its future."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.commands.align import align, free_prefix, read_attachment
from study.errors import StudyError

HOUR = pd.Timedelta(hours=1)


def embeddings(opens, symbol=None):
    dates = pd.Timestamp("2024-01-01", tz="UTC") + np.asarray(opens) * HOUR
    frame = pd.DataFrame({"date": dates, "emb_000": np.asarray(opens, dtype=np.float32)})
    return frame if symbol is None else frame.assign(symbol=symbol)


def news(minutes, **columns):
    dates = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(list(minutes), unit="min")
    return pd.DataFrame({"at": pd.DatetimeIndex(dates), **columns})


def test_a_candle_that_closes_at_the_very_moment_is_not_yet_known():
    joined = align(news([59, 60, 61]), embeddings([0]), on="at", interval=HOUR)
    assert joined["emb_000"].isna().tolist() == [True, True, False]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=15, unique=True),
    st.lists(st.integers(-100, 3000), min_size=1, max_size=20),
)
def test_it_is_the_latest_known_one_by_brute_force(opens, minutes):
    table = news(minutes, n=range(len(minutes)))
    joined = align(table, embeddings(sorted(opens)), on="at", interval=HOUR)
    assert joined["n"].tolist() == table["n"].tolist()
    for minute, found in zip(minutes, joined["emb_000"], strict=True):
        known = [opened for opened in opens if (opened + 1) * 60 < minute]
        assert (np.isnan(found) and not known) or found == max(known)


def test_symbols_are_kept_apart():
    both = pd.concat([embeddings([0, 5], "A"), embeddings([3], "B")])
    joined = align(news([600, 600, 600], symbol=["A", "B", "C"]), both, on="at", interval=HOUR)
    assert joined["emb_000"].tolist()[:2] == [5, 3] and np.isnan(joined["emb_000"].iloc[2])
    with pytest.raises(StudyError, match="symbol"):
        align(news([600]), both, on="at", interval=HOUR)


def test_rows_of_several_symbols_are_not_all_given_the_one_that_has_no_name():
    with pytest.raises(StudyError, match="names the symbols A, B, the candles none: keep the rows of theirs"):
        align(news([600, 600], symbol=["A", "B"]), embeddings([0]), on="at", interval=HOUR)
    assert align(news([600], symbol=["A"]), embeddings([0]), on="at", interval=HOUR)["emb_000"].tolist() == [
        0
    ]


def test_bad_tables_are_one_line(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text("date,text\n2024-01-01,a\nyesterday,b\n")
    with pytest.raises(StudyError, match=r"column 'date', line 3: 'yesterday' is not a date"):
        read_attachment(str(path), "date")
    with pytest.raises(StudyError, match=r"no column 'dat'.*'date'"):
        read_attachment(str(path), "dat")
    with pytest.raises(StudyError, match="no such file"):
        read_attachment(str(tmp_path / "none.csv"), "date")


@pytest.mark.parametrize("name", ["emb_000", "embedding_date", "EMB_000", "timesnet_emb_000"])
def test_our_columns_give_way_to_those_of_the_table(name):
    table = news([100], **{"emb_000": [7], name: [8]})
    prefix = free_prefix(table.columns, ["embedding_date", "emb_000"])
    joined = align(table, embeddings([0]), on="at", interval=HOUR, prefix=prefix)
    assert joined.columns.is_unique and joined["emb_000"].iloc[0] in (7, 8) and joined[name].iloc[0] == 8
    assert joined[f"{prefix}emb_000"].tolist() == [0]


@pytest.mark.parametrize("name", ["known_at", "embedding", "emb_0", "date", "symbol"])
def test_columns_that_a_join_might_use_are_kept(name):
    joined = align(news([100], **{name: ["kept"]}), embeddings([0]), on="at", interval=HOUR)
    assert joined[name].tolist() == ["kept"] and joined["emb_000"].tolist() == [0]


def test_an_embedding_that_is_too_old_is_left_out():
    joined = align(news([61, 180, 181]), embeddings([0]), on="at", interval=HOUR, max_age=pd.Timedelta("2h"))
    assert joined["emb_000"].isna().tolist() == [False, False, True]
    assert joined["embedding_date"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize("symbol", ["BTCUSDT", "btc/usdt", "BTC-USDT", "btc_usdt"])
def test_another_spelling_of_a_symbol_is_refused_with_the_right_one(symbol):
    both = pd.concat([embeddings([0], "BTC/USDT"), embeddings([0], "ETH/USDT")])
    with pytest.raises(StudyError, match=r"the candles have BTC/USDT, ETH/USDT, did you mean 'BTC/USDT'\?"):
        align(news([600, 600], symbol=[symbol, "ETH/USDT"]), both, on="at", interval=HOUR)


MOMENTS = pd.DatetimeIndex(["2025-01-05 12:34:56", "2025-01-10", "2025-01-20 23:59:59"], tz="UTC")


@pytest.mark.parametrize(
    ("written", "separator"),
    [
        (MOMENTS.strftime("%Y-%m-%d %H:%M:%S"), ","),
        (MOMENTS.strftime("%Y-%m-%d %H:%M:%S"), ";"),
        (MOMENTS.strftime("%Y-%m-%d %H:%M:%S UTC"), ","),
        (MOMENTS.strftime("%a, %d %b %Y %H:%M:%S GMT"), ";"),
        (MOMENTS.strftime("%d.%m.%Y %H:%M:%S"), "\t"),
        (MOMENTS.asi8 // 10**3 if MOMENTS.unit == "ms" else MOMENTS.as_unit("s").asi8, ","),
        (MOMENTS.as_unit("ms").asi8, ","),
        (MOMENTS.tz_convert("Asia/Tokyo").map(lambda moment: moment.isoformat()), ","),
    ],
)
def test_dates_are_read_as_those_of_candles_are(tmp_path, written, separator):
    path = tmp_path / "news.csv"
    frame = pd.DataFrame({"date": written, "code": "000001", "n": [1, 2, 3], "x": [0.5, None, 2]})
    frame.to_csv(path, index=False, sep=separator)
    found = read_attachment(str(path), "date").table
    assert found["date"].tolist() == list(MOMENTS)
    assert found["code"].tolist() == ["000001"] * 3 and found["n"].dtype == "int64"
    assert found["x"].isna().tolist() == [False, True, False]


def test_naive_dates_are_said_to_be_in_utc_or_read_in_the_zone_that_is_named(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text("date,text\n2025-01-05 12:00,a\n2025-01-06 12:00,b\n")
    plain = read_attachment(str(path), "date")
    assert "taken as UTC" in plain.read_as
    tokyo = read_attachment(str(path), "date", timezone="Asia/Tokyo")
    assert "taken as Asia/Tokyo" in tokyo.read_as
    assert (plain.table["date"] - tokyo.table["date"] == pd.Timedelta("9h")).all()


def test_a_local_time_that_clocks_show_twice_is_the_earlier_one(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text("date,text\n2021-10-31 02:30,a\n")
    found = read_attachment(str(path), "date", timezone="Europe/Berlin")
    assert found.table["date"].iloc[0] == pd.Timestamp("2021-10-31 00:30", tz="UTC")
    assert "first of the two" in found.read_as


def test_days_with_a_time_beside_them(tmp_path):
    path = tmp_path / "news.csv"
    path.write_text("date,time,text\n2025-01-05,09:30,a\n2025-01-06,10:45,b\n")
    found = read_attachment(str(path), "date")
    assert found.table["date"].iloc[1] == pd.Timestamp("2025-01-06 10:45", tz="UTC")
