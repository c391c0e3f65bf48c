"""The test split is opened once, and whoever opened it under another name is counted and said."""

import json
import time

import mlflow
import pytest

from study.metrics import names
from study.stores.retry import Retry
from study.tracking.client import Tracking
from study.tracking.delivery import Delivery
from study.tracking.test_openings import MOST_NAMED, openings_elsewhere, record_opening

SAME = {"data_digest": "0123456789abcdef", "label": "volatility"}


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Opens the record of a study of some candles and a label, in one store."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.delenv("MLFLOW_RUN_ID", raising=False)
    open_ones = []

    def open_study(name, experiment="studies", **tags):
        monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", experiment)
        tracking = Tracking(name, folder=tmp_path / "outboxes" / name, retry=Retry(print))
        tracking.tag(tracking.run_id, SAME | tags)
        open_ones.append(tracking)
        return tracking

    yield open_study
    for tracking in open_ones:
        tracking.finish()
    mlflow.set_tracking_uri(None)


def test_openings_of_the_same_windows_under_other_names_are_counted_and_said(study):
    first = study("first")
    assert openings_elsewhere(first) == ""
    record_opening(first, "trial 0 model.0 mean")
    assert openings_elsewhere(first) == ""  # its own

    second = study("second", "another experiment")
    said = openings_elsewhere(second)
    assert "was opened before, or meanwhile, by 1 other study of this store: first (20" in said
    assert openings_elsewhere(study("third", label="direction")) == ""
    assert openings_elsewhere(study("fourth", data_digest="fedcba9876543210")) == ""
    # A study that has looked at nothing yet has spoilt nothing.
    assert openings_elsewhere(first) == ""
    record_opening(second, "trial 1 model.0 mean")
    assert "by 1 other study of this store: second" in openings_elsewhere(first)

    for number in range(MOST_NAMED):
        record_opening(study(f"more {number}"), "trial 0 model.0 mean")
    said = openings_elsewhere(first)
    assert f"by {1 + MOST_NAMED} other studies" in said and "and 1 more" in said


def test_an_opening_is_written_once_for_each_candidate(study):
    tracking = study("only")
    for candidate in ("trial 0 model.0 mean", "trial 0 model.0 mean", "trial 2 model.1 last"):
        found = record_opening(tracking, candidate)
    assert [one["candidate"] for one in found] == ["trial 0 model.0 mean", "trial 2 model.1 last"]
    tags = tracking.tags_of(tracking.run_id)
    assert tags[names.TEST_OPENED].count("model.0") == 1


def test_an_opening_is_in_mlflow_before_anything_goes_on_however_slow_the_store(study, monkeypatch):
    deliver = Delivery.__call__

    def slowly(self, *write, **options):
        time.sleep(0.3)
        return deliver(self, *write, **options)

    monkeypatch.setattr(Delivery, "__call__", slowly)
    tracking = study("only")
    record_opening(tracking, "trial 0 model.0 mean")
    tags = mlflow.MlflowClient().get_run(tracking.run_id).data.tags
    assert [one["candidate"] for one in json.loads(tags[names.TEST_OPENED])] == ["trial 0 model.0 mean"]
