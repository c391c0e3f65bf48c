"""The layer comparison on somebody else's checkpoint, without training."""

import json

import torch

from timesnet import TimesNet, TimesNetConfig

from .conftest import copy_project

PUBLISHED = {
    "task_name": "long_term_forecast",
    "seq_len": 24,
    "label_len": 12,
    "pred_len": 2,
    "enc_in": 6,
    "c_out": 6,
    "d_model": 8,
    "d_ff": 8,
    "e_layers": 2,
    "top_k": 2,
    "num_kernels": 3,
    "embed": "timeF",
    "freq": "t",
    "dropout": 0.1,
    "use_gpu": False,
}
FEATURES = "features=open,high,low,close,volume,pre_return"


def test_probe_compares_and_registers_the_layers_of_a_checkpoint(tmp_path):
    project = copy_project(tmp_path)
    torch.manual_seed(0)
    torch.save(TimesNet(TimesNetConfig.from_dict(PUBLISHED)).state_dict(), tmp_path / "checkpoint.pth")
    (tmp_path / "config.json").write_text(json.dumps(PUBLISHED))
    words = ("checkpoint=checkpoint.pth", "config=config.json", "data=btc-15min", FEATURES)
    done = project.mlflow_run("probe", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    (trial,) = project.runs(kind="trial")
    assert trial.info.status == "FINISHED"
    assert len(project.runs(kind="layer")) >= 25
    (version,) = project.client.search_model_versions("name = 'timesnet-embedder'")
    assert version.tags["layer"]

    done = project.mlflow_run("layers", "checkpoint=checkpoint.pth", "config=config.json")
    assert done.returncode == 0 and "model.1.conv.2.kernels.2" in done.stdout

    done = project.mlflow_run("probe", *words, "seq_len=32")
    assert done.returncode != 0 and "seq_len=24" in done.stderr


def test_layers_of_a_fresh_network(tmp_path):
    done = copy_project(tmp_path).mlflow_run("layers")
    assert done.returncode == 0, done.stderr
    assert "layer_norm#1" in done.stdout
