"""One file of embeddings says what it holds and what it lacks."""

import numpy as np
import pandas as pd
import pytest

from study.commands.embed_file import Attachment, Embedded, Layout, OtherInterval, embed_file
from tests.study.small_extractor import small_extractor
from tests.timesnet.candle_factory import candle_frame

QUARTER = pd.Timedelta(minutes=15)


@pytest.mark.parametrize("stride", [1, 3])
def test_rows_without_an_embedding_or_with_an_old_one_are_counted(tmp_path, stride):
    candles = candle_frame(160)
    # Ten hours are missing after the 100th candle.
    candles = candles.drop(index=range(100, 140)).reset_index(drop=True)
    candles.to_parquet(tmp_path / "candles.parquet", index=False)
    first = pd.Timestamp(candles["date"].iloc[0])
    rows = pd.DataFrame(
        {"on": first + np.arange(-10, 170) * QUARTER + pd.Timedelta(minutes=1), "n": range(180)}
    )
    written = embed_file(
        small_extractor(),
        str(tmp_path / "candles.parquet"),
        tmp_path / "out.parquet",
        Layout(stride=stride, vector="columns", batch_size=64),
        note={},
        attachment=Attachment(rows, "on"),
    )
    found = pd.read_parquet(tmp_path / "out.parquet")
    closed = found["embedding_date"] + QUARTER
    old = (found["on"] - closed) > stride * QUARTER
    assert written == Embedded(180, int(found["embedding_date"].isna().sum()), int(old.sum()))
    assert written.without > 10 and 30 < written.late < 80
    # Before the gap nothing is late.
    assert not old[found["on"] < first + 100 * QUARTER].any()


def test_candles_of_another_length_are_told_in_words(tmp_path):
    candle_frame(60, freq="1h").to_csv(tmp_path / "odd.csv", index=False)
    layout = Layout(stride=1, vector="columns", batch_size=64)
    with pytest.raises(OtherInterval, match=r"odd\.csv' holds candles of 1 hour, .* candles of 15 minutes$"):
        embed_file(small_extractor(), str(tmp_path / "odd.csv"), tmp_path / "out.parquet", layout, note={})
    assert [path.name for path in tmp_path.iterdir()] == ["odd.csv"]
