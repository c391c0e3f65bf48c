"""The digest tells candles apart, and nothing else."""

import numpy as np
import pandas as pd
import pytest

from study.data.candles import digest
from study.data.candles.digest import candles_digest
from timesnet import read_candles

ROWS = 50


def table(seed=0):
    close = 100 + np.random.default_rng(seed).standard_normal(ROWS).cumsum()
    dates = pd.date_range("2024-01-01", periods=ROWS, freq="h", tz="UTC")
    return pd.DataFrame(
        {"date": dates, "open": close, "high": close + 1, "low": close - 1, "close": close, "volume": 1.0}
    )


def digest_of(frame, folder):
    file = folder / "candles.csv"
    frame.to_csv(file, index=False)
    return candles_digest(read_candles(file)[0])


def test_the_order_of_rows_and_the_size_of_pieces_do_not_matter(tmp_path, monkeypatch):
    plain = digest_of(table(), tmp_path)
    assert len(plain) == 16
    assert digest_of(table().sample(frac=1, random_state=0), tmp_path) == plain
    monkeypatch.setattr(digest, "_CHUNK", 7)
    assert digest_of(table(), tmp_path) == plain


@pytest.mark.parametrize("column", ["open", "close", "volume"])
def test_one_other_value_is_another_digest(tmp_path, column):
    other = table()
    other.loc[ROWS // 2, column] += 0.001
    assert digest_of(other, tmp_path) != digest_of(table(), tmp_path)
