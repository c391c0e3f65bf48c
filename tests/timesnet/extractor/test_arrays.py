"""Windows one a row, in columns of arrays."""

import mlflow
import numpy as np
import pandas as pd
import pytest

from tests.study.small_extractor import small_extractor
from tests.timesnet.candle_factory import candle_frame
from timesnet import DataError, look_back
from timesnet.extractor.arrays import arrays_of, embed_rows, holds_arrays
from timesnet.extractor.files import save_extractor
from timesnet.extractor.mlflow_parts import pyfunc_parts

SEQ_LEN = 16


@pytest.fixture(scope="module")
def extractor():
    return small_extractor(seq_len=SEQ_LEN)


@pytest.fixture(scope="module")
def candles():
    return candle_frame(60)


NEEDED = SEQ_LEN + look_back()


def rows_of(candles, ends, length=NEEDED, kind=np.asarray):
    """One row a window that ends at each of `ends`."""
    parts = [candles.iloc[end + 1 - length : end + 1] for end in ends]
    names = [name for name in candles.columns if name != "symbol"]
    return pd.DataFrame({name: [kind(part[name]) for part in parts] for name in names})


@pytest.mark.parametrize("length", [NEEDED, NEEDED + 7])
@pytest.mark.parametrize("kind", [np.asarray, list])
def test_a_row_gets_the_vector_its_window_has_in_the_table(extractor, candles, length, kind):
    ends = [30, 59, 40, 40]
    embedded = extractor.embed_candles(candles)
    places = np.searchsorted(embedded["date"], candles["date"].iloc[ends])
    expected = embedded.filter(like="emb_").to_numpy()[places]
    rows = rows_of(candles, ends, length, kind).assign(name="x")
    assert holds_arrays(rows) and not holds_arrays(candles)
    found = embed_rows(extractor, rows.rename(columns={"date": "Open time"}), batch_size=3)
    assert found.dtype == np.float32 and found.shape == (4, extractor.dim)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_what_is_wrong_with_a_row_is_one_line(extractor, candles):
    rows = rows_of(candles, [30, 40])
    rows.at[1, "close"] = rows["close"].iloc[1][:-1]
    with pytest.raises(DataError, match=r"row 1: its arrays differ in length: .*close 17"):
        embed_rows(extractor, rows)
    with pytest.raises(DataError, match=r"row 0: .* 18 consecutive candles; they hold 17, of which 17"):
        embed_rows(extractor, rows_of(candles, [30, 40], NEEDED - 1))
    with pytest.raises(DataError, match=r"row 0: .* they hold 18, of which 18"):
        embed_rows(extractor, rows_of(candles.drop(index=25), [29]))
    spoilt = candles.assign(low=candles["low"].where(candles.index != 30, candles["high"] * 2))
    with pytest.raises(DataError, match=r"row 0: .* they hold 20, of which 19"):
        embed_rows(extractor, rows_of(spoilt, [30], NEEDED + 2))
    with pytest.raises(DataError, match="no column for 'low'"):
        embed_rows(extractor, rows_of(candles.drop(columns="low"), [30]))


def test_the_logged_model_takes_them(extractor, candles, tmp_path):
    folder = save_extractor(extractor, tmp_path / "extractor")
    mlflow.pyfunc.save_model(path=tmp_path / "model", **pyfunc_parts(folder, tmp_path / "code"))
    model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    rows = rows_of(candles, [30, 45])
    np.testing.assert_array_equal(model.predict(rows), embed_rows(extractor, rows))


def test_ready_made_windows_may_stand_in_a_column():
    windows = np.random.default_rng(0).normal(size=(3, SEQ_LEN, 12))
    spark_like = [np.array([*map(np.array, window)], dtype=object) for window in windows]
    for cells in (list(windows), windows.tolist(), spark_like):
        frame = pd.DataFrame({"0": cells, "n": range(3)})
        np.testing.assert_array_equal(np.asarray(arrays_of(frame), dtype=float), windows)
    with pytest.raises(DataError, match="2 columns hold arrays"):
        arrays_of(frame.assign(other=frame["0"]))
