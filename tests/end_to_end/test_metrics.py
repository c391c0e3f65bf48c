"""What a study logs is documented, finite, and what its saved views ask for."""

import math
import re
from pathlib import Path

import pytest

from study.metrics.lookup import in_short
from study.publish.saved_views import PREFIX, decode

PARTS = re.compile(r"(metrics|params)\.`([^`]+)`")


def logged(project) -> set[str]:
    return {name for run in project.runs(study="small") for name in run.data.metrics}


def test_every_logged_metric_is_documented(finished):
    project, _ = finished
    found = logged(project)
    assert len(found) > 50
    for name in sorted(found):
        assert in_short(name).meaning, name


def test_every_point_of_every_series_is_finite_and_short(finished):
    project, _ = finished
    for run in project.runs(study="small"):
        for name in run.data.metrics:
            for point in project.client.get_metric_history(run.info.run_id, name):
                assert math.isfinite(point.value) and abs(point.value) < 1e300, name


def views(project) -> list[dict]:
    tags = project.client.get_experiment_by_name("Default").tags
    found = [decode(value) for key, value in tags.items() if key.startswith(PREFIX)]
    return [view for view in found if view["name"].startswith("small: ")]


def test_views_show_columns_and_charts_of_what_was_logged(finished):
    project, _ = finished
    metrics = logged(project)
    params = {name for run in project.runs(study="small") for name in run.data.params}
    found = views(project)
    assert len(found) == 5
    for view in found:
        state = view["state"]
        for kind, name in PARTS.findall(" ".join(state["selectedColumns"] + [state["orderByKey"]])):
            assert name in (metrics if kind == "metrics" else params), name
        for chart in state.get("compareRunCharts", []):
            wanted = [
                chart.get("metricKey"),
                *chart.get("selectedMetricKeys", []),
                *chart.get("selectedMetrics", []),
            ]
            wanted += [chart[axis]["key"] for axis in ("xaxis", "yaxis") if axis in chart]
            assert {name for name in wanted if name} <= metrics


def test_each_view_finds_runs(finished):
    project, _ = finished
    experiment = project.client.get_experiment_by_name("Default").experiment_id
    for view in views(project):
        assert len(project.client.search_runs([experiment], view["state"]["searchFilter"])) >= 3


def test_layers_that_give_one_answer_are_one_row_that_names_the_others(finished):
    project, _ = finished
    winner = project.runs(kind="study", study="small")[0].data.tags["winner_layer"]
    layers = {run.data.params["layer"]: run for run in project.runs(kind="layer", study="small")}
    rows = {name: run for name, run in layers.items() if run.data.tags["answer"] == "own"}
    assert winner in rows and len(rows) < len(layers)
    named = [twin for run in rows.values() for twin in run.data.params.get("also", "").split(", ") if twin]
    assert sorted([*rows, *named]) == sorted(layers)
    for name in named:
        first = layers[name].data.tags["answer"]
        assert name in rows[first].data.params["also"].split(", ")
        assert f"the same answer as `{first}`" in layers[name].data.tags["mlflow.note.content"]


def test_the_bars_and_the_legend_show_the_winner_first(finished):
    project, _ = finished
    experiment = project.client.get_experiment_by_name("Default").experiment_id
    winner = project.runs(kind="study", study="small")[0].data.tags["winner_layer"]
    barred = [run for run in project.runs(study="small") if "points_vs_baseline" in run.data.metrics]
    for run in barred:
        ahead = run.data.metrics["vs_baseline"]
        assert run.data.metrics["points_vs_baseline"] == pytest.approx(100 * ahead, abs=0.006)
    layers = [run.data.params["layer"] for run in barred if run.data.tags["kind"] == "layer"]
    assert winner in layers and len(layers) == 2
    named = {run.data.params["layer"] for run in barred} - set(layers)
    assert {"baseline: raw window", "baseline: untrained TimesNet"} <= named
    assert not {name for name in named if not name.startswith("baseline: ") or "majority" in name}
    depth = next(view["state"] for view in views(project) if "depth" in view["name"])
    order = f"{depth['orderByKey']} {'ASC' if depth['orderByAsc'] else 'DESC'}"
    first = project.client.search_runs([experiment], depth["searchFilter"], order_by=[order])[:2]
    assert first[0].info.run_name.endswith("the winner's") and first[1].info.run_name.startswith("median of")


@pytest.mark.parametrize(
    "artifact", ["report/report.html", "optuna/plots.html", "tables/leaderboard.csv", "verdict.txt"]
)
def test_the_study_run_has_its_artifacts(finished, artifact, tmp_path):
    project, _ = finished
    run = project.runs(kind="study", study="small")[0].info.run_id
    path = Path(project.client.download_artifacts(run, artifact, str(tmp_path)))
    assert len(path.read_text(encoding="utf-8")) > 100
    assert not [item.path for item in project.client.list_artifacts(run, "report") if "errors" in item.path]
