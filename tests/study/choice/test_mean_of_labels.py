"""A choice by the mean over several labels, on made-up predictions and on real windows."""

from dataclasses import replace

import numpy as np
import pytest

from study.baselines.probe import learn_and_predict, probe_baselines
from study.choice.choose import choose, difference_interval, score_interval, superiority
from study.choice.other_labels import UNKNOWN, judged_by_the_mean, other_labels
from study.configuration import StudyConfiguration
from study.errors import StudyError
from study.trials.evaluate import evaluate_job
from tests.study.choice.test_choose import made_up, record
from tests.study.small_trial import job, prepared

N = 600


def several(strengths, seed=0):
    """Data of two labels, and predictions (n, 2) that know each label as strongly as said, for each candidate."""
    data = made_up(overlap=5, n=N, seed=seed)
    rng = np.random.default_rng(seed)
    data.judged = rng.integers(0, 2, (len(data.labels), 2))
    y = data.judged[data.probed.select]
    noise = rng.normal(size=(len(strengths), N, 2))
    return data, [
        1 / (1 + np.exp(-(np.array(one) * (2 * y - 1) + extra)))
        for one, extra in zip(strengths, noise, strict=True)
    ]


def records_of(probabilities):
    made = record(probabilities)
    scored = tuple(replace(one, scores={"mean": 0.0, "auc": 0.0}) for one in made.candidates)
    return {0: replace(made, candidates=scored)}


def test_the_mean_takes_the_one_that_knows_both_over_those_that_know_one_best():
    data, found = several([(2.0, -0.5), (-0.5, 2.0), (0.9, 0.9)])
    choice = choose(records_of(found), data, metric="mean", rule="best", seed=0)
    assert choice.winner.depth == 2
    assert choice.confidence_set == {(0, "layer 2", "mean")}
    low, high = choice.interval((0, "layer 2", "mean"))
    assert low < choice.points[2] < high
    first = made_up(overlap=5, n=N)
    first.labels = first.judged = data.judged[:, 0]
    alone = [np.stack([1 - one[:, 0], one[:, 0]], axis=1) for one in found]
    assert choose({0: record(alone)}, first, metric="auc", rule="best", seed=0).winner.depth == 0
    assert superiority(choice, np.full((N, 2), 0.5), data, metric="mean") < 0.05
    ahead = difference_interval(data, found[2], found[0], "select", metric="mean", seed=0)
    each = score_interval(data, found[2], "select", metric="mean", seed=0)
    assert ahead.low > 0 and each.value == pytest.approx(choice.points[2])


def test_where_no_candidate_knows_a_label_none_is_told_from_the_others_nor_from_guessing():
    data, found = several([(0.0, 0.0)] * 12, seed=3)
    choice = choose(records_of(found), data, metric="mean", rule="best", seed=0)
    assert choice.distinct_not_ruled_out >= 10
    assert abs(choice.corrected - 0.5) < 0.03 < choice.points.max() - 0.5 + 0.02
    assert superiority(choice, found[3], data, metric="mean") > 0.1


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("candles"), seq_len=8, horizon=2)


@pytest.fixture(scope="module")
def data(plain):
    return judged_by_the_mean(plain, [("volatility", None), ("direction", 4)])


def test_windows_are_those_for_which_all_labels_are_known(plain, data):
    assert data.averaged == ("volatility 2", "volatility 8", "direction 4")
    assert data.judged.shape == (len(data.labels), 3)
    known = other_labels(plain, [("volatility", 8), ("direction", 4)])[0]
    for name, rows in data.split_rows.items():
        assert 0 < len(plain.split_rows[name]) - len(rows) < 8
        assert all((one[rows] != UNKNOWN).all() for one in known.values())
        np.testing.assert_array_equal(data.judged[rows][:, 1], known["volatility 8"][rows])
    assert plain.judged is plain.labels and plain.averaged == ()


def test_windows_depend_on_each_other_as_far_as_the_longest_of_all_labels_looks(plain, data):
    assert plain.overlap("select") == 8 + 2
    assert data.overlap("select") == 8 + 8
    assert (data.apart_from(data.probed.select) == plain.apart_from(data.probed.select)).all()


def test_a_trial_and_the_baselines_are_probed_for_every_label(data):
    trial = evaluate_job(job(), data, metric="mean", report=lambda *_: False)
    select, test = data.judged[data.probed.select], data.judged[data.probed.test]
    assert np.asarray(trial.predictions).shape == (len(trial.candidates), *select.shape)
    one = trial.candidates[3]
    assert 0 < one.scores["mean"] < 1 and len(one.Cs) == 3
    own = replace(data, others={})
    same = evaluate_job(job(), own, metric="auc", report=lambda *_: False)
    np.testing.assert_allclose(data.own(np.asarray(trial.predictions)), same.predictions, atol=1e-5)
    rows = {row.name: row for row in probe_baselines(data, metric="mean", seed=0)}
    assert rows["raw window"].test().shape == test.shape and not any("boosting" in name for name in rows)
    assert rows["majority class"].candidate.scores["mean"] == 0.5


def test_a_test_score_is_of_each_labels_own_probe(data):
    rows = np.concatenate([data.probed.fit, data.probed.tune, data.probed.test])
    vectors = data.windows.select(rows).flattened()
    candidate = replace(record([np.ones((1, 2))]).candidates[0], Cs=(0.1, 1.0, 0.01))
    together = learn_and_predict(vectors, candidate, data)
    for place, (name, C) in enumerate(zip(data.averaged, candidate.Cs, strict=True)):
        labels = data.labels if place == 0 else data.others[name]
        alone = replace(data, others={}, labels=np.maximum(labels, 0))
        said = learn_and_predict(vectors, replace(candidate, C=C), alone)
        np.testing.assert_allclose(together[:, place], said[:, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ([("volatility", 2)], "names no label but volatility 2"),
        ([("volume", 9)], "volume 9 cannot be asked"),
    ],
)
def test_labels_that_cannot_be_averaged_are_refused_in_one_line(data, wanted, says):
    with pytest.raises(StudyError, match=says) as raised:
        judged_by_the_mean(replace(data, others={}), wanted)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"also": "none"}, "name some"),
        ({"periods": 2}, "leave one out"),
        ({"label": "return_quantile"}, "two classes"),
        ({"data": "uea:BasicMotions"}, "has not"),
    ],
)
def test_a_mean_that_makes_no_sense_is_one_line(words, says):
    with pytest.raises(StudyError, match=says) as raised:
        StudyConfiguration(**{"metric": "mean", **words})
    assert "\n" not in str(raised.value)
