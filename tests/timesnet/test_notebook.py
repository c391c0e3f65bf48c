"""The notebook workflow, against plain hooks on the published form."""

import logging

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.hooked import hooked_layers
from benchmarks.six_kernel import SixKernelTimesNet
from timesnet.errors import CheckpointError, ConfigError, DataError, LayerError
from timesnet.notebook import (
    debug_model_structure,
    extract_embeddings_with_multiple_hooks,
    extract_final_embeddings,
)

ROWS, SEQ_LEN, PRED_LEN = 400, 24, 2
INPUTS = ("open", "high", "low", "close", "volume", "pre_return")


@pytest.fixture(scope="module")
def table():
    generator = np.random.default_rng(0)
    close = 100 * np.exp(np.cumsum(0.01 * generator.standard_normal(ROWS)))
    opening = np.concatenate([[100.0], close[:-1]])
    returns = np.log(close / opening)
    return pd.DataFrame(
        {
            "date": pd.date_range("2022-01-01", periods=ROWS, freq="h").strftime("%Y-%m-%d %H:%M:%S"),
            "open": opening,
            "high": np.maximum(opening, close) * 1.01,
            "low": np.minimum(opening, close) * 0.99,
            "close": close,
            "volume": generator.uniform(1, 9, ROWS),
            "pre_return": np.concatenate([[0.0], returns[:-1]]),
            "return": returns,
        }
    )


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
        "enc_in": 6,
        "c_out": 6,
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

    # The published loader by hand: the last 20 % as targets, scaled on the first 70 %.
    values = table[list(INPUTS)].to_numpy()
    train = values[: int(ROWS * 0.7)]
    scaled = (values - train.mean(0)) / train.std(0)
    n_test = int(ROWS * 0.2)
    starts = range(ROWS - n_test - SEQ_LEN, ROWS - SEQ_LEN - PRED_LEN + 1)
    x = torch.tensor(np.stack([scaled[s : s + SEQ_LEN] for s in starts]), dtype=torch.float32)
    dates = pd.to_datetime(table["date"])
    stamps = np.stack(
        [
            dates.dt.hour / 23,
            dates.dt.day_of_week / 6,
            (dates.dt.day - 1) / 30,
            (dates.dt.day_of_year - 1) / 365,
        ],
        1,
    )
    marks = torch.tensor(np.stack([stamps[s : s + SEQ_LEN] - 0.5 for s in starts]), dtype=torch.float32)
    model.set_frozen_frequencies(exp.model.frozen_frequencies)
    expected = hooked_layers(model, x, marks)

    everything = extract_embeddings_with_multiple_hooks(exp)
    assert list(everything) == list(expected)
    for layer, vectors in everything.items():
        np.testing.assert_allclose(vectors, expected[layer].mean(1), rtol=1e-5, atol=1e-5, err_msg=layer)
    some = extract_embeddings_with_multiple_hooks(exp, ["model.0", "projection"])
    assert list(some) == ["model.0", "projection"]
    final = extract_final_embeddings(exp, "model.1.conv.2")
    assert final.shape == (n_test - PRED_LEN + 1, 8) and final.dtype == np.float32
    np.testing.assert_allclose(final, everything["model.1.conv.2"], rtol=1e-5, atol=1e-5)


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


def test_which_columns_are_inputs(config, caplog):
    assert debug_model_structure("auto", config).columns == INPUTS
    del config["enc_in"], config["c_out"]
    assert debug_model_structure("auto", config | {"features": "MS"}).columns == INPUTS
    assert debug_model_structure("auto", config | {"features": "S"}).columns == ("return",)
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        exp = debug_model_structure("auto", config | {"enc_in": 7})
    assert exp.columns == (*INPUTS, "return") and "enc_in counts the target 'return'" in caplog.text


def test_mistakes_are_named(config, table, tmp_path):
    exp = debug_model_structure("auto", config)
    with pytest.raises(LayerError, match=r"did you mean model\.0\.conv"):
        extract_final_embeddings(exp, "model.0.convs")
    with pytest.raises(LayerError, match="layer_norm#0"):
        extract_embeddings_with_multiple_hooks(exp, ["layer_norm"])
    torch.save(published(config | {"d_ff": 16}).state_dict(), tmp_path / "other.pth")
    with pytest.raises(
        CheckpointError, match=r"has shape \(16, 8, 1, 1\), the configuration needs \(8, 8, 1, 1\)"
    ):
        debug_model_structure(str(tmp_path / "other.pth"), config)
    with pytest.raises(ConfigError, match=r"enc_in is 9, but .* 6 inputs"):
        debug_model_structure("auto", config | {"enc_in": 9})
    with pytest.raises(ConfigError, match="features is 'X'"):
        debug_model_structure("auto", config | {"features": "X"})
    with pytest.raises(ConfigError, match="no 'target'"):
        debug_model_structure("auto", {key: value for key, value in config.items() if key != "target"})
    with pytest.raises(DataError, match=r"nowhere\.csv: there is no such file"):
        debug_model_structure("auto", config | {"data_path": "nowhere.csv"})
    with pytest.raises(DataError, match=r"no column 'returns' .* near it 'return'"):
        debug_model_structure("auto", config | {"target": "returns"})
    with pytest.raises(DataError, match="400 rows are too few"):
        debug_model_structure("auto", config | {"seq_len": 300})

    def broken(**columns):
        table.assign(**columns).to_csv(tmp_path / "broken.csv", index=False)
        return config | {"data_path": "broken.csv"}

    with pytest.raises(DataError, match="column 'volume', row 7: 'many' is no finite number"):
        volume = table["volume"].astype(object)
        volume[7] = "many"
        debug_model_structure("auto", broken(volume=volume))
    with pytest.raises(DataError, match="dates must rise"):
        debug_model_structure("auto", broken(date=table["date"][::-1].to_numpy()))
