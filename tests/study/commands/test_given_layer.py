"""A layer of a published checkpoint, chosen by a person: embedded and registered without a study."""

import hashlib
import json

import mlflow
import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.hooked import hooked_layers
from benchmarks.six_kernel import SixKernelTimesNet
from study.cli import main
from tests.study.published_checkpoint import ARGUMENTS, save_published
from tests.timesnet.own_table import INPUTS, own_table, published_windows

ARGS = {**ARGUMENTS, "seq_len": 16}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    save_published(tmp_path, ARGS)
    own_table(400).to_csv(tmp_path / "table.csv", index=False)
    yield tmp_path
    mlflow.set_tracking_uri(None)


def test_a_chosen_layer_is_embedded_and_registered_without_a_study(folder, capsys):
    words = ["extract", "--checkpoint", "checkpoint.pth", "--config", "args.json", "--data", "table.csv"]
    assert main([*words, "--layer", "model.0", "--output", "vectors.parquet", "--register", "chosen"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("these embeddings know the future: input 'return'") and "models:/chosen/1" in said
    written = pd.read_parquet("vectors.parquet")
    assert len(written) == 400 - 16 + 1

    note = json.loads((folder / "vectors.parquet.provenance.json").read_text())
    assert note["data"] == "table.csv"
    assert note["data_digest"] == hashlib.sha256((folder / "table.csv").read_bytes()).hexdigest()
    assert (note["layer"], note["pooling"], note["columns"]) == ("model.0", "mean", list(INPUTS))
    assert (note["rows_read"], note["rows"], note["model_version"]) == (400, 385, "models:/chosen/1")
    assert note["first_date"].startswith("2022-01-01T15:00") and note["last_date"].startswith(
        "2022-01-17T15:00"
    )
    assert "the first 70% of the rows (280)" in note["scaled_by"]

    version = mlflow.MlflowClient().get_model_version("chosen", "1")
    assert version.tags["leak"].startswith("these embeddings know the future: input 'return'")
    model = mlflow.pyfunc.load_model("models:/chosen@champion")
    table = own_table(400)
    answer = model.predict(table).filter(like="emb_").to_numpy()
    np.testing.assert_allclose(answer, written.filter(like="emb_").to_numpy(), rtol=1e-5, atol=1e-6)
    reference = SixKernelTimesNet(
        ARGS, frozen_frequencies=model.unwrap_python_model().extractor.model.frozen_frequencies
    ).eval()
    reference.load_state_dict(torch.load("checkpoint.pth", weights_only=True))
    x, marks = published_windows(table, INPUTS, np.arange(15, 400), 16)
    expected = hooked_layers(reference, x, marks)["model.0"].mean(1)
    np.testing.assert_allclose(answer, expected, rtol=1e-5, atol=1e-5)


def test_a_chosen_layer_is_scaled_by_the_scaler_that_was_saved(folder):
    values = own_table(400)[list(INPUTS)].to_numpy()
    (folder / "scaler.json").write_text(
        json.dumps({"mean_": values[:280].mean(0).tolist(), "scale_": values[:280].std(0).tolist()})
    )
    words = ["extract", "--checkpoint", "checkpoint.pth", "--config", "args.json", "--data", "table.csv"]
    words += ["--layer", "model.0"]
    assert main([*words, "--output", "published.parquet"]) == 0
    assert main([*words, "--output", "saved.parquet", "--scaler", "scaler.json"]) == 0
    # The published loader fits on the first 70 %, the same rows.
    one, other = (
        pd.read_parquet(name).filter(like="emb_") for name in ("published.parquet", "saved.parquet")
    )
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    assert "scaler.json" in (folder / "saved.parquet.provenance.json").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--layer", "model.9"), "layer 'model.9' does not exist"),
        ((), "give layer="),
        (("--layer", "model.0", "--grid", "row"), "grid='row' is unknown"),
        (("--layer", "model.0", "--target", "OT"), "no column 'OT'"),
        (("--layer", "model.0", "--stride", "9" * 20), "more than a hundred years"),
        (("--layer", "model.0", "--scaler", "fit"), "scaler='fit': a layer without a study"),
        (("--layer", "model.0", "--scaler", "scaler.pkl"), "scaler='scaler.pkl': no such file"),
    ],
)
def test_what_is_wrong_is_one_line(folder, capsys, words, message):
    command = ["extract", "--checkpoint", "checkpoint.pth", "--config", "args.json", "--data", "table.csv"]
    assert main([*command, *words]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error.splitlines()[-1] and not (folder / "embeddings.parquet").exists()


def test_a_layer_without_a_checkpoint_is_refused(folder, capsys):
    assert main(["extract", "--layer", "model.0", "--data", "table.csv"]) == 2
    assert "give checkpoint=" in capsys.readouterr().err
