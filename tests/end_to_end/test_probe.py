"""The layer comparison on somebody else's checkpoint, without training."""

import html
import json
from pathlib import Path

import mlflow
import numpy as np
import torch

from benchmarks.hooked import hooked_layers
from benchmarks.six_kernel import SixKernelTimesNet
from study.cli import main
from tests.timesnet.own_table import INPUTS, own_table, published_windows

from .conftest import copy_project

SEQ_LEN = 24
PUBLISHED = {
    "task_name": "long_term_forecast",
    "data": "custom",
    "features": "M",
    "target": "return",
    "seq_len": SEQ_LEN,
    "label_len": 12,
    "pred_len": 2,
    "enc_in": 7,
    "c_out": 7,
    "d_model": 8,
    "d_ff": 8,
    "e_layers": 2,
    "top_k": 2,
    "num_kernels": 3,
    "embed": "timeF",
    "freq": "h",
    "dropout": 0.1,
    "use_gpu": False,
}


def test_probe_registers_a_layer_that_is_the_published_one(tmp_path, monkeypatch, capsys):
    project = copy_project(tmp_path)
    torch.manual_seed(0)
    torch.save(SixKernelTimesNet(PUBLISHED).state_dict(), tmp_path / "checkpoint.pth")
    (tmp_path / "config.json").write_text(json.dumps(PUBLISHED))
    table = own_table(1200)
    table.to_csv(tmp_path / "table.csv", index=False)
    train = table[list(INPUTS)].to_numpy()[: int(len(table) * 0.7)]
    np.savez(tmp_path / "scaler.npz", mean=train.mean(0), scale=train.std(0))
    words = ("checkpoint=checkpoint.pth", "config=config.json", "data=table.csv", "scaler=scaler.npz")
    done = project.mlflow_run("probe", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "these embeddings know the future: input 'return'" in done.stdout
    assert (
        "the file's own columns open, high, low, close, volume, pre_return, return, scaled by scaler.npz"
        in done.stdout
    )
    (trial,) = project.runs(kind="trial")
    assert trial.info.status == "FINISHED"
    assert len(project.runs(kind="layer")) >= 25
    (version,) = project.client.search_model_versions("name = 'timesnet-embedder'")
    # A leak is the first that anybody reads, wherever they look.
    (study,) = project.runs(kind="study")
    known = "these embeddings know the future: input 'return' is the return of the next row"
    assert version.tags["leak"].startswith(known) and study.data.tags["leak"] == version.tags["leak"]
    report = project.client.download_artifacts(study.info.run_id, "report/report.html")
    answer = Path(report).read_text().split('<dl class="answer">')[1]
    assert html.unescape(answer.lstrip()).startswith(f"<dt>Warning!</dt><dd>{known}")
    for note in (study.data.tags["mlflow.note.content"], version.description):
        assert note.startswith(f"**Warning!** {known}")
    assert "Believe none of these numbers" in done.stdout

    monkeypatch.setenv("MLFLOW_TRACKING_URI", project.uri)
    mlflow.set_tracking_uri(project.uri)
    model = mlflow.pyfunc.load_model("models:/timesnet-embedder@champion")
    assert model.metadata.get_input_schema().input_names() == ["date", *INPUTS]
    extractor = model.unwrap_python_model().extractor
    answer = model.predict(table[-200:])
    ends = np.arange(1000 + SEQ_LEN - 1, 1200)
    assert len(answer) == len(ends)
    x, marks = published_windows(table, INPUTS, ends, SEQ_LEN)
    reference = SixKernelTimesNet(PUBLISHED, frozen_frequencies=extractor.model.frozen_frequencies).eval()
    reference.load_state_dict(torch.load(tmp_path / "checkpoint.pth", weights_only=True))
    layer = hooked_layers(reference, x, marks)[version.tags["layer"]]
    expected = layer[:, -1] if version.tags["pooling"] == "last" else layer.mean(1)
    np.testing.assert_allclose(answer.filter(like="emb_").to_numpy(), expected, rtol=1e-5, atol=1e-5)

    assert project.command("layers", "--checkpoint", "checkpoint.pth", "--config", "config.json") == 0
    assert "model.1.conv.2.kernels.2" in capsys.readouterr().out

    asked = [part for word in (*words, "seq_len=32") for part in f"--{word}".split("=")]
    assert project.command("probe", *asked) == 2
    assert "seq_len=24" in capsys.readouterr().err


def test_layers_of_a_fresh_network(capsys):
    assert main(["layers"]) == 0
    assert "layer_norm#1" in capsys.readouterr().out
