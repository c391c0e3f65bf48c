"""Saved views: what is written, what is replaced, what makes room."""

import json

import pytest

from study.publish.saved_views import MOST_VIEWS, OURS, PREFIX, decode, encode, save_views, surplus, view_id
from study.publish.views import CHART, study_views


class Experiment:
    """The tags of an experiment, as Tracking shows them."""

    def __init__(self, study, tags=None):
        self.study, self.experiment_id, self.tags = study, "7", dict(tags or {})

    def experiment_tags(self):
        return dict(self.tags)

    def tag_experiment(self, key, value):
        self.tags[key] = value

    def untag_experiment(self, key):
        del self.tags[key]


def test_a_view_reads_back_as_it_was():
    for view in study_views("a study", "auc"):
        envelope = decode(encode(view, 1234))
        assert envelope["state"] == view.state
        assert envelope["name"] == view.title
        assert envelope["createdAt"] == envelope["updatedAt"] == 1234
        assert json.loads(encode(view, 1234))["state"].startswith("deflate;")


def test_values_fit_into_mlflows_tags():
    name = "a" * 128
    assert all(len(encode(view, 10**13)) < 5000 for view in study_views(name, "balanced_accuracy"))
    assert all(len(PREFIX + view_id(name, view.key)) < 250 for view in study_views(name, "auc"))


def test_each_view_shows_its_own_study_alone():
    for view in study_views("one of two", "auc"):
        assert "tags.study = 'one of two'" in view.state["searchFilter"]
        assert "one of two" in view.title


@pytest.mark.parametrize(
    ("metric", "rising"), [("auc", False), ("log_loss", True), ("ece", True), ("mcc", False)]
)
def test_the_best_score_comes_first(metric, rising):
    for view in study_views("s", metric):
        if view.key != "depth":
            assert view.state["orderByKey"] == f"metrics.`select_{metric}`"
            assert view.state["orderByAsc"] is rising
    grouped = [view.state["groupBy"] for view in study_views("s", metric) if view.state["groupBy"]]
    assert [group["aggregateFunction"] for group in grouped] == ["average"]


def test_a_layer_is_never_without_the_baseline_in_sight():
    columns = next(view for view in study_views("s", "auc") if view.key == "layers").state["columnOrder"]
    first = ["vs_baseline", "select_auc", "best_trial", "pooling", "test_auc"]
    assert [column.split("`")[1] for column in columns[1:6]] == first


def test_the_legend_of_the_depth_profile_begins_with_the_winner():
    depth = next(view for view in study_views("s", "auc") if view.key == "depth").state
    assert (depth["orderByKey"], depth["orderByAsc"]) == ("metrics.`profile_layers`", True)


def test_layers_by_kind_are_few_columns_and_folded():
    view = study_views("s", "auc", kinds=["Conv2d", "TimesBlock"])[-1]
    assert len(view.state["selectedColumns"]) == 3
    assert view.state["groupsExpanded"] == {
        "param.layer_kind.Conv2d": False,
        "param.layer_kind.TimesBlock": False,
    }


def test_charts_belong_to_a_section_that_is_shown():
    for view in study_views("s", "auc"):
        charts = view.state.get("compareRunCharts", [])
        assert bool(charts) == (view.mode == CHART)
        shown = {s["uuid"] for s in view.state.get("compareRunSections", []) if s["display"]}
        assert {chart["metricSectionId"] for chart in charts} == shown
        assert len({chart["uuid"] for chart in charts}) == len(charts)


def test_writing_again_replaces_and_other_studies_are_left_alone():
    experiment = Experiment("one")
    first = save_views(experiment, study_views("one", "auc"))
    assert save_views(experiment, study_views("one", "auc")) == first
    assert len(experiment.tags) == 5
    experiment.study = "two"
    second = save_views(experiment, study_views("two", "auc"))
    assert len(experiment.tags) == 10
    assert not set(first.values()) & set(second.values())
    for page in (*first.values(), *second.values()):
        key = page.partition("viewStateShareKey=")[2].partition("&")[0]
        assert PREFIX + key in experiment.tags
        assert "workflowType=machine_learning" in page


def test_the_oldest_of_ours_make_room_and_a_persons_views_never_do():
    envelope = {"name": "x", "createdAt": 1, "state": "{}"}
    tags = {f"{PREFIX}person-{i}": json.dumps(envelope) for i in range(10)}
    tags |= {f"{PREFIX}{OURS}{i}": json.dumps({**envelope, "updatedAt": i}) for i in range(30)}
    tags["mlflow.note.content"] = "text"
    assert surplus(tags, set()) == [f"{PREFIX}{OURS}{i}" for i in range(40 - MOST_VIEWS)]
    kept = {f"{PREFIX}{OURS}{i}" for i in range(3)}
    assert surplus(tags, kept) == [f"{PREFIX}{OURS}{i}" for i in range(3, 3 + 40 - MOST_VIEWS)]
    tags[f"{PREFIX}{OURS}29"] = "not an envelope"
    assert surplus(tags, kept)[0] == f"{PREFIX}{OURS}29"


def test_ten_studies_leave_the_newest_seven():
    experiment = Experiment("")
    for number in range(10):
        experiment.study = f"study {number}"
        save_views(experiment, study_views(experiment.study, "auc"))
    assert len(experiment.tags) == MOST_VIEWS
    assert all(PREFIX + view_id(f"study {n}", "layers") in experiment.tags for n in range(4, 10))
