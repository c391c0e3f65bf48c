"""Labels written down and given again are the study's own."""

import json

import numpy as np
import pandas as pd
import pytest

from study.data.splits import SPLIT_NAMES
from study.labels.recipe import UNSETTLED, label_recipe, labels_by, split_of
from tests.study.small_trial import prepared
from tests.timesnet.candle_factory import candle_frame


@pytest.mark.parametrize(
    "words",
    [
        {"label": "volatility"},
        {"label": "volume", "horizon": 3},
        {"label": "triple_barrier", "horizon": 2},
        {"label": "return_quantile", "classes": 4},
        {"label": "direction", "threshold": "0.1%"},
    ],
)
def test_a_recipe_gives_the_labels_of_the_study(tmp_path, words):
    data = prepared(tmp_path, **words)
    recipe = json.loads(json.dumps(label_recipe(data.label, data.thresholds, data.thresholds_by_symbol)))
    np.testing.assert_array_equal(labels_by(recipe, data.candles, data.windows.ends), data.labels)
    last = np.array([len(data.candles) - 1])
    assert labels_by(recipe, data.candles, last).tolist() == [UNSETTLED]


def test_a_recipe_of_thresholds_by_symbol_gives_each_its_own(tmp_path):
    def two(frame):
        calm = candle_frame(500, symbol="B", freq="h")
        calm[["open", "high", "low", "close"]] = 100 + (calm[["open", "high", "low", "close"]] - 100) / 10
        return pd.concat([frame.assign(symbol="A"), calm])

    data = prepared(tmp_path, two, threshold_by="symbol")
    recipe = label_recipe(data.label, data.thresholds, data.thresholds_by_symbol)
    assert set(recipe["by_symbol"]) == {"A", "B"}
    np.testing.assert_array_equal(labels_by(recipe, data.candles, data.windows.ends), data.labels)


def test_splits_are_told_by_date(tmp_path):
    data = prepared(tmp_path)
    dates = data.dates
    splits = json.loads(json.dumps(data.splits.to_dict()))
    found = split_of(dates, splits)
    for name in SPLIT_NAMES:
        assert (found[data.split_rows[name]] == name).all()
    inside = np.concatenate([data.split_rows[name] for name in SPLIT_NAMES])
    assert (np.delete(found, inside) == "purged").all()
    day = pd.Timedelta(days=1)
    assert split_of(pd.DatetimeIndex([dates[0] - day, dates[-1] + day]), splits).tolist() == [
        "before",
        "after",
    ]
