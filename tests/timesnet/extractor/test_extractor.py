"""The extractor: same vectors as capture, one at a time or all together, and safe on disk."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from timesnet.candles.clean import clean_candles, read_candles
from timesnet.capture.capture import capture_layers
from timesnet.errors import CheckpointError, ConfigError, DataError, LayerError
from timesnet.extractor.extractor import Extractor
from timesnet.extractor.files import load_extractor, save_extractor
from timesnet.network.config import TimesNetConfig
from timesnet.network.freeze import freeze_frequencies
from timesnet.network.model import TimesNet
from timesnet.windows.features import FEATURES, compute_features, look_back
from timesnet.windows.scaler import Scaler
from timesnet.windows.time_marks import time_marks
from timesnet.windows.windows import Windows, complete_windows

SEQ_LEN = 24


@pytest.fixture(scope="module")
def bitcoin():
    candles, _ = read_candles("btc-15min")
    return candles.frame.drop(columns="symbol").iloc[3000:3500].reset_index(drop=True)


@pytest.fixture(scope="module")
def study(bitcoin):
    """A network with frozen periods, its scaler and its windows, as a study has them."""
    candles, _ = clean_candles(bitcoin)
    features = compute_features(candles)
    scaler = Scaler.fit(features, ~np.isnan(features).any(axis=1))
    windows = Windows(
        scaler.transform(features),
        time_marks(candles.frame["date"], freq="t"),
        complete_windows(candles, SEQ_LEN, look_back()),
        SEQ_LEN,
    )
    return build("long_term_forecast", windows), scaler, windows


def build(task_name, windows, **changes):
    settings = dict(
        top_k=3,
        num_class=2,
        seq_len=SEQ_LEN,
        pred_len=1,
        enc_in=12,
        c_out=12,
        d_model=8,
        d_ff=8,
        num_kernels=4,
    )
    with torch.random.fork_rng():
        torch.manual_seed(5)
        model = TimesNet(TimesNetConfig(task_name=task_name, freq="t", **(settings | changes)))
    marks = task_name == "long_term_forecast"
    freeze_frequencies(model, lambda: ((x, m if marks else None) for x, m in windows.batches(256)))
    return model


def extractor_of(model, scaler, layer="layer_norm#1", pooling="mean", **changes):
    settings = dict(scaler=scaler, seq_len=SEQ_LEN, freq="t", interval_seconds=900, provenance={"study": "a"})
    return Extractor(model, layer, pooling, **(settings | changes))


def vectors_of(embedded):
    return embedded.filter(like="emb_").to_numpy()


@pytest.mark.parametrize("task_name", ["long_term_forecast", "classification"])
@pytest.mark.parametrize("selection", ["frozen", "window"])
def test_windows_get_the_vectors_that_capture_gives(study, task_name, selection):
    _, scaler, windows = study
    model = build(task_name, windows)
    model.period_selection = selection
    few = windows.select(np.arange(0, len(windows), 20))
    captured = capture_layers(model, few.batches(50), len(few), poolings=("mean", "last", "max", "mean|last"))
    layers = (
        "enc_embedding",
        "model.0.conv.0.kernels.1",
        "model.0.conv.1",
        "model.1.conv",
        "model.1",
        "projection",
    )
    for layer in layers:
        for pooling in ("mean", "last", "max", "mean|last"):
            vectors = extractor_of(model, scaler, layer, pooling).embed_windows(few, batch_size=33)
            assert vectors.dtype == np.float32
            np.testing.assert_allclose(vectors, captured[layer, pooling], rtol=1e-5, atol=1e-5, err_msg=layer)


def test_candles_get_the_vectors_of_their_windows(study, bitcoin):
    model, scaler, windows = study
    extractor = extractor_of(model, scaler)
    embedded = extractor.embed_candles(bitcoin)
    assert list(embedded.columns) == ["date", *[f"emb_{i:03d}" for i in range(extractor.dim)]]
    assert str(embedded["date"].dtype) == "datetime64[ns, UTC]"
    np.testing.assert_array_equal(vectors_of(embedded), extractor.embed_windows(windows))
    candles, _ = clean_candles(bitcoin)
    assert (embedded["date"].to_numpy() == candles.frame["date"].to_numpy()[windows.ends]).all()


@pytest.mark.parametrize("layer", ["layer_norm#1", "model.0", "model.1.conv.0.kernels.2"])
def test_a_window_alone_gets_the_vector_it_has_among_others(study, bitcoin, layer):
    model, scaler, windows = study
    extractor = extractor_of(model, scaler, layer)
    embedded = extractor.embed_candles(bitcoin)
    for place in (0, 17, len(windows) - 1):
        end = windows.ends[place]
        alone = extractor.embed_candles(bitcoin.iloc[end - SEQ_LEN - look_back() + 1 : end + 1])
        assert len(alone) == 1 and alone["date"].iloc[0] == embedded["date"].iloc[place]
        np.testing.assert_allclose(vectors_of(alone)[0], vectors_of(embedded)[place], rtol=1e-5, atol=1e-5)
    shuffled = np.random.default_rng(0).permutation(len(windows))
    for batch_size in (7, 64):
        np.testing.assert_allclose(
            extractor.embed_windows(windows.select(shuffled), batch_size),
            vectors_of(embedded)[shuffled],
            rtol=1e-5,
            atol=1e-5,
        )


def test_gaps_symbols_and_strides(study, bitcoin):
    model, scaler, _ = study
    extractor = extractor_of(model, scaler)
    one = bitcoin.iloc[:120].assign(symbol="B")
    other = bitcoin.iloc[200:300].assign(symbol="A")
    embedded = extractor.embed_candles(pd.concat([one.drop(index=60), other]))
    assert list(embedded.columns[:3]) == ["date", "symbol", "emb_000"]
    needed = SEQ_LEN + look_back()
    assert embedded["symbol"].tolist() == ["A"] * (101 - needed) + ["B"] * (61 - needed + 60 - needed)
    strided = extractor.embed_candles(bitcoin, stride=10)
    every = extractor.embed_candles(bitcoin)
    assert len(strided) == -(-len(every) // 10)
    np.testing.assert_allclose(vectors_of(strided), vectors_of(every)[::10], rtol=1e-5, atol=1e-5)


def test_progress_is_told_after_each_batch(study):
    model, scaler, windows = study
    seen = []
    extractor_of(model, scaler).embed_windows(
        windows.select(np.arange(25)), 10, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(10, 25), (20, 25), (25, 25)]


def test_too_few_candles_say_how_many_are_needed(study, bitcoin):
    model, scaler, _ = study
    extractor = extractor_of(model, scaler)
    message = "26 consecutive candles of 15 minutes are needed .* the longest run has 25"
    with pytest.raises(DataError, match=message):
        extractor.embed_candles(bitcoin.iloc[:25])
    with pytest.raises(DataError, match="longest run has 25"):
        extractor.embed_candles(bitcoin.iloc[:40].drop(index=25))
    with pytest.raises(DataError, match="1 hour"):
        extractor.embed_candles(bitcoin.iloc[::4])
    with pytest.raises(ConfigError, match="stride is 0"):
        extractor.embed_candles(bitcoin, stride=0)


def test_training_on_leaves_the_extractor_alone(study):
    model, scaler, windows = study
    few = windows.select(np.arange(20))
    extractor = extractor_of(model, scaler)
    before = extractor.embed_windows(few)
    with torch.no_grad():
        model.layer_norm.weight.mul_(2)
    try:
        np.testing.assert_array_equal(extractor.embed_windows(few), before)
    finally:
        with torch.no_grad():
            model.layer_norm.weight.div_(2)


def test_parts_that_do_not_fit_are_refused(study):
    model, scaler, windows = study
    with pytest.raises(LayerError, match=r"did you mean .*model\.0"):
        extractor_of(model, scaler, "modle.0")
    with pytest.raises(ConfigError, match="pooling 'sum'"):
        extractor_of(model, scaler, pooling="sum")
    with pytest.raises(ConfigError, match="the extractor has 11, the network 12"):
        extractor_of(model, scaler, features=FEATURES[:11])
    with pytest.raises(ConfigError, match="'rsi' does not exist"):
        extractor_of(model, scaler, features=("rsi", *FEATURES[1:]))
    with pytest.raises(ConfigError, match="seq_len: the extractor has 48, the network 24"):
        extractor_of(model, scaler, seq_len=48)
    fresh = TimesNet(model.config)
    with pytest.raises(ConfigError, match="period_selection is 'batch'"):
        extractor_of(fresh, scaler)
    fresh.period_selection = "frozen"
    with pytest.raises(ConfigError, match="no frequencies are set"):
        extractor_of(fresh, scaler)
    with pytest.raises(DataError, match="windows are 12 candles x 12 features"):
        short = Windows(windows.values, windows.marks, windows.ends[:3], 12)
        extractor_of(model, scaler).embed_windows(short)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("selection", ["frozen", "window"])
def test_saved_and_loaded_it_is_the_same(study, bitcoin, tmp_path, dtype, selection):
    model, scaler, windows = study
    model = build("long_term_forecast", windows).to(dtype)
    model.period_selection = selection
    extractor = extractor_of(model, scaler, "model.1", "last")
    assert save_extractor(extractor, tmp_path / "new" / "folder") == tmp_path / "new" / "folder"
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == [
        "extractor.json",
        "model.safetensors",
    ]
    loaded = load_extractor(tmp_path / "new" / "folder")
    pd.testing.assert_frame_equal(loaded.embed_candles(bitcoin), extractor.embed_candles(bitcoin))
    assert loaded.provenance == {"study": "a"} and loaded.features == FEATURES
    assert loaded.model.frozen_frequencies == model.frozen_frequencies


def test_whatever_is_wrong_on_disk_is_said_in_one_line(study, tmp_path):
    model, scaler, _ = study
    folder = save_extractor(extractor_of(model, scaler), tmp_path / "good")
    description = json.loads((folder / "extractor.json").read_text())

    def refused(match, **changes):
        broken = {key: value for key, value in (description | changes).items() if value is not ...}
        (folder / "extractor.json").write_text(json.dumps(broken))
        with pytest.raises(CheckpointError, match=match) as caught:
            load_extractor(folder)
        assert "\n" not in str(caught.value)

    refused("layer is missing", layer=...)
    refused("seq_len is '24', a str", seq_len="24")
    refused(r"layer 'model.7' does not exist", layer="model.7")
    refused("dim is 9, layer_norm#1 pooled by mean has 8", dim=9)
    refused("format is 2, this code reads 1", format=2)
    refused("11 means and 12 scales", scaler={"mean": [0.0] * 11, "scale": [1.0] * 12})
    refused(r"scaler mean is \[None\]", scaler={"mean": [None], "scale": [1.0]})
    refused("frozen", frozen_frequencies=[[1, 2, 3]])
    refused("frozen", frozen_frequencies=None)
    refused("d_model", config=description["config"] | {"d_model": "eight"})
    refused(r"has shape \(8, 8, 1, 1\), the configuration needs", config=description["config"] | {"d_ff": 16})
    refused("is damaged or not the file", weights_sha256="0" * 64)
    # What is possible in itself but not what was saved.
    scaled = {**description["scaler"], "mean": [5.0, *description["scaler"]["mean"][1:]]}
    for changes in ({"scaler": scaled}, {"provenance": {"study": "b"}}, {"interval_seconds": 60.0}):
        refused("is damaged or was changed", **changes)
    (folder / "extractor.json").write_text("[" * 100_000)
    with pytest.raises(CheckpointError, match="not readable as JSON"):
        load_extractor(folder)
    (folder / "extractor.json").write_text("{")
    with pytest.raises(CheckpointError, match="not readable as JSON"):
        load_extractor(folder)
    (folder / "extractor.json").write_text(json.dumps(description))
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="is damaged"):
        load_extractor(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match="no such file"):
        load_extractor(folder)
    with pytest.raises(CheckpointError, match="no such file"):
        load_extractor(tmp_path / "absent")
