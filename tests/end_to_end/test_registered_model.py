"""The registered winner where nothing of this project is: an empty environment, a scoring server."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from timesnet import read_candles

MODEL = "models:/timesnet-embedder@champion"
EMBED = """
import importlib.util, sys, mlflow, pandas
assert all(importlib.util.find_spec(name) is None for name in ("study", "timesnet", "probes"))
model = mlflow.pyfunc.load_model(sys.argv[1])
model.predict(pandas.read_parquet(sys.argv[2])).to_parquet(sys.argv[3])
"""


@pytest.fixture(scope="module")
def candles():
    found, _ = read_candles("btc-15min")
    return found.frame.drop(columns="symbol").iloc[-60:].reset_index(drop=True)


@pytest.fixture(scope="module")
def embedded(finished, candles):
    """What the model answers here, to compare with."""
    project, _ = finished
    mlflow.set_tracking_uri(project.uri)
    return mlflow.pyfunc.load_model(MODEL).predict(candles)


def test_it_embeds_in_an_environment_of_its_own_requirements_alone(finished, candles, embedded, tmp_path):
    project, _ = finished
    mlflow.set_tracking_uri(project.uri)
    requirements = mlflow.artifacts.download_artifacts(f"{MODEL}/requirements.txt", dst_path=str(tmp_path))
    # What pip would install, several times faster.
    uv, python = Path(sys.executable).with_name("uv"), tmp_path / "venv" / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv"], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "-r", requirements], check=True)
    candles.to_parquet(tmp_path / "candles.parquet")
    done = subprocess.run(
        [python, "-c", EMBED, MODEL, tmp_path / "candles.parquet", tmp_path / "out.parquet"],
        cwd=tmp_path,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert_same(pd.read_parquet(tmp_path / "out.parquet"), embedded)


def test_it_is_served(finished, candles, embedded):
    project, _ = finished
    table = candles.assign(date=candles["date"].astype(str))
    with serving(project) as url:
        for body in (
            {"dataframe_split": table.to_dict(orient="split")},
            {"dataframe_records": table.to_dict(orient="records")},
        ):
            status, answer = post(url, json.dumps(body))
            assert status == 200, answer
            assert_same(pd.DataFrame(json.loads(answer)["predictions"]), embedded)
        status, answer = post(url, json.dumps({**body, "params": {"stride": 2}}))
        assert status == 200 and len(json.loads(answer)["predictions"]) == -(-len(embedded) // 2)
        status, answer = post(url, json.dumps({**body, "params": {"neighbours": 3}}))
        last = json.loads(answer)["predictions"][-1]
        assert status == 200 and len(last["neighbours"]) == 3 and 0 <= last["share_volatile"] <= 1, answer
        for bad, word in (
            ({"dataframe_records": table.drop(columns="close").to_dict(orient="records")}, "close"),
            ({"dataframe_records": table.head(10).to_dict(orient="records")}, "50 consecutive candles"),
            ({"dataframe_records": table.assign(high="much").to_dict(orient="records")}, "much"),
            ({**body, "params": {"stride": 0}}, "stride"),
        ):
            status, answer = post(url, json.dumps(bad))
            assert status == 400 and word in json.loads(answer)["message"], answer
        assert post(url, "{not json")[0] == 400


def test_mlflow_models_predict(finished, candles, embedded, tmp_path):
    project, _ = finished
    table = candles.assign(date=candles["date"].astype(str))
    (tmp_path / "in.json").write_text(json.dumps({"dataframe_split": table.to_dict(orient="split")}))
    command = [
        "mlflow",
        "models",
        "predict",
        "-m",
        MODEL,
        "--env-manager",
        "local",
        "-i",
        "in.json",
        "-o",
        "out.json",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=project.environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert_same(pd.DataFrame(json.loads((tmp_path / "out.json").read_text())["predictions"]), embedded)


def test_the_version_page_says_what_it_is(finished):
    project, _ = finished
    version = project.client.get_model_version_by_alias("timesnet-embedder", "champion")
    assert {
        "layer",
        "pooling",
        "dim",
        "select_score",
        "test_score",
        "study",
        "data_digest",
        "git_commit",
    } <= set(version.tags)
    assert "best baseline" in version.description and "load_model" in version.description


@contextmanager
def serving(project):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        "mlflow",
        "models",
        "serve",
        "-m",
        MODEL,
        "--env-manager",
        "local",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    server = subprocess.Popen(
        command,
        cwd=project.folder.parent,
        env=project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for _ in range(240):
            time.sleep(0.5)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5)
                break
            except OSError:
                assert server.poll() is None, "the server ended"
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        os.killpg(server.pid, 15)
        server.wait(timeout=30)


def post(url, body):
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def assert_same(found, expected):
    assert list(found.columns) == list(expected.columns)
    dates = pd.to_datetime(found["date"], utc=True)
    assert dates.tolist() == expected["date"].tolist()
    vectors = found.filter(like="emb_").to_numpy(dtype=np.float64)
    np.testing.assert_allclose(vectors, expected.filter(like="emb_").to_numpy(), rtol=1e-4, atol=1e-5)
