"""The study's tables: all candidates in the leaderboard, the best ones' predictions."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from study.publish import tables
from tests.study.choice.test_choose import made_up, predictions, record

STRENGTHS = (0.1, 1.5, 0.8, 1.2)


@pytest.fixture
def trial():
    data = made_up()
    data.n_classes = 2
    data.source.columns = lambda rows: {"window": rows}
    y = data.labels[data.splits.select]
    one = record([predictions(y, strength, 1) for strength in STRENGTHS], number=7)
    for candidate, strength in zip(one.candidates, STRENGTHS, strict=True):
        candidate.scores["auc"] = strength
    return one, data


def written(folder, trial, winner):
    one, data = trial
    outcome = SimpleNamespace(
        headline=lambda: "won", sentences=lambda: [], metric="auc", trial=7, winner=one.candidates[winner]
    )
    folder.mkdir()
    tables.write_tables(
        folder,
        SimpleNamespace(
            outcome=outcome,
            answer="this one",
            records={7: one},
            data=data,
            periods=None,
            purposes=None,
            complement=None,
            seeds=None,
        ),
    )
    return pd.read_parquet(folder / "tables" / "predictions.parquet")


def test_every_candidate_has_its_column_while_they_are_few(tmp_path, trial):
    found = written(tmp_path / "a", trial, winner=1)
    for row in range(4):
        np.testing.assert_array_equal(
            found[f"trial 7 layer {row} mean class 1"], trial[0].predictions[row, :, 1]
        )


def test_of_many_the_best_are_written_with_the_winner(tmp_path, trial, monkeypatch):
    monkeypatch.setattr(tables, "MOST_PREDICTIONS", 2)
    found = written(tmp_path / "a", trial, winner=2)
    assert list(found.filter(like="trial")) == [f"trial 7 layer {row} mean class 1" for row in (1, 2, 3)]
    assert found.attrs["candidates"] == "3 of 4, the best by select auc with the winner"


@pytest.mark.parametrize("at_once", [1, 3, 4, 100])
def test_the_leaderboard_is_one_list_however_it_was_written(tmp_path, trial, monkeypatch, at_once):
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", at_once)
    written(tmp_path / "a", trial, winner=1)
    text = (tmp_path / "a" / "tables" / "leaderboard.json").read_text()
    rows = json.loads(text)
    assert [row["layer"] for row in rows] == ["layer 1", "layer 3", "layer 2", "layer 0"]
    assert text == json.dumps(rows, indent=1)
