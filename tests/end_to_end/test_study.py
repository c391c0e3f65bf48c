"""The real `mlflow run`, and what it leaves in the store."""

import json
import re
import subprocess
import sys
from html import unescape
from itertools import takewhile
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit
from urllib.request import url2pathname

import mlflow
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from probes import even_subsample
from study.baselines.minirocket import minirocket_installed
from study.display import as_text
from study.labels import outcomes, parse_label
from timesnet import FEATURES, read_candles
from timesnet.extractor import load_extractor
from timesnet.extractor.past import MOST_BYTES, MOST_WINDOWS

from .candle_files import candle_file
from .conftest import FEW_WINDOWS, SMALL, copy_project

KINDS = ("study", "trial", "layer", "baseline", "profile")


def test_the_study_adopts_the_run_that_mlflow_made_and_leaves_nothing_running(finished):
    project, _ = finished
    runs = project.runs(study="small")
    assert len(project.runs(study="small", kind="study")) == 1
    assert all(run.data.tags["kind"] in KINDS for run in runs)
    study = project.runs(study="small", kind="study")[0]
    assert "mlflow.project.entryPoint" in study.data.tags
    assert {run.info.status for run in runs} == {"FINISHED"}
    children = [run for run in runs if run.info.run_id != study.info.run_id]
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {study.info.run_id}
    assert len(project.runs(study="small", kind="trial")) == 3
    rows = [run.data.params["layer_kind"] for run in project.runs(study="small", kind="baseline")]
    assert rows.count("reference") == rows.count("prediction") == rows.count("table") == 1
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
        assert not {"packages", "splits"} & tags.keys()
    for run in project.runs(study="small", kind="trial"):
        assert {"seed", "d_model", "task_name", "learning_rate"} <= run.data.params.keys()
    assert provenance_of(project, "packages")["torch"]
    assert set(provenance_of(project, "splits")) == {"fit", "tune", "select", "test"}


def provenance_of(project, what):
    """A file of the study run's provenance."""
    (run,) = project.runs(study="small", kind="study")
    mlflow.set_tracking_uri(project.uri)
    return mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/provenance/{what}.json")


def test_each_split_is_a_data_set_of_its_own_and_the_logged_model_is_the_layer_s(finished):
    project, _ = finished
    (study,) = project.runs(study="small", kind="study")
    sets = {one.dataset.name: one for one in project.client.get_run(study.info.run_id).inputs.dataset_inputs}
    assert set(sets) == {"fit", "tune", "select", "test"}
    assert len({one.dataset.digest for one in sets.values()}) == 4
    for name, one in sets.items():
        assert {tag.key: tag.value for tag in one.tags} == {"mlflow.data.context": name}
        assert "(-1, 48, " in str(json.loads(one.dataset.schema)).replace("[", "(")
    (model,) = project.client.search_logged_models(
        [study.info.experiment_id], filter_string=f"source_run_id = '{study.info.run_id}'"
    )
    winner = study.data.tags
    assert model.params.items() >= {"layer": winner["winner_layer"], "trial": winner["winner_trial"]}.items()
    assert {"pooling", "dim", "d_model"} <= model.params.keys() and "trials" not in model.params
    assert {(m.key, m.dataset_name, m.dataset_digest) for m in model.metrics} == {
        (f"{split}_auc{end}", split, sets[split].dataset.digest)
        for split in ("select", "test")
        for end in ("", "_low", "_high")
    }
    for metric in model.metrics:
        assert metric.value == study.data.metrics[metric.key]


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
    block = text.partition(", from any folder:\n")[2].splitlines(keepends=True)
    # What stands below it, as a warning that Python prints with its line of code, is no part of it.
    pasted = dedent("".join(takewhile(lambda line: line.startswith("  "), block)))
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


def test_extract_writes_one_row_for_each_window(finished):
    project, _ = finished
    assert project.command("extract", "--output", "out.parquet", "--labels", "yes", "--projector", "yes") == 0
    table = pd.read_parquet(project.folder / "out.parquet")
    assert len(table) > 8000 and table.columns[0] == "date"
    assert np.isfinite(table.filter(like="emb_").to_numpy()).all()
    metadata = pd.read_csv(project.folder / "out.metadata.tsv", sep="\t")
    assert list(metadata.columns) == ["date", "label", "split"] and len(metadata) == min(len(table), 10_000)
    assert (project.folder / "out.parquet.provenance.json").exists()
    assert not list(project.folder.glob("*.part"))


def test_the_winner_names_the_past_windows_most_like_one(finished, tmp_path):
    project, text = finished
    mlflow.set_tracking_uri(project.uri)
    folder = mlflow.artifacts.download_artifacts("models:/timesnet-embedder@champion")
    past = load_extractor(Path(folder) / "artifacts" / "extractor", device="cpu").past
    candles, _ = read_candles("btc-15min")
    # Every window's class and outcome as the study labelled it.
    spec = parse_label(kind="volatility", horizon=4)
    rows = np.searchsorted(candles.frame["date"].dt.as_unit("ns").astype("int64"), past.dates)
    np.testing.assert_allclose(past.outcomes, outcomes(candles, rows, spec), rtol=1e-6)
    cut = past.outcomes[past.classes == 1].min()
    assert past.class_names == ("calm", "volatile") and (past.outcomes[past.classes == 0] <= cut).all()
    assert len(past) <= MOST_WINDOWS and past.vectors.nbytes <= MOST_BYTES
    step = 15 * 60 * 10**9
    assert (past.apart == past.dates + 52 * step).mean() > 0.9 and (past.apart > past.dates).all()
    # Their score on test by another road: one window after the other, all the rest by scikit-learn.
    version = project.client.get_model_version_by_alias("timesnet-embedder", "champion")
    since = pd.Timestamp(provenance_of(project, "splits")["test"]["first_end"]).value
    test = np.flatnonzero(past.dates >= since)
    # What is probed of test is as thin as what is probed of the rest.
    test = even_subsample(test, len(test) * FEW_WINDOWS // int((past.dates < since).sum()))
    vectors = past.vectors.astype(float)
    shares = []
    for one in test:
        before = np.flatnonzero(past.apart <= past.dates[one])
        near = before[np.argsort(((vectors[before] - vectors[one]) ** 2).sum(axis=1))]
        chosen: list[int] = []
        for other in near:
            if all(abs(past.dates[other] - past.dates[c]) >= 52 * step for c in chosen):
                chosen.append(other)
            if len(chosen) == 5:
                break
        shares.append(past.classes[chosen].mean())
    # The vectors kept are rounded, those of the study are not.
    assert abs(roc_auc_score(past.classes[test], shares) - past.scores[5][0]) < 0.01
    assert f"5 neighbours {past.scores[5][0]:.3f}" in version.description
    at = pd.Timestamp(past.dates[test[-1]], unit="ns")
    # The line that the report prints, pasted in another folder.
    report = Path(url2pathname(urlsplit(re.search(r"^read it:  (file://\S+)$", text, re.MULTILINE)[1]).path))
    (line,) = re.findall(r"<pre[^>]*>(.* -e neighbours .*)</pre>", report.read_text())
    done = subprocess.run(
        ["sh", "-c", f"{unescape(line)} -P at={at:%Y-%m-%dT%H:%M} -P neighbours=3"],
        cwd=tmp_path,
        env={key: value for key, value in project.environment.items() if not key.startswith("MLFLOW_")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    model = mlflow.pyfunc.load_model(folder)
    until = candles.frame.drop(columns="symbol").iloc[rows[test[-1]] - 60 : rows[test[-1]] + 1]
    (answer,) = model.predict(until, params={"neighbours": 3})["neighbours"].iloc[-1:]
    for near in answer:
        assert f"{pd.Timestamp(near['date']):%Y-%m-%d %H:%M} UTC" in done.stdout


def test_own_candles_of_two_symbols(tmp_path, capsys):
    project = copy_project(tmp_path)
    candle_file(tmp_path)
    one = pd.read_csv(tmp_path / "candles.csv")
    two = one.assign(close=one["close"][::-1].to_numpy(), symbol="B")
    two = two.assign(open=two["close"], high=two["close"] * 1.02, low=two["close"] * 0.97)
    (tmp_path / "coins").mkdir()
    one.assign(symbol="A").to_parquet(tmp_path / "coins" / "A.parquet", index=False)
    two.to_parquet(tmp_path / "coins" / "B.parquet", index=False)
    use = ["threshold_by=symbol", "windows_per_epoch=200", "max_probe_windows=500", "workers=1"]
    words = ["data=coins", "trials=1", "space=small.yaml", "seq_len=16", "horizon=2", *use]
    assert project.command("study", *(f"--{word}" for word in words)) == 0
    printed = capsys.readouterr().out
    for said in ("draws 200 of", "as many of each of 2 symbols", "even subsample", "each symbol's own"):
        assert said in printed
    (run,) = project.runs(kind="study")
    assert use == [f"{key}={run.data.params[key]}" for key in (word.partition("=")[0] for word in use)]
    assert project.command("extract", "--data", "coins", "--output", "out.parquet") == 0
    assert project.command("extract", "--data", "coins", "--output", "vectors") == 0
    assert "2 files; model models:/timesnet-embedder/1" in capsys.readouterr().out
    table = pd.read_parquet(tmp_path / "out.parquet")
    by_file = pd.concat([pd.read_parquet(tmp_path / "vectors" / f"{name}.parquet") for name in "AB"])
    pd.testing.assert_frame_equal(by_file.reset_index(drop=True), table, rtol=1e-5, atol=1e-5)
    assert list(table.columns[:3]) == ["date", "symbol", "emb_000"]
    assert set(table["symbol"]) == {"A", "B"}


def test_every_trial_and_layer_says_in_its_note_what_came_of_it(finished):
    project, _ = finished
    for run in project.runs(study="small", kind="trial"):
        note = run.data.tags["mlflow.note.content"]
        if run.data.tags["outcome"] == "pruned":
            assert note.startswith("Pruned: after epoch ") and "of 2 its tune auc" in note
        else:
            best, score = run.data.params["best_layer"], run.data.metrics["select_auc"]
            assert f"`{best}`" in note and f"select auc {score:.3f}" in note
    layers = project.runs(study="small", kind="layer")
    ranks = set()
    for run in layers:
        note = run.data.tags["mlflow.note.content"]
        pooling = as_text(run.data.params["pooling"])
        assert f"trial {run.data.params['best_trial']} with {pooling} pooling" in note
        ranks.add(int(note.partition("rank ")[2].split()[0]))
    different = sum(run.data.tags["answer"] == "own" for run in layers)
    assert ranks == set(range(1, different + 1))


def test_the_study_run_has_its_parameters_and_the_registered_model_says_how_to_load_it(finished):
    project, text = finished
    params = project.runs(study="small", kind="study")[0].data.params
    assert params["features"].split(",") == list(FEATURES)
    assert (params["name"], params["space"]) == ("small", "small.yaml")
    assert "''" not in params.values()
    described = project.client.get_registered_model("timesnet-embedder").description
    assert 'load_model("models:/timesnet-embedder@champion")' in described
    completed = project.runs(study="small", kind="trial", outcome="completed")
    assert f"3 trials: {len(completed)} completed" in text
