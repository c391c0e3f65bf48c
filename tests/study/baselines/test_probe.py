"""Rows beside the layers: each probed as a layer is, and found where there is something to find."""

import importlib

import numpy as np
import pytest

from probes import score_of_many
from study.baselines import minirocket
from study.baselines.probe import probe_baselines
from tests.study.small_trial import prepared


def wilder_at_night(frame):
    """Ranges that depend on the hour alone, as no window of 8 hours can see of itself."""
    hour = frame["date"].dt.hour.to_numpy()
    generator = np.random.default_rng(3)
    wide = np.where(hour >= 12, 0.02, 0.005) * generator.uniform(0.8, 1.2, len(frame))
    middle = 100.0
    opening = np.full(len(frame), middle)
    return frame.assign(open=opening, close=opening, high=middle * (1 + wide), low=middle * (1 - wide))


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    data = prepared(tmp_path_factory.mktemp("candles"), wilder_at_night)
    found = probe_baselines(data, metric="auc", seed=0)
    return data, {row.name: row for row in found}


def test_a_baseline_with_the_calendar_finds_what_the_hour_decides(rows):
    data, found = rows
    ranges, both = found["HAR (1, 4, 8 candles)"], found["HAR (1, 4, 8 candles) + calendar"]
    assert both.candidate.scores["auc"] > 0.95
    y = data.labels[data.probed.test]
    test = {row.name: score_of_many(y, row.test()[None].astype(float), "auc")[0] for row in found.values()}
    assert test[both.name] > 0.95
    assert test["majority class"] == 0.5
    assert test[both.name] >= test[ranges.name]


def test_the_reference_is_marked_and_is_no_embedding(rows):
    data, found = rows
    (reference,) = [row for row in found.values() if row.kind == "reference"]
    assert reference.name == "gradient boosting on HAR (1, 4, 8 candles) + calendar"
    assert reference.candidate.pooling == "none" and not reference.candidate.knn_scores
    assert reference.candidate.scores["auc"] > 0.9
    assert reference.test().shape == (len(data.probed.test), 2)
    assert {row.kind for row in found.values()} == {"baseline", "reference"}


def test_the_test_scores_of_a_baseline_can_be_asked_for_again(rows):
    _, found = rows
    row = found["raw window"]
    np.testing.assert_array_equal(row.test(), row.test())


@pytest.mark.skipif(not minirocket.minirocket_installed(), reason="the extra minirocket is not installed")
def test_minirocket_gives_a_window_the_same_vector_whatever_else_is_asked_for(rows):
    data, _ = rows
    importlib.import_module("aeon")
    many = minirocket.minirocket_vectors(data, np.arange(0, 200), seed=0)
    few = minirocket.minirocket_vectors(data, np.arange(100, 120), seed=0)
    np.testing.assert_array_equal(many[100:120], few)
    assert 900 <= many.shape[1] <= 1000
