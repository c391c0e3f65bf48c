"""Which calls are calls of one study."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from study.configuration import StudyConfiguration
from study.data.prepare import prepare
from study.errors import StudyError
from study.lifecycle.open_study import _definition
from study.search.definition import require_same
from tests.timesnet.candle_factory import candle_frame

SPACE = SimpleNamespace(entries={})


@pytest.fixture
def defined(tmp_path):
    """What defines a study on made-up candles with these parameters."""
    frame = candle_frame(300, freq="h")
    frame.to_csv(tmp_path / "candles.csv", index=False)
    for name, value in (("news", 1.0), ("other", 2.0)):
        pd.DataFrame({"date": frame["date"], "x": value}).to_parquet(tmp_path / f"{name}.parquet")
    asked = StudyConfiguration(data=str(tmp_path / "candles.csv"), seq_len=8, horizon=1)

    def define(name="", **parameters):
        beside = {"beside": str(tmp_path / f"{name}.parquet")} if name else {}
        configuration = replace(asked, **beside, **parameters)
        return _definition(configuration, SPACE, prepare(configuration), None)

    return define


def test_a_table_at_the_end_leaves_the_trials_as_they_are(defined):
    alone, with_news = defined(), defined("news", also="direction:3")
    require_same("s", alone, with_news)
    require_same("s", with_news, alone)
    require_same("s", with_news, defined("other"))
    # A study that was begun before there was such a thing.
    require_same(
        "s", {key: value for key, value in alone.items() if key != "scored_together_with"}, with_news
    )


def test_a_table_at_the_side_of_every_layer_makes_another_study(defined):
    alone, chosen = defined("news"), defined("news", selection="complement")
    require_same("s", chosen, chosen)
    for known, wanted in (
        (alone, chosen),
        (chosen, alone),
        (chosen, defined("other", selection="complement")),
    ):
        with pytest.raises(StudyError, match="scored_together_with was"):
            require_same("s", known, wanted)
