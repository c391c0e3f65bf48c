"""Arrays in files are arrays like any other."""

import os

import numpy as np
import pandas as pd
import pytest

from tests.timesnet.candle_factory import candle_frame
from timesnet import DataError, clean_candles, compute_features, large_arrays, read_candles
from timesnet.large_arrays import file_of, large_array


@pytest.fixture
def everything_large(monkeypatch):
    monkeypatch.setattr(large_arrays, "LARGE", 1)


def test_a_small_array_makes_no_file():
    assert file_of(large_array((1000, 12), np.float32)) is None


def test_the_file_holds_what_is_written(everything_large):
    values = large_array((7, 3), np.float64)
    values[:] = np.arange(21).reshape(7, 3)
    for part in (values, values[2:], values.T, values[:, 1]):
        file, start = file_of(part)
        assert np.frombuffer(os.pread(file.fileno(), 8, start)) == part.flat[0]
    assert file_of(values.copy()) is None and values.flags.writeable and values.flags.c_contiguous


def test_the_file_has_no_name_and_goes_with_the_array(everything_large, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    values = large_array((1000,), np.float64)
    descriptor = file_of(values)[0].fileno()
    assert list(tmp_path.iterdir()) == []
    del values
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_no_room_is_one_line_that_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(DataError, match=f"no room for 8000000.0 GB in {tmp_path} .*TMPDIR"):
        large_array((10**15,), np.float64)


def test_candles_and_features_are_the_same_in_files(monkeypatch, tmp_path):
    frame = pd.concat([candle_frame(300, symbol=name, seed=place) for place, name in enumerate("ABC")])
    frame = pd.concat([frame.drop(index=[7, 8]), frame.iloc[40:60]])
    frame.sample(frac=1, random_state=0).to_parquet(tmp_path / "candles.parquet")
    found = []
    for size in (large_arrays.LARGE, 1):
        monkeypatch.setattr(large_arrays, "LARGE", size)
        candles, quality = read_candles(tmp_path / "candles.parquet")
        features = compute_features(candles)
        assert (
            (file_of(features) is None) == (file_of(candles.frame["close"].to_numpy()) is None) == (size > 1)
        )
        found.append((candles.frame, candles.segment, features, quality))
    (frame, segment, features, quality), (other_frame, other_segment, other_features, other_quality) = found
    pd.testing.assert_frame_equal(frame, other_frame, check_exact=True)
    assert np.array_equal(segment, other_segment) and quality == other_quality
    assert np.array_equal(features, other_features, equal_nan=True)


def test_a_table_that_is_cleaned_is_neither_changed_nor_held():
    frame = candle_frame(50, symbol="A")
    before = frame.copy(deep=True)
    candles, _ = clean_candles(frame)
    held = candles.frame.copy(deep=True)
    pd.testing.assert_frame_equal(frame, before)
    frame["date"].to_numpy(copy=False)
    frame.loc[:, "close"] = 0.0
    frame.loc[:, "date"] = pd.Timestamp(0, tz="UTC")
    pd.testing.assert_frame_equal(candles.frame, held)


def test_a_symbol_without_a_possible_candle_is_none():
    frame = pd.concat([candle_frame(50, symbol=name) for name in "ABC"], ignore_index=True)
    frame.loc[frame["symbol"] == "B", "high"] = -1.0
    candles, quality = clean_candles(frame)
    assert quality.symbols == ("A", "C") == tuple(candles.frame["symbol"].cat.categories)
    assert candles.frame["symbol"].tolist() == ["A"] * 50 + ["C"] * 50
