"""One file of embeddings says what it holds and what it lacks."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from study.commands.align import Attachment
from study.commands.embed_file import Embedded, Layout, embed_file
from study.commands.file_windows import OtherInterval
from study.errors import StudyError
from study.fusion.window_table import read_window_table
from study.labels.label_kinds import parse_label
from study.labels.recipe import label_recipe
from tests.study.small_extractor import small_extractor
from tests.timesnet.candle_factory import candle_frame
from timesnet import read_candles

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


@pytest.mark.parametrize("vector", ["columns", "list"])
@pytest.mark.parametrize("own", ["n", "emb_0", "emb_000", "embedding", "embedding_date", "known_at", "date"])
@pytest.mark.parametrize("attached", [True, False])
def test_what_is_written_reads_back_with_every_column(tmp_path, vector, own, attached):
    candles = candle_frame(60)
    candles.to_parquet(tmp_path / "candles.parquet", index=False)
    first = pd.Timestamp(candles["date"].iloc[0])
    # The first rows have no embedding yet.
    rows = pd.DataFrame({"on": first + np.arange(0, 60, 5) * QUARTER, own: range(12)})
    target = tmp_path / "out.parquet"
    extractor = small_extractor()
    embed_file(
        extractor,
        str(tmp_path / "candles.parquet"),
        target,
        Layout(stride=1, vector=vector, batch_size=64),
        note={},
        attachment=Attachment(rows, "on") if attached else None,
    )
    found = pd.read_parquet(target)
    if attached:
        assert found[own].tolist() == list(range(12))
    alone = extractor.embed_candles(candles)
    names = [name for name in found.columns if "emb" in name and name not in ((own,) if attached else ())]
    ours = found[[name for name in names if not name.endswith("_date")]]
    last = np.stack(ours.iloc[-1, 0]) if vector == "list" else ours.iloc[-1].to_numpy(dtype=np.float32)
    wanted = alone[alone["date"] + QUARTER < rows["on"].iloc[-1]] if attached else alone
    np.testing.assert_allclose(last, wanted.filter(regex="^emb_").iloc[-1], rtol=1e-4, atol=1e-5)
    if attached:
        assert ours.iloc[0].isna().all()


def test_the_note_names_the_file_that_was_embedded(tmp_path):
    candle_frame(160).to_csv(tmp_path / "candles.csv", index=False)
    extractor = small_extractor()
    extractor.provenance |= {"data": "training.csv", "data_digest": "of the training", "study": "a study"}
    rows = pd.DataFrame({"when": [candle_frame(160)["date"].iloc[-1]]})
    target = tmp_path / "out.parquet"
    layout = Layout(stride=2, vector="columns", batch_size=64)
    attachment = Attachment(rows, "when", source="news.csv")
    embed_file(extractor, str(tmp_path / "candles.csv"), target, layout, note={}, attachment=attachment)
    note = json.loads((tmp_path / "out.parquet.provenance.json").read_text())
    assert note["data"] == str(tmp_path / "candles.csv")
    assert note["data_digest"] == hashlib.sha256((tmp_path / "candles.csv").read_bytes()).hexdigest()
    assert (note["study_data"], note["study_data_digest"], note["study"]) == (
        "training.csv",
        "of the training",
        "a study",
    )
    assert (note["layer"], note["pooling"], note["dim"]) == (
        extractor.layer,
        extractor.pooling,
        extractor.dim,
    )
    assert (note["align"], note["on"], note["rows"], note["rows_read"]) == ("news.csv", "when", 1, 160)


def test_the_note_tells_the_dates_of_all_symbols(tmp_path):
    inner = candle_frame(60, symbol="A", start="2021-10-02")
    outer = candle_frame(700, symbol="B", start="2021-09-29")
    last = candle_frame(60, symbol="C", start="2021-10-03")
    pd.concat([inner, outer, last]).to_csv(tmp_path / "candles.csv", index=False)
    layout = Layout(stride=1, vector="columns", batch_size=64)
    embed_file(small_extractor(), str(tmp_path / "candles.csv"), tmp_path / "out.parquet", layout, note={})
    note = json.loads((tmp_path / "out.parquet.provenance.json").read_text())
    dates = pd.read_parquet(tmp_path / "out.parquet")["date"]
    assert note["first_date"] == dates.min().isoformat() and note["last_date"] == dates.max().isoformat()


def test_a_day_on_which_clocks_go_back_is_not_known_an_hour_early(tmp_path):
    days = pd.date_range("2021-09-01", periods=80, freq="D", tz="Europe/Berlin")
    candle_frame(80).assign(date=days.tz_convert("UTC")).to_parquet(tmp_path / "candles.parquet", index=False)
    extractor = small_extractor()
    extractor.interval_seconds = 86_400.0
    evening = pd.DatetimeIndex([f"2021-10-31 {clock}" for clock in ("22:59", "23:01")], tz="UTC")
    embed_file(
        extractor,
        str(tmp_path / "candles.parquet"),
        tmp_path / "out.parquet",
        Layout(stride=1, vector="columns", batch_size=64),
        note={},
        attachment=Attachment(pd.DataFrame({"on": evening}), "on"),
    )
    found = pd.read_parquet(tmp_path / "out.parquet")["embedding_date"]
    assert [date.tz_convert("Europe/Berlin").day for date in found] == [30, 31]


def test_rows_carry_the_label_and_the_split_of_the_models_study(tmp_path):
    candles = candle_frame(120)
    candles.to_parquet(tmp_path / "candles.parquet", index=False)
    extractor = small_extractor()
    layout = Layout(stride=1, vector="list", batch_size=64, labels=True)
    with pytest.raises(StudyError, match="labels=yes: the model does not say what its label was"):
        embed_file(extractor, str(tmp_path / "candles.parquet"), tmp_path / "out.parquet", layout, note={})
    dates = pd.DatetimeIndex(candles["date"])
    spec = parse_label(kind="direction", horizon=3)
    extractor.provenance |= {
        "label_recipe": label_recipe(spec, (0.0,), {}),
        "splits": {"fit": {"first_end": dates[0].isoformat(), "last_end": dates[80].isoformat()}},
    }
    embed_file(extractor, str(tmp_path / "candles.parquet"), tmp_path / "out.parquet", layout, note={})
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert list(found.columns) == ["date", "label", "split", "embedding"]
    close = candles.set_index("date")["close"]
    later = close.shift(-3)[found["date"]]
    expected = (later > close[found["date"]]).to_numpy()
    assert found["label"].isna().sum() == 3 and found["label"].iloc[-3:].isna().all()
    assert (found["label"].iloc[:-3].to_numpy(dtype=int) == expected[:-3]).all()
    assert set(found["split"]) == {"fit", "after"}
    assert (found["split"] == "fit").sum() == (found["date"] <= dates[80]).sum()


@pytest.mark.parametrize("vector", ["columns", "list"])
def test_what_another_table_says_stands_beside_each_window_and_is_what_a_study_scores(tmp_path, vector):
    candles = candle_frame(120)
    candles.to_parquet(tmp_path / "candles.parquet", index=False)
    generator = np.random.default_rng(0)
    at = candles["date"].iloc[0] + pd.to_timedelta(np.sort(generator.integers(0, 120 * 900, 90)), unit="s")
    vectors = generator.normal(size=(90, 2)).astype(np.float32)
    pd.DataFrame({"at": at, "v": list(vectors), "count": 1.5}).to_parquet(tmp_path / "news.parquet")
    layout = Layout(stride=3, vector=vector, batch_size=64, beside=str(tmp_path / "news.parquet"), on="at")
    extractor = small_extractor()
    written = embed_file(
        extractor, str(tmp_path / "candles.parquet"), tmp_path / "out.parquet", layout, note={}
    )
    assert "90 rows" in written.about_table[0]
    found = pd.read_parquet(tmp_path / "out.parquet")
    cleaned, _ = read_candles(str(tmp_path / "candles.parquet"))
    ends = extractor.windows_of(cleaned).ends
    expected = read_window_table(layout.beside, "at", cleaned, ends).vectors(np.arange(0, len(ends), 3))
    means = ["beside_mean_count", "beside_mean_v_0", "beside_mean_v_1"]
    said = np.stack(found["beside"]) if vector == "list" else found[means].to_numpy()
    np.testing.assert_array_equal(found["beside_count"], expected[:, 0])
    np.testing.assert_array_equal(said, expected[:, 1:])
    assert (found["beside_count"] == 0).any() and (found["beside_count"] > 1).any()
    note = json.loads((tmp_path / "out.parquet.provenance.json").read_text())
    assert note["beside_columns"] == ["beside_count", *means] and note["on"] == "at"
