"""The winner's variant under other seeds."""

import numpy as np
import pytest

from study.choice import seeds as module
from study.choice.seeds import SeedScores, score_seeds
from study.errors import TrialPruned
from study.trials.evaluate import evaluate_job
from study.trials.ranking import best_by_layer
from tests.study.small_trial import job, prepared


def test_every_layer_is_scored_under_each_seed_the_winners_own_first(tmp_path):
    data = prepared(tmp_path)
    record = evaluate_job(job(), data, metric="auc", report=lambda *_: False)
    own = {layer: one.scores["auc"] for layer, one in best_by_layer(record.candidates, "auc").items()}
    winner = max(own, key=own.get)
    found = score_seeds(record, data, winner, number=3, metric="auc")
    assert found.seeds == 3 and set(found.scores) == set(own)
    assert {layer: scores[0] for layer, scores in found.scores.items()} == own
    assert np.ptp(found.scores[winner]) > 0, "other seeds train other networks"
    assert found.spread(winner) == pytest.approx(np.std(found.scores[winner], ddof=1))
    assert found.ranks()[winner][0] == 1
    table = found.table()
    assert list(table["mean"]) == sorted(table["mean"], reverse=True) and len(table) == len(own)
    assert "under 3 seeds" in found.sentence()


def test_ranks_and_agreement_by_hand_in_either_direction():
    scores = {"a": np.array([0.9, 0.8]), "b": np.array([0.7, 0.85]), "c": np.array([0.7, 0.1])}
    high = SeedScores(metric="auc", winner="a", scores=scores)
    assert {name: rank.tolist() for name, rank in high.ranks().items()} == {
        "a": [1, 2],
        "b": [2, 1],
        "c": [2, 3],
    }
    low = SeedScores(metric="log_loss", winner="c", scores=scores)
    assert low.ranks()["a"].tolist() == [3, 2] and low.ranks()["c"].tolist() == [1, 1]
    same = SeedScores(metric="auc", winner="a", scores={"a": np.array([2, 4.0]), "b": np.array([1, 3.0])})
    assert same.agreement == pytest.approx(1.0)
    assert SeedScores(metric="auc", winner="a", scores={"a": np.array([0.5, 0.5])}).agreement is None


def test_a_seed_that_fails_is_named(tmp_path, monkeypatch):
    data = prepared(tmp_path)
    record = evaluate_job(job(), data, metric="auc", report=lambda *_: False)
    monkeypatch.setattr(
        module, "evaluate_job", lambda *_, **__: (_ for _ in ()).throw(TrialPruned("diverged"))
    )
    found = score_seeds(record, data, record.candidates[0].layer, number=2, metric="auc")
    assert found.seeds == 1 and "under no other seed: seed 1: diverged" in found.sentence()
