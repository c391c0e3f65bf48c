"""The rules of the choice, on made-up predictions."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from probes import bias_corrected_score, bootstrap_scores
from study.choice import worker_processes as over_cores
from study.choice.choose import choose, difference_interval, pick, score_interval, superiority
from study.choice.compare import compare
from study.choice.resampling import correction_counts
from study.trials.ranking import best_by_layer, best_candidate, best_predictions
from study.trials.record import Candidate, TrialRecord

N_SELECT, N_TUNE = 60, 30


def made_up(overlap=1, n=N_SELECT, seed=0):
    labels = np.random.default_rng(seed).permutation(np.arange(n + N_TUNE) % 2)
    select, tune = np.arange(n), np.arange(n, n + N_TUNE)
    split = SimpleNamespace(select=select, tune=tune)
    return SimpleNamespace(
        labels=labels,
        judged=labels,
        own=lambda probability: probability,
        splits=split,
        probed=split,
        overlap=lambda name: overlap,
        source=SimpleNamespace(overlap=overlap),
    )


def predictions(y, strength, seed, noise=1.0):
    scores = strength * (2 * y - 1) + noise * np.random.default_rng(seed).normal(size=len(y))
    positive = 1 / (1 + np.exp(-scores))
    return np.stack([1 - positive, positive], axis=1)


def record(probabilities, tune_scores=None, depths=None, number=0):
    tune_scores = [0.5] * len(probabilities) if tune_scores is None else tune_scores
    depths = range(len(probabilities)) if depths is None else depths
    found = tuple(
        Candidate(
            layer=f"layer {depth}",
            pooling="mean",
            depth=depth,
            dim=8,
            C=1.0,
            C_on_edge=False,
            k=5,
            k_on_edge=False,
            converged=True,
            tune_score=tune,
            scores={"auc": 0.0},
            knn_scores={},
            separability={},
            unavailable={},
        )
        for depth, tune in zip(depths, tune_scores, strict=True)
    )
    return TrialRecord(
        number=number,
        variant={},
        seed=0,
        layers=(),
        candidates=found,
        predictions=np.stack(probabilities).astype(np.float32),
        epochs=(),
        probe_scores=(),
        best_epoch=0,
        seconds={},
        model=None,
    )


def chosen(data, probabilities, rule="best", **more):
    return choose({0: record(probabilities, **more)}, data, metric="auc", rule=rule, seed=0).winner.depth


def test_best_is_the_top_of_select_where_windows_overlap():
    data = made_up(overlap=5, n=200)
    y = data.labels[data.splits.select]
    found = [predictions(y, strength, seed) for seed, strength in enumerate((0.2, 0.9, 0.4))]
    assert chosen(data, found, tune_scores=[0.99, 0.5, 0.99]) == 1


def test_tune_votes_by_its_windows_where_they_stand_alone():
    data = made_up()
    y = data.labels[data.splits.select]
    better, worse = (predictions(y, strength, 3) for strength in (1.0, 0.9))
    compared = compare({0: record([better, worse])}, data, metric="auc", seed=0)
    gap = float(compared.points[0] - compared.points[1])
    assert gap > 0
    for excess, winner in ((1.9 * gap, 0), (2.1 * gap, 1)):  # half as many windows, so half the weight
        assert chosen(data, [better, worse], tune_scores=[0.7, 0.7 + excess]) == winner


def test_among_equal_scores_the_surer_prediction_wins():
    data = made_up()
    y = data.labels[data.splits.select]
    sure = np.stack([1 - y, y], axis=1) * 0.8 + 0.1
    lucky = np.stack([1 - y, y], axis=1) * 0.02 + 0.49
    assert chosen(data, [lucky, sure]) == 1


def test_simplest_takes_the_earliest_that_one_standard_error_cannot_tell_from_the_best():
    data = made_up(n=400)
    y = data.labels[data.splits.select]
    hopeless = predictions(y, 0.0, 1)
    shared = np.random.default_rng(1).normal(size=len(y)) + 2 * y - 1
    near, top = (
        np.stack([1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))], axis=1)
        for logit in (shared + 0.3 * np.random.default_rng(seed).normal(size=len(y)) for seed in (8, 9))
    )
    assert chosen(data, [hopeless, near, top], rule="best") == 2
    compared = compare({0: record([hopeless, near, top])}, data, metric="auc", seed=0)
    lead, error = compared.lead()
    assert lead[2] == error[2] == 0 and lead[1] <= error[1] and lead[0] > error[0]
    assert pick(compared, "simplest") == 1
    assert pick(compared, "best") == compared.best == 2


def test_few_windows_do_not_let_simplest_take_a_hopeless_layer():
    """A confidence set of a dozen windows holds everybody; one standard error does not."""
    data = made_up(n=12)
    y = data.labels[data.splits.select]
    found = [predictions(y, 0.0, 1), predictions(y, 1.2, 2), predictions(y, 1.2, 3)]
    compared = compare({0: record(found)}, data, metric="auc", seed=0)
    assert 0 in compared.inside
    assert pick(compared, "simplest") != 0


def test_a_layer_with_the_winners_numbers_is_not_its_runner_up():
    data = made_up()
    y = data.labels[data.splits.select]
    top, other = predictions(y, 1.5, 0), predictions(y, 0.5, 1)
    choice = choose({0: record([top, top, other])}, data, metric="auc", rule="best", seed=0)
    assert choice.runner_up == (0, "layer 2", "mean")


def test_twins_count_once_whichever_network_they_are_of():
    data = made_up(overlap=5, n=300)
    y = data.labels[data.splits.select]
    top, other, bad = predictions(y, 1.5, 0), predictions(y, 1.4, 1), predictions(y, 0.0, 2)
    near = top + 1e-6 * np.array([1, -1])
    records = {0: record([top, near, other, bad]), 1: record([bad, top], number=1)}
    choice = choose(records, data, metric="auc", rule="best", seed=0)
    winner = (0, "layer 0", "mean")
    assert (choice.distinct, len(choice.keys)) == (3, 6)
    assert choice.twins(winner) == ((0, "layer 1", "mean"), (1, "layer 1", "mean"))
    assert choice.same_answer(winner, (1, "layer 1", "mean"))
    assert not choice.same_answer(winner, (0, "layer 2", "mean"))
    assert set(choice.twins(winner)) < choice.confidence_set
    assert choice.distinct_not_ruled_out == len(
        {choice.points[choice.keys.index(k)] for k in choice.confidence_set}
    )
    assert choice.runner_up == (0, "layer 2", "mean")


def test_the_set_is_the_same_whether_or_not_a_candidate_has_twins():
    data = made_up(overlap=5, n=300)
    y = data.labels[data.splits.select]
    found = [predictions(y, strength, seed) for seed, strength in enumerate((1.2, 1.0, 0.9, 0.3, 0.2, 0.0))]
    alone = choose({0: record(found)}, data, metric="auc", rule="best", seed=0)
    copies = choose({0: record(found + [found[4]] * 30)}, data, metric="auc", rule="best", seed=0)
    assert 1 < alone.distinct_not_ruled_out < 6
    assert copies.distinct == alone.distinct
    assert copies.distinct_not_ruled_out == alone.distinct_not_ruled_out


def test_each_layer_is_behind_the_winner_by_its_gap_within_its_bounds():
    data = made_up(overlap=5, n=400)
    y = data.labels[data.splits.select]
    found = [predictions(y, strength, seed) for seed, strength in enumerate((1.5, 1.4, 0.0))]
    choice = choose({0: record(found)}, data, metric="auc", rule="best", seed=0)
    for place, key in enumerate(choice.keys):
        behind = choice.behind(key)
        assert behind.value == pytest.approx(choice.points.max() - choice.points[place])
        assert behind.low <= behind.value <= behind.high
    assert choice.behind(choice.keys[0]).high == 0
    assert choice.behind(choice.keys[1]).low < 0 < choice.behind(choice.keys[2]).low


@pytest.mark.parametrize("rule", ["best", "simplest"])
def test_a_metric_where_less_is_better_is_chosen_by_its_least(rule):
    data = made_up(n=300)
    y = data.labels[data.splits.select]
    found = [predictions(y, strength, 5) for strength in (0.0, 2.0)]
    trial = record(found, tune_scores=[0.7, 0.3])
    scored = tuple(
        Candidate(**{**vars(candidate), "scores": {"log_loss": 1.0}}) for candidate in trial.candidates
    )
    trial = TrialRecord(**{**vars(trial), "candidates": scored})
    assert choose({0: trial}, data, metric="log_loss", rule=rule, seed=0).winner.depth == 1


def test_perfect_order_of_a_few_windows_leaves_doubt_and_the_majority_class_none():
    data = made_up(n=10)
    y = data.labels[data.splits.select]
    perfect = score_interval(data, np.stack([1 - y, y], axis=1), "select", metric="auc", seed=0)
    assert perfect.value == perfect.high == 1.0 and perfect.low < 0.85
    flat = score_interval(data, np.full((10, 2), 0.5), "select", metric="auc", seed=0)
    assert (flat.low, flat.value, flat.high) == (0.5, 0.5, 0.5)


def test_a_better_prediction_is_ahead_with_its_whole_interval_and_discovered():
    data = made_up(n=400)
    y = data.labels[data.splits.select]
    good, bad = predictions(y, 1.5, 0), predictions(y, 0.1, 1)
    ahead = difference_interval(data, good, bad, "select", metric="auc", seed=0)
    behind = difference_interval(data, bad, good, "select", metric="auc", seed=0)
    assert 0 < ahead.low < ahead.value < ahead.high and behind.value == pytest.approx(-ahead.value)
    choice = choose({0: record([good, bad])}, data, metric="auc", rule="best", seed=0)
    assert superiority(choice, bad, data, metric="auc") < 0.01
    assert superiority(choice, good, data, metric="auc") > 0.3


def several_trials(data, folder=None):
    """Three trials, with a layer that returns another's numbers and one that two trials share."""
    y = data.labels[data.splits.select]
    strengths = ((0.2, 0.5), (0.5, 0.8, 0.1), (0.6, 0.7))
    found = {}
    for number, of_trial in enumerate(strengths):
        probabilities = [predictions(y, strength, 10 * number + i) for i, strength in enumerate(of_trial)]
        probabilities.append(probabilities[0] if number < 2 else predictions(y, 0.8, 11))
        found[number] = record(probabilities, number=number)
        if folder is not None:
            (folder / str(number)).mkdir()
            found[number].write(folder / str(number))
            found[number] = TrialRecord.read(folder / str(number))
    return found


@pytest.mark.parametrize("overlap", [1, 5])
def test_trial_by_trial_is_the_same_as_all_at_once(overlap):
    data = made_up(overlap=overlap, n=300)
    records = several_trials(data)
    compared = compare(records, data, metric="auc", seed=0)
    stacked = np.concatenate([one.predictions for one in records.values()])
    expected = bootstrap_scores(compared.y, stacked, "auc", compared.drawn.counts)
    np.testing.assert_array_equal(compared.resampled, expected.astype(np.float32))
    assert np.array_equal(compared.resampled[0], compared.resampled[2])
    counts = correction_counts(compared.y, compared.drawn, overlap=overlap, seed=0)
    whole = bias_corrected_score(
        compared.y, stacked, counts, "auc", purge=overlap - 1, beside=compared.beside
    )
    choice = choose(records, data, metric="auc", rule="best", seed=0)
    assert choice.corrected == whole.score


def test_predictions_on_disk_and_other_processes_give_the_same_bits(tmp_path, monkeypatch):
    data = made_up(overlap=5, n=300)
    for metric in ("auc", "log_loss"):
        (tmp_path / metric).mkdir()
        alone = several_trials(data)
        records = several_trials(data, tmp_path / metric)
        for one in (*alone.values(), *records.values()):
            for candidate in one.candidates:
                candidate.scores["log_loss"] = 0.0
        found = [choose(alone, data, metric=metric, rule="simplest", seed=0)]
        found.append(choose(records, data, metric=metric, rule="simplest", seed=0))
        if metric == "auc":
            monkeypatch.setattr(over_cores, "PAYS", -1.0)
            found.append(choose(records, data, metric=metric, rule="simplest", seed=0, processes=2))
            monkeypatch.undo()
        for other in found[1:]:
            assert (other.trial, other.winner, other.runner_up) == (
                found[0].trial,
                found[0].winner,
                found[0].runner_up,
            )
            assert other.corrected == found[0].corrected and other.confidence_set == found[0].confidence_set
            np.testing.assert_array_equal(other.resampled, found[0].resampled)
            np.testing.assert_array_equal(other.low, found[0].low)


def test_a_networks_own_prediction_is_shown_and_never_wins():
    data = made_up(overlap=5, n=200)
    y = data.labels[data.splits.select]
    made = record([predictions(y, strength, seed) for seed, strength in enumerate((0.3, 2.0, 0.5))])
    marked = tuple(
        replace(one, predicts=place == 1, scores={"auc": (0.6, 0.9, 0.7)[place]})
        for place, one in enumerate(made.candidates)
    )
    made = replace(made, candidates=marked)
    choice = choose({0: made}, data, metric="auc", rule="best", seed=0)
    assert choice.winner.layer == "layer 2"
    assert [layer for _, layer, _ in choice.keys] == ["layer 0", "layer 2"]
    np.testing.assert_array_equal(choice.winner_probability, made.predictions[2])
    assert best_candidate(marked, "auc").layer == "layer 2"
    assert set(best_by_layer(marked, "auc")) == {"layer 0", "layer 2"}
    worse = replace(made, candidates=(marked[0], replace(marked[1], scores={"auc": 0.8}), marked[2]))
    assert best_predictions({3: worse, 4: made}, "auc") == {"layer 1": (4, 1)}
