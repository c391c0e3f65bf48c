"""The extractor as an MLflow model: logged with its code, loaded where this repository is absent."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import torch

from timesnet.candles.clean import read_candles
from timesnet.extractor.bundle import bundle_code
from timesnet.extractor.extractor import Extractor
from timesnet.extractor.files import save_extractor
from timesnet.extractor.mlflow_parts import pyfunc_parts
from timesnet.network.config import TimesNetConfig
from timesnet.network.model import TimesNet
from timesnet.windows.scaler import Scaler

LOAD_ELSEWHERE = """
import json, sys
events = []
sys.addaudithook(lambda event, args: events.append(event) if event.startswith("pickle") else None)
import mlflow, pandas as pd
from mlflow.exceptions import MlflowException

model = mlflow.pyfunc.load_model(sys.argv[1])
candles = pd.read_parquet(sys.argv[2])
answers = {"pickle": events, "timesnet": "timesnet" in sys.modules}
model.predict(candles).to_parquet(sys.argv[3])
answers["strided"] = len(model.predict(candles, params={"stride": 10, "batch_size": 3}))
answers["records"] = len(model.predict(candles.head(30).astype({"date": str}).to_dict("records")))
answers["other names"] = len(model.predict(candles.rename(columns={"date": "Open time", "close": "Close"})))
for name, bad in (("few", candles.head(5)), ("column", candles.drop(columns="low")), ("kind", [1, 2])):
    try:
        model.predict(bad)
    except MlflowException as error:
        answers[name] = [error.error_code, str(error)]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    with torch.random.fork_rng():
        torch.manual_seed(2)
        model = TimesNet(
            TimesNetConfig(
                task_name="anomaly_detection",
                seq_len=24,
                enc_in=12,
                c_out=12,
                d_model=8,
                d_ff=8,
                top_k=2,
                freq="t",
            )
        )
    model.set_frozen_frequencies([(1, 2), (2, 3)])
    model.period_selection = "frozen"
    scaler = Scaler(np.zeros(12), np.full(12, 0.01))
    extractor = Extractor(
        model, "model.1", "mean", scaler=scaler, seq_len=24, freq="t", interval_seconds=900, provenance={}
    )
    return extractor, save_extractor(extractor, tmp_path_factory.mktemp("extractor"))


def test_the_logged_model_runs_where_the_repository_is_absent(saved, tmp_path):
    extractor, folder = saved
    parts = pyfunc_parts(folder, tmp_path / "code")
    mlflow.pyfunc.save_model(path=tmp_path / "model", **parts)
    candles = read_candles("btc-15min")[0].frame.tail(120)
    candles.to_parquet(tmp_path / "candles.parquet")
    (tmp_path / "empty").mkdir()
    # The code that was logged is a copy: what it was copied from may go.
    for path in (tmp_path / "code").rglob("*.py"):
        path.unlink()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    finished = subprocess.run(
        [
            sys.executable,
            "-c",
            LOAD_ELSEWHERE,
            *(str(tmp_path / name) for name in ("model", "candles.parquet", "o")),
        ],
        cwd=tmp_path / "empty",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    answers = json.loads(finished.stdout.splitlines()[-1])
    assert answers["pickle"] == [] and answers["timesnet"] is False
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "o"), extractor.embed_candles(candles))
    assert answers["strided"] == 10 and answers["records"] == 5 and answers["other names"] == 95
    assert answers["few"][0] == answers["column"][0] == answers["kind"][0] == "INVALID_PARAMETER_VALUE"
    assert "26 consecutive candles of 15 minutes are needed" in answers["few"][1]
    assert "'low'" in answers["column"][1] and "got a list" in answers["kind"][1]
    assert not any("\n" in answers[name][1] for name in ("few", "column", "kind"))


def test_parts_name_everything_that_mlflow_needs(saved, tmp_path):
    extractor, folder = saved
    parts = pyfunc_parts(folder, tmp_path)
    assert set(parts) == {
        "python_model",
        "code_paths",
        "artifacts",
        "signature",
        "input_example",
        "pip_requirements",
    }
    assert parts["artifacts"] == {"extractor": str(folder)}
    assert len(extractor.embed_candles(parts["input_example"])) == 2
    assert [param.name for param in parts["signature"].params] == ["stride", "batch_size", "neighbours"]
    assert parts["signature"].outputs.input_names() == ["date", *[f"emb_{i:03d}" for i in range(8)]]
    pins = dict(line.split("==") for line in parts["pip_requirements"])
    assert {"torch", "numpy", "pandas", "safetensors", "mlflow"} <= set(pins)
    assert not any("+" in pin for pin in pins.values())


def test_the_bundle_runs_under_any_name_and_its_name_follows_its_content(tmp_path):
    entry, package = bundle_code(tmp_path / "a")
    assert package.name == bundle_code(tmp_path / "b")[1].name
    assert package.name.startswith("timesnet_embedder_runtime_")
    for path in [entry, *package.rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module.partition(".")[0] not in ("timesnet", "study", "probes"), path
            if isinstance(node, ast.Import):
                assert not {alias.name.partition(".")[0] for alias in node.names} & {
                    "timesnet",
                    "study",
                    "probes",
                }
    renamed = bundle_code(tmp_path / "c", "another_name")[1]
    assert renamed == tmp_path / "c" / "another_name"
    # Every module of the copy, imported without the package that it was copied from.
    script = "import importlib, pathlib, sys\n"
    script += "for path in sorted(pathlib.Path('another_name').rglob('*.py')):\n"
    script += "    importlib.import_module('.'.join(path.with_suffix('').parts).removesuffix('.__init__'))\n"
    script += "assert 'timesnet' not in sys.modules\n"
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path / "c", check=True)


def test_only_one_module_knows_mlflow():
    folder = Path(__file__).parents[3] / "timesnet"
    naming = []
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            if any(name.partition(".")[0] == "mlflow" for name in found):
                naming.append(path.name)
    assert set(naming) == {"pyfunc_model.py"}
