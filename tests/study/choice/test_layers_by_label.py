"""The map of layers and labels: what it says of a vector, and that no split looks into the next."""

import numpy as np
import pandas as pd
import pytest
import torch

from study.choice.layers_by_label import Purposes, find_purposes
from study.choice.other_labels import UNKNOWN, other_labels
from study.configuration import StudyConfiguration
from study.data.study_data import StudyData
from study.trials.network import network_config
from study.trials.probing import probe_network
from study.trials.ranking import best_by_layer, best_candidate
from study.trials.variant import Variant
from tests.study.small_trial import VARIANT, prepared
from timesnet import TimesNet

ALL = StudyConfiguration().other_labels


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> StudyData:
    return prepared(tmp_path_factory.mktemp("candles"), seq_len=8, horizon=2)


def test_other_labels_are_of_three_kinds_at_two_horizons(data):
    found, left_out = other_labels(data, ALL)
    assert left_out == () and list(found) == [
        f"{kind} {k}" for kind in ("volatility", "volume", "direction") for k in (2, 8)
    ]
    np.testing.assert_array_equal(found["volatility 2"], data.labels)
    close = data.candles.frame["close"].to_numpy()
    ends, known = data.windows.ends, found["direction 8"] != UNKNOWN
    np.testing.assert_array_equal(found["direction 8"][known], close[ends[known] + 8] > close[ends[known]])


def test_what_is_settled_after_a_splits_last_label_is_unknown_there(data):
    dates = pd.DatetimeIndex(data.candles.frame["date"])
    found, ends = other_labels(data, ALL)[0]["volatility 8"], data.windows.ends
    for rows in data.split_rows.values():
        limit = dates[ends[rows] + 2].max()
        known = rows[found[rows] != UNKNOWN]
        assert dates[ends[known] + 8].max() <= limit
        assert (found[rows[-6:]] == UNKNOWN).all()


def test_each_layer_and_baseline_has_a_score_for_each_label(data):
    torch.manual_seed(0)
    model = TimesNet(network_config(Variant(**VARIANT), data))
    record = probe_network(model, data, metric="auc", seed=0, number=0, variant={})
    winner = best_candidate(record.candidates, "auc")
    found = find_purposes(model, best_by_layer(record.candidates, "auc"), winner, data, ALL)
    assert found.scores.shape == (len(found.rows), 6)
    assert ((found.scores >= 0) & (found.scores <= 1)).all()
    assert found.rows[found.winner] == winner.layer
    assert "projection" not in found.rows and "baseline: raw window" in found.rows
    assert list(found.frame().columns) == ["layer", "pooling", *found.labels, "mean"]


@pytest.mark.parametrize("horizon", [499, 10**8])
def test_a_horizon_beyond_the_candles_is_left_out(data, horizon):
    wanted = [("volatility", horizon), ("direction", horizon)]
    found, left_out = other_labels(data, wanted)
    assert found == {} and left_out == (f"volatility {horizon}", f"direction {horizon}")


def test_labels_are_asked_at_the_horizons_that_are_given(data):
    found, left_out = other_labels(data, [("volume", 3), ("direction", None), ("volume", 9)])
    assert list(found) == ["volume 3", "direction 2", "direction 8"] and left_out == ("volume 9",)
    volume = data.candles.frame["volume"].to_numpy()
    ends, known = data.windows.ends, found["volume 3"] != UNKNOWN
    after, before = (
        np.array([volume[end + 1 + shift : end + 4 + shift].sum() for end in ends[known]])
        for shift in (0, -3)
    )
    more = after / np.maximum(before, 1e-9)
    assert more[found["volume 3"][known] == 1].min() >= more[found["volume 3"][known] == 0].max()


def test_a_winner_that_a_baseline_beats_for_another_label_is_called_out():
    made = Purposes(
        labels=("volatility 4", "volume 4"),
        rows=("model.0", "model.1", "baseline: raw window"),
        poolings=("mean", "last", "flatten"),
        scores=np.array([[0.7, 0.8], [0.8, 0.6], [0.75, 0.78]]),
        winner=1,
    )
    lines = made.sentences()
    assert (
        lines[0]
        == "volatility 4: best layer model.1 (last) 0.800, the winner 0.800, best baseline raw window 0.750"
    )
    assert (
        lines[1]
        == "volume 4: best layer model.0 (mean) 0.800, the winner 0.600, best baseline raw window 0.780"
    )
    assert (
        lines[2]
        == "mean over the 2: best layer model.0 (mean) 0.750, the winner 0.700, best baseline raw window 0.765"
    )
    assert lines[3].startswith("For volume 4 a baseline scores higher than the winner")
