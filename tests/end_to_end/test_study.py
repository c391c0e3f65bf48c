"""The real `mlflow run`, and what it leaves in the store."""

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import pandas as pd

from study.baselines.minirocket import minirocket_installed
from timesnet import FEATURES

from .candle_files import candle_file
from .conftest import SMALL, copy_project

KINDS = ("study", "trial", "layer", "baseline")


def test_the_study_adopts_the_run_that_mlflow_made_and_leaves_nothing_running(finished):
    project, _ = finished
    runs = project.runs(study="small")
    assert len(project.runs(study="small", kind="study")) == 1
    assert all(run.data.tags["kind"] in KINDS for run in runs)
    study = project.runs(study="small", kind="study")[0]
    assert "mlflow.project.entryPoint" in study.data.tags
    assert {run.info.status for run in runs} <= {"FINISHED", "KILLED"}
    children = [run for run in runs if run.info.run_id != study.info.run_id]
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {study.info.run_id}
    assert len(project.runs(study="small", kind="trial")) == 3
    rows = [run.data.params["layer_kind"] for run in project.runs(study="small", kind="baseline")]
    assert rows.count("ceiling") == rows.count("prediction") == rows.count("table") == 1
    assert rows.count("baseline") == 8 + minirocket_installed()


def test_every_layer_of_a_two_block_variant_has_logistic_and_knn_scores(finished):
    project, _ = finished
    layers = project.runs(study="small", kind="layer")
    assert len(layers) >= 25
    names = {run.data.params["layer"] for run in layers}
    assert {
        "model.0.conv.0.kernels.1",
        "model.1.conv.2",
        "layer_norm#0",
        "layer_norm#1",
        "enc_embedding",
    } <= names
    for run in layers:
        for metric in ("select_auc", "knn_select_auc"):
            assert 0 <= run.data.metrics[metric] <= 1
    assert all(np.isfinite(list(run.data.metrics.values())).all() for run in project.runs(study="small"))


def test_every_run_can_be_done_again(finished):
    project, _ = finished
    for run in project.runs(study="small", kind="trial") + project.runs(study="small", kind="layer"):
        tags = run.data.tags
        assert {"data_digest", "git_commit", "study_seed"} <= tags.keys()
        assert json.loads(tags["packages"])["torch"]
        assert set(json.loads(tags["splits"])) == {"fit", "tune", "select", "test"}
    for run in project.runs(study="small", kind="trial"):
        assert {"seed", "d_model", "task_name", "learning_rate"} <= run.data.params.keys()


def test_the_console_ends_with_verdict_and_links(finished):
    project, text = finished
    study = project.runs(study="small", kind="study")[0]
    asked = [line.partition(" ")[0] for line in text.splitlines() if line[:4] in ("Whic", "How ", "Now ")]
    assert asked == ["Which?", "How", "Now"] and "models:/timesnet-embedder@champion" in text
    assert "\nTogether? news.parquet alone does so" in text
    assert {"gain_over_table_test_auc", "gain_over_layer_test_auc_low"} <= study.data.metrics.keys()
    # The first line says it; what whoever loads the layer later is told would say it twice more.
    assert "WARNING timesnet" not in text
    report = Path(url2pathname(urlsplit(re.search(r"^read it:  (file://\S+)$", text, re.MULTILINE)[1]).path))
    assert report.name == "report.html" and study.info.run_id in str(report) and report.is_file()
    assert study.data.tags["mlflow.note.content"].startswith("**Which?** ")
    assert len(json.loads(study.data.tags["test_opened"])) == 1


def test_what_the_study_prints_to_be_pasted_runs_from_any_folder(finished, tmp_path):
    project, text = finished
    block = text.partition(", from any folder:\n")[2]
    pasted = dedent("".join(line for line in block.splitlines(keepends=True) if line.startswith("  ")))
    python, shell = pasted.strip().rsplit("\n", 1)
    quarters = pd.date_range("2024-01-01", periods=1200, freq="15min", tz="UTC")
    candle_file(tmp_path, lambda frame: frame.assign(date=quarters))
    plain = {key: value for key, value in project.environment.items() if not key.startswith("MLFLOW_")}
    run = {"cwd": tmp_path, "env": plain, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", f"{python}\nprint(len(embeddings))"], **run)
    assert done.returncode == 0 and int(done.stdout.split()[-1]) > 0, done.stderr
    assert "MLFLOW_TRACKING_URI=" in shell and " -e extract " in shell
    done = subprocess.run(
        ["sh", "-c", f"{shell} -P stride=500"], **{**run, "env": {**plain, "PATH": "/usr/bin:/bin"}}
    )
    assert done.returncode == 0 and "embeddings of layer" in done.stdout, done.stdout + done.stderr
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"candles.csv", "embeddings.parquet", "embeddings.parquet.provenance.json"}


LOAD = """
import sys, json, mlflow, pandas
assert not [path for path in sys.path if path == sys.argv[2]]
model = mlflow.pyfunc.load_model("models:/timesnet-embedder@champion")
candles = pandas.read_parquet(sys.argv[1])
whole = model.predict(candles)
alone = model.predict(candles.iloc[-50:])
print(json.dumps({"columns": list(whole.columns), "rows": len(whole), "last": whole.iloc[-1, 1:].tolist(),
                  "alone": alone.iloc[-1, 1:].tolist(), "date": str(whole["date"].iloc[-1])}))
"""


def test_a_second_process_in_an_empty_directory_loads_the_winner_by_name(finished, tmp_path):
    project, _ = finished
    from timesnet import read_candles

    candles, _ = read_candles("btc-15min")
    frame = candles.frame.drop(columns="symbol").iloc[-400:]
    frame.to_parquet(tmp_path / "candles.parquet")
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOAD, str(tmp_path / "candles.parquet"), str(project.folder)],
        cwd=empty,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert loaded["columns"][:2] == ["date", "emb_000"]
    assert pd.Timestamp(loaded["date"]) == frame["date"].iloc[-1]
    np.testing.assert_allclose(loaded["alone"], loaded["last"], rtol=1e-4, atol=1e-5)
    study = project.runs(study="small", kind="study")[0]
    assert study.data.metrics["registered_embedding_difference"] < 1e-4


def test_the_same_command_again_changes_nothing(finished):
    project, _ = finished
    before = len(project.runs(study="small", kind="trial"))
    done = project.mlflow_run("study", *SMALL, "name=small")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "finished by an earlier call" in done.stdout
    assert len(project.runs(study="small", kind="trial")) == before
    assert len(project.runs(study="small", kind="study")) == 1
    versions = project.client.search_model_versions("name = 'timesnet-embedder'")
    assert len([version for version in versions if version.tags["study"] == "small"]) == 1
    assert "RUNNING" not in {run.info.status for run in project.runs(study="small")}


def test_two_studies_with_one_seed_have_the_same_trials_and_winner(finished):
    project, _ = finished
    done = project.mlflow_run("study", *SMALL, "name=again")
    assert done.returncode == 0, done.stdout + done.stderr

    def trials(name):
        found = project.runs(kind="trial", study=name)
        return sorted((run.info.run_name, sorted(run.data.params.items()), run.info.status) for run in found)

    assert trials("small") == trials("again")
    first, second = (project.runs(kind="study", study=name)[0].data.tags for name in ("small", "again"))
    for tag in ("winner_layer", "winner_pooling", "winner_trial"):
        assert first[tag] == second[tag]


def test_extract_writes_one_row_for_each_window(finished):
    project, _ = finished
    done = project.mlflow_run("extract", "output=out.parquet")
    assert done.returncode == 0, done.stdout + done.stderr
    table = pd.read_parquet(project.folder / "out.parquet")
    assert len(table) > 8000 and table.columns[0] == "date"
    assert np.isfinite(table.filter(like="emb_").to_numpy()).all()
    assert (project.folder / "out.parquet.provenance.json").exists()
    assert not list(project.folder.glob("*.part"))


def test_own_candles_of_two_symbols(tmp_path):
    project = copy_project(tmp_path)
    candle_file(tmp_path)
    one = pd.read_csv(tmp_path / "candles.csv")
    two = one.assign(close=one["close"][::-1].to_numpy(), symbol="B")
    two = two.assign(open=two["close"], high=two["close"] * 1.02, low=two["close"] * 0.97)
    (tmp_path / "coins").mkdir()
    one.assign(symbol="A").to_parquet(tmp_path / "coins" / "A.parquet", index=False)
    two.to_parquet(tmp_path / "coins" / "B.parquet", index=False)
    use = ["threshold_by=symbol", "windows_per_epoch=200", "max_probe_windows=500"]
    done = project.mlflow_run(
        "study", "data=coins", "trials=1", "space=small.yaml", "seq_len=16", "horizon=2", *use
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("draws 200 of", "as many of each of 2 symbols", "even subsample", "each symbol's own"):
        assert said in done.stdout
    (run,) = project.runs(kind="study")
    assert use == [f"{key}={run.data.params[key]}" for key in (word.partition("=")[0] for word in use)]
    done = project.mlflow_run("extract", "data=coins", "output=out.parquet")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("2 files; model models:/timesnet-embedder/1", "2 of them done before"):
        done = project.mlflow_run("extract", "data=coins", "output=vectors")
        assert done.returncode == 0 and words in done.stdout, done.stdout + done.stderr
    table = pd.read_parquet(tmp_path / "out.parquet")
    by_file = pd.concat([pd.read_parquet(tmp_path / "vectors" / f"{name}.parquet") for name in "AB"])
    pd.testing.assert_frame_equal(by_file.reset_index(drop=True), table, rtol=1e-5, atol=1e-5)
    assert list(table.columns[:3]) == ["date", "symbol", "emb_000"]
    assert set(table["symbol"]) == {"A", "B"}


def test_every_trial_and_layer_says_in_its_note_what_came_of_it(finished):
    project, _ = finished
    for run in project.runs(study="small", kind="trial"):
        note = run.data.tags["mlflow.note.content"]
        if run.info.status == "KILLED":
            assert note.startswith("Pruned: after epoch ") and "of 2 its tune auc" in note
        else:
            best, score = run.data.params["best_layer"], run.data.metrics["select_auc"]
            assert f"`{best}`" in note and f"select auc {score:.3f}" in note
    layers = project.runs(study="small", kind="layer")
    ranks = set()
    for run in layers:
        note = run.data.tags["mlflow.note.content"]
        # A bar is escaped in Markdown, where it would end the cell of a table.
        pooling = run.data.params["pooling"].replace("|", "\\|")
        assert f"trial {run.data.params['best_trial']} with {pooling} pooling" in note
        ranks.add(int(note.partition("rank ")[2].split()[0]))
    assert ranks == set(range(1, len(layers) + 1))


def test_the_study_run_has_its_parameters_and_the_registered_model_says_how_to_load_it(finished):
    project, text = finished
    params = project.runs(study="small", kind="study")[0].data.params
    assert params["features"].split(",") == list(FEATURES)
    assert (params["name"], params["space"]) == ("small", "small.yaml")
    assert "''" not in params.values()
    described = project.client.get_registered_model("timesnet-embedder").description
    assert 'load_model("models:/timesnet-embedder@champion")' in described
    completed = [run for run in project.runs(study="small", kind="trial") if run.info.status == "FINISHED"]
    assert f"3 trials: {len(completed)} completed" in text
