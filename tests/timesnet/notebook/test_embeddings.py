"""The notebook workflow, against plain hooks on the published form."""

import logging
from argparse import Namespace

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.hooked import hooked_layers
from benchmarks.six_kernel import SixKernelTimesNet
from tests.timesnet.own_table import INPUTS, own_table, published_windows
from timesnet.errors import CheckpointError, ConfigError, DataError, LayerError
from timesnet.notebook import (
    debug_model_structure,
    export_embeddings,
    extract_embeddings_with_multiple_hooks,
    extract_final_embeddings,
)

ROWS, SEQ_LEN, PRED_LEN = 400, 24, 2


@pytest.fixture(scope="module")
def table():
    return own_table(ROWS)


@pytest.fixture
def config(table, tmp_path):
    table.to_csv(tmp_path / "btc.csv", index=False)
    return {
        "root_path": str(tmp_path),
        "data_path": "btc.csv",
        "features": "M",
        "target": "return",
        "seq_len": SEQ_LEN,
        "label_len": 12,
        "pred_len": PRED_LEN,
        "enc_in": 7,
        "c_out": 7,
        "d_model": 8,
        "d_ff": 8,
        "e_layers": 2,
        "top_k": 2,
        "num_kernels": 3,
        "freq": "h",
        "embed": "timeF",
        "dropout": 0.1,
    }


def published(config, seed=3):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return SixKernelTimesNet({"task_name": "long_term_forecast", **config}).eval()


def test_embeddings_are_those_of_the_published_model(config, table, tmp_path, capsys):
    model = published(config)
    torch.save(model.state_dict(), tmp_path / "checkpoint.pth")
    exp = debug_model_structure(str(tmp_path / "checkpoint.pth"), config)
    printed = capsys.readouterr().out
    assert all(info.name in printed for info in exp.layers)
    assert printed.startswith(
        "these embeddings know the future: input 'return' is the return of the next row"
    )
    assert "before the block's input is added (= model.0.conv.2)" in printed

    # The published loader by hand: the last 20 % as targets, scaled on the first 70 %.
    ends = np.arange(ROWS - int(ROWS * 0.2) - 1, ROWS - PRED_LEN)
    x, marks = published_windows(table, INPUTS, ends, SEQ_LEN)
    model.set_frozen_frequencies(exp.model.frozen_frequencies)
    expected = hooked_layers(model, x, marks)

    everything = extract_embeddings_with_multiple_hooks(exp)
    assert list(everything) == list(expected)
    for layer, vectors in everything.items():
        np.testing.assert_allclose(vectors, expected[layer].mean(1), rtol=1e-5, atol=1e-5, err_msg=layer)
    final, dates = extract_final_embeddings(exp, "model.1.conv.2", dates=True)
    assert final.shape == (len(ends), 8) and final.dtype == np.float32
    np.testing.assert_allclose(final, everything["model.1.conv.2"], rtol=1e-5, atol=1e-5)
    assert list(dates.strftime("%Y-%m-%d %H:%M:%S")) == list(table["date"].iloc[ends])


def test_layers_by_name_by_part_or_as_one_string(config):
    exp = debug_model_structure("auto", config)
    assert list(extract_embeddings_with_multiple_hooks(exp, "model.0")) == ["model.0"]
    assert list(extract_embeddings_with_multiple_hooks(exp, ["projection", "model.0"])) == [
        "model.0",
        "projection",
    ]
    assert list(extract_embeddings_with_multiple_hooks(exp, ["layer_norm"])) == [
        "layer_norm#0",
        "layer_norm#1",
    ]
    kernels = extract_embeddings_with_multiple_hooks(exp, "conv.2.kernels")
    assert len(kernels) == 6 and all(".conv.2.kernels." in layer for layer in kernels)
    with pytest.raises(LayerError, match=r"did you mean model\.0\.conv"):
        extract_final_embeddings(exp, "model.0.convs")
    with pytest.raises(LayerError, match="'layer_norm' means 2 layers: layer_norm#0, layer_norm#1"):
        extract_final_embeddings(exp, "layer_norm")


def test_every_split_carries_its_dates_and_writes_them(config, table, tmp_path):
    exp = debug_model_structure("auto", config)
    sizes = {split: len(windows) for split, windows in exp.windows.items()}
    n_train, n_test = int(ROWS * 0.7), int(ROWS * 0.2)
    assert sizes == {
        "train": n_train - SEQ_LEN - PRED_LEN + 1,
        "val": ROWS - n_train - n_test - PRED_LEN + 1,
        "test": n_test - PRED_LEN + 1,
        "all": ROWS - SEQ_LEN + 1,
    }
    everything, dates = extract_final_embeddings(exp, "model.0", split="all", dates=True)
    for split in ("train", "val", "test"):
        vectors, own = extract_final_embeddings(exp, "model.0", split=split, dates=True)
        np.testing.assert_allclose(everything[dates.isin(own)], vectors, rtol=1e-5, atol=1e-6)
    parquet = export_embeddings(exp, "model.0", tmp_path / "vectors.parquet")
    read = pd.read_parquet(parquet)
    assert list(read["date"]) == list(dates)
    np.testing.assert_array_equal(read.filter(like="emb_").to_numpy(), everything)
    export_embeddings(exp, "model.0", tmp_path / "vectors.npy", "test")
    np.testing.assert_allclose(np.load(tmp_path / "vectors.npy"), extract_final_embeddings(exp, "model.0"))
    written = np.load(tmp_path / "vectors.dates.npy")
    assert len(written) == sizes["test"] and written[-1] == np.datetime64(table["date"].iloc[-1 - PRED_LEN])
    with pytest.raises(ConfigError, match="is there already"):
        export_embeddings(exp, "model.0", tmp_path / "vectors.parquet")
    with pytest.raises(ConfigError, match="split is 'validation'"):
        extract_final_embeddings(exp, "model.0", split="validation")
    with pytest.raises(ConfigError, match=r"\.parquet or \.npy"):
        export_embeddings(exp, "model.0", tmp_path / "vectors.csv")


def test_periods_come_from_the_train_windows_alone(config, table, tmp_path):
    before = debug_model_structure("auto", config).model.frozen_frequencies
    later = table.copy()
    later.loc[int(ROWS * 0.7) :, "close"] *= 1 + 0.5 * np.sin(np.arange(ROWS - int(ROWS * 0.7)))
    later.to_csv(tmp_path / "btc.csv", index=False)
    assert debug_model_structure("auto", config).model.frozen_frequencies == before


def test_auto_is_reproducible_and_leaves_the_generator_alone(config):
    state = torch.get_rng_state()
    first = extract_final_embeddings(debug_model_structure("auto", config), "layer_norm#1")
    second = extract_final_embeddings(debug_model_structure("auto", config), "layer_norm#1")
    np.testing.assert_array_equal(first, second)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_inputs_are_the_published_loader_s(config, table, tmp_path):
    assert debug_model_structure("auto", config).columns == INPUTS
    assert debug_model_structure("auto", Namespace(**config)).columns == INPUTS
    silent = {key: value for key, value in config.items() if key not in ("enc_in", "c_out")}
    assert debug_model_structure("auto", silent | {"features": "MS"}).columns == INPUTS
    assert debug_model_structure("auto", silent | {"features": "S"}).columns == ("return",)
    # The target goes last wherever it stands.
    table[["date", "return", *INPUTS[:-1]]].to_csv(tmp_path / "btc.csv", index=False)
    assert debug_model_structure("auto", config).columns == INPUTS
    with pytest.raises(ConfigError, match=r"enc_in is 6, the file has 7 inputs .*return\): 1 too many"):
        debug_model_structure("auto", config | {"enc_in": 6, "c_out": 6})
    torch.save(published(config).state_dict(), tmp_path / "checkpoint.pth")
    table.assign(label=1.0).to_csv(tmp_path / "btc.csv", index=False)
    with pytest.raises(ConfigError, match=r"8 inputs \(.*label, return\)"):
        debug_model_structure(str(tmp_path / "checkpoint.pth"), silent)
    table.to_csv(tmp_path / "btc.csv")
    with pytest.raises(ConfigError, match="saved index 'Unnamed: 0'"):
        debug_model_structure(str(tmp_path / "checkpoint.pth"), silent)


def test_what_the_arguments_do_not_say_the_checkpoint_does(config, tmp_path, caplog):
    torch.save(published(config).state_dict(), tmp_path / "checkpoint.pth")
    kept = ("root_path", "data_path", "target", "top_k")
    with caplog.at_level(logging.WARNING):
        exp = debug_model_structure(tmp_path / "checkpoint.pth", {key: config[key] for key in kept})
    assert (exp.model.config.seq_len, exp.model.config.pred_len, exp.model.config.d_ff) == (24, 2, 8)
    assert "taken from the shapes of its tensors" in caplog.text


def test_a_repeated_date_is_kept_and_said(config, table, tmp_path, capsys):
    repeated = table.copy()
    repeated.loc[7, "date"] = repeated.loc[6, "date"]
    repeated.to_csv(tmp_path / "btc.csv", index=False)
    exp = debug_model_structure("auto", config)
    assert "1 rows repeat the date before; kept" in capsys.readouterr().out
    assert len(exp.windows["all"]) == ROWS - SEQ_LEN + 1


def test_the_ett_loaders_have_borders_of_their_own(config, tmp_path):
    rows = 20 * 30 * 24 + 50
    table = pd.DataFrame(
        {"date": pd.date_range("2016-07-01", periods=rows, freq="h"), "HUFL": np.arange(rows) % 97.0}
    )
    table["OT"] = np.sin(np.arange(rows) / 9)
    table.to_csv(tmp_path / "ETTh1.csv", index=False)
    ett = config | {"data": "ETTh1", "data_path": "ETTh1.csv", "target": "OT", "enc_in": 2, "c_out": 2}
    ett["seq_len"], ett["d_model"], ett["d_ff"], ett["num_kernels"], ett["e_layers"] = 16, 2, 2, 1, 1
    exp = debug_model_structure("auto", ett)
    month = 30 * 24
    train = table[["HUFL", "OT"]].to_numpy()[: 12 * month]
    scaled = (table[["HUFL", "OT"]].to_numpy() - train.mean(0)) / train.std(0)
    np.testing.assert_allclose(exp.train.values, scaled, rtol=1e-5, atol=1e-6)
    assert len(exp.train) == 12 * month - 16 - PRED_LEN + 1
    assert exp.windows["val"].ends[0] == 12 * month - 1 and exp.test.ends[-1] == 20 * month - PRED_LEN - 1
    with pytest.raises(ConfigError, match="data is 'PSM'"):
        debug_model_structure("auto", ett | {"data": "PSM"})


def test_mistakes_are_named(config, table, tmp_path):
    torch.save(published(config | {"d_ff": 16}).state_dict(), tmp_path / "other.pth")
    with pytest.raises(
        CheckpointError,
        match=r"has shape \(16, 7, 1, 1\)|has shape \(16, 8, 1, 1\), the configuration needs \(8, 8",
    ):
        debug_model_structure(str(tmp_path / "other.pth"), config)
    with pytest.raises(ConfigError, match="features is 'X'"):
        debug_model_structure("auto", config | {"features": "X"})
    with pytest.raises(ConfigError, match="no 'target'"):
        debug_model_structure("auto", {key: value for key, value in config.items() if key != "target"})
    with pytest.raises(DataError, match=r"nowhere\.csv: there is no such file"):
        debug_model_structure("auto", config | {"data_path": "nowhere.csv"})
    with pytest.raises(DataError, match=r"no column 'returns', the target; near it 'return'"):
        debug_model_structure("auto", config | {"target": "returns"})
    with pytest.raises(DataError, match="400 rows are too few"):
        debug_model_structure("auto", config | {"seq_len": 300})

    def broken(**columns):
        table.assign(**columns).to_csv(tmp_path / "broken.csv", index=False)
        return config | {"data_path": "broken.csv"}

    with pytest.raises(DataError, match="column 'volume', line 9: 'many' is no finite number"):
        volume = table["volume"].astype(object)
        volume[7] = "many"
        debug_model_structure("auto", broken(volume=volume))
    with pytest.raises(DataError, match="dates must rise"):
        debug_model_structure("auto", broken(date=table["date"][::-1].to_numpy()))
