"""Alignment never shows a row an embedding from its future."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.commands.align import align, read_table
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


def test_clashing_columns_and_bad_tables_are_one_line(tmp_path):
    with pytest.raises(StudyError, match="emb_000"):
        align(news([1], emb_000=[1]), embeddings([0]), on="at", interval=HOUR)
    path = tmp_path / "news.csv"
    path.write_text("date,text\n2024-01-01,a\nyesterday,b\n")
    with pytest.raises(StudyError, match=r"row 2 of 'date' holds 'yesterday'"):
        read_table(str(path), "date")
    with pytest.raises(StudyError, match=r"no column 'dat'.*'date'"):
        read_table(str(path), "dat")
    with pytest.raises(StudyError, match="no such file"):
        read_table(str(tmp_path / "none.csv"), "date")
