"""Published checkpoints on windows of unequal length and on rows without a grid: probed, registered, loaded."""

import json

import mlflow
import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.hooked import hooked_layers
from benchmarks.six_kernel import SixKernelTimesNet
from study.cli import main
from tests.study.data.test_padded_windows import series, write
from tests.timesnet.own_table import INPUTS, own_table, published_windows

from .conftest import write_empty_store

SEQ_LEN = 13
FORECAST = {
    "task_name": "long_term_forecast",
    "data": "custom",
    "features": "M",
    "target": "return",
    "seq_len": SEQ_LEN,
    "pred_len": 2,
    "enc_in": 7,
    "c_out": 7,
    "d_model": 4,
    "d_ff": 4,
    "e_layers": 1,
    "top_k": 2,
    "num_kernels": 2,
    "freq": "h",
    "embed": "timeF",
    "dropout": 0.1,
}
CLASSES = {
    **FORECAST,
    "task_name": "classification",
    "pred_len": 0,
    "enc_in": 2,
    "c_out": 2,
    "num_class": 2,
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probes")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    write_empty_store(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        mlflow.set_tracking_uri(uri)
        yield folder
        mlflow.set_tracking_uri(None)


def probed(folder, args, *words, name):
    """Runs `probe` on a fresh checkpoint: the published network, the loaded layer and its version's tags."""
    torch.manual_seed(0)
    published = SixKernelTimesNet(args).eval()
    torch.save(published.state_dict(), folder / "checkpoint.pth")
    (folder / "args.json").write_text(json.dumps(args))
    command = ["probe", "--checkpoint", "checkpoint.pth", "--config", "args.json", "--model_name", name]
    assert main([*command, *words]) == 0
    (version,) = mlflow.MlflowClient().search_model_versions(f"name = '{name}'")
    loaded = mlflow.pyfunc.load_model(f"models:/{name}/1")
    frozen = loaded.unwrap_python_model().extractor.model.frozen_frequencies
    published.set_frozen_frequencies(frozen)
    return published, loaded, version.tags


def pooled(layer, pooling):
    """What a pooling makes of a layer's output (n, steps, dim)."""
    layer = layer if layer.dim() == 3 else layer[:, None]
    parts = {
        "mean": layer.mean(1),
        "last": layer[:, -1],
        "max": layer.amax(1),
        "std": layer.std(1, correction=0),
    }
    return torch.cat([parts[name] for name in pooling.split("|")], 1)


def test_windows_of_unequal_length_are_padded_to_the_checkpoint_s_and_masked(store, capsys):
    train, test = series(160, 10, 0), series(60, 11, 1)
    write(store / "Small_TRAIN.ts", train)
    write(store / "Small_TEST.ts", test)
    published, loaded, tags = probed(store, CLASSES, "--data", "Small_TRAIN.ts", name="padded")
    assert f"padded with zeros to the checkpoint's {SEQ_LEN} steps and masked" in capsys.readouterr().out
    steps = np.concatenate(train)
    x, mask = np.zeros((len(test), SEQ_LEN, 2)), np.zeros((len(test), SEQ_LEN))
    raw = np.full((len(test), SEQ_LEN, 2), np.nan)
    for row, one in enumerate(test):
        raw[row, : len(one)] = one
        x[row, : len(one)] = (one - steps.mean(0)) / steps.std(0, ddof=1)
        mask[row, : len(one)] = 1
    layers = hooked_layers(published, *(torch.tensor(part, dtype=torch.float32) for part in (x, mask)))
    np.testing.assert_allclose(
        loaded.predict(raw), pooled(layers[tags["layer"]], tags["pooling"]), rtol=1e-5, atol=1e-5
    )


def test_windows_of_rows_are_registered_as_such(store, capsys):
    table = own_table(700)
    minutes = np.cumsum(np.random.default_rng(0).integers(1, 90, len(table)))
    dates = pd.Timestamp("2022-01-01") + pd.to_timedelta(minutes, unit="min")
    table = table.assign(date=dates.strftime("%Y-%m-%d %H:%M:%S"))
    table.to_csv(store / "table.csv", index=False)
    published, loaded, tags = probed(store, FORECAST, "--data", "table.csv", "--grid", "rows", name="of-rows")
    assert "windows are made of rows" in capsys.readouterr().out
    # Rows that the study has not seen, on no grid either.
    answer = loaded.predict(table[-100:])
    ends = np.arange(600 + SEQ_LEN - 1, 700)
    assert list(answer["date"]) == list(pd.to_datetime(table["date"].iloc[ends], utc=True))
    layers = hooked_layers(published, *published_windows(table, INPUTS, ends, SEQ_LEN))
    np.testing.assert_allclose(
        answer.filter(like="emb_"), pooled(layers[tags["layer"]], tags["pooling"]), rtol=1e-5, atol=1e-5
    )
    # Nobody knows when a row on no grid was complete.
    news = pd.DataFrame({"when": ["2022-01-20"], "score": [1.0]})
    news.to_csv(store / "news.csv", index=False)
    for name in ("align", "beside"):
        words = [
            "extract",
            "--model",
            "models:/of-rows@champion",
            "--data",
            "table.csv",
            f"--{name}",
            "news.csv",
        ]
        assert main([*words, "--on", "when", "--output", "rows.parquet"]) == 2
        said = capsys.readouterr().err
        assert (
            said.startswith(f"error: {name} needs candles on a grid")
            and not (store / "rows.parquet").exists()
        )
