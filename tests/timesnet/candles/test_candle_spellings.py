"""The same candles, however another program wrote them, are the same candles."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_inputs import base_candles, written_differently
from timesnet.candles.clean import read_candles

NUMBERS = ["open", "high", "low", "close", "volume"]


def require_same(path, content, frame):
    path.write_bytes(content)
    candles, quality = read_candles(path)
    assert candles.frame["date"].tolist() == frame["date"].tolist()
    np.testing.assert_array_equal(candles.frame[NUMBERS], frame[NUMBERS])
    assert quality.duplicates_differing == 0
    return candles


@settings(max_examples=100, deadline=None)
@given(data=st.data(), rows=st.sampled_from([2, 3, 24, 200, 400]))
def test_spellings_of_the_same_file(tmp_path_factory, data, rows):
    frame = base_candles(rows)
    content = data.draw(written_differently(frame))
    candles = require_same(tmp_path_factory.getbasetemp() / "candles.csv", content, frame)
    assert candles.interval == pd.Timedelta("1h")
    assert candles.segment[-1] == 0


@settings(max_examples=2, deadline=None)
@given(data=st.data())
def test_spellings_of_a_long_file(tmp_path_factory, data):
    frame = base_candles(20_000)
    content = data.draw(written_differently(frame))
    require_same(tmp_path_factory.getbasetemp() / "long.csv", content, frame)


@settings(max_examples=60, deadline=None)
@given(gone=st.sets(st.integers(0, 47), max_size=7))
def test_rows_left_out_are_gaps(tmp_path_factory, gone):
    frame = base_candles(48).drop(index=sorted(gone))
    path = tmp_path_factory.getbasetemp() / "gaps.csv"
    frame.to_csv(path, index=False)
    candles, quality = read_candles(path)
    runs = 1 + int((frame["date"].diff().dropna() > pd.Timedelta("1h")).sum())
    assert quality.segments == runs and quality.gaps == runs - 1
    inside = frame["date"].iloc[-1] - frame["date"].iloc[0]
    assert quality.missing_candles == inside // pd.Timedelta("1h") + 1 - len(frame)
    assert len(np.unique(candles.segment)) == runs


def test_one_candle_is_refused(tmp_path):
    path = tmp_path / "one.csv"
    base_candles(1).to_csv(path, index=False)
    with pytest.raises(ValueError, match="at least 2 candles"):
        read_candles(path)
