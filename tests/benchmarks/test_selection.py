"""The benchmark of the choice, as far as it can be held to something without running all of it."""

import numpy as np
import pytest

from benchmarks.selection import informed, mean_over_sets, networks, regrets, run
from benchmarks.selection_rules import BEST, LAST, last_layer, picks
from benchmarks.selection_sets import (
    SEEDS,
    LabelledSet,
    archive_data,
    labelled_sets,
    planted_data,
    planted_layer,
)
from benchmarks.selection_studies import VARIANTS, judged_study
from probes import score_of_many
from study.choice import choose
from study.data.archives import bundled_sets

PLANTED = LabelledSet("planted layer", SEEDS[:1], planted_data, True)
SEED = SEEDS[0]
needs_aeon = pytest.mark.skipif(
    not bundled_sets(), reason="aeon is not installed: pip install --no-deps aeon"
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def study(cache):
    # As the quick run judges it, so that it is judged once.
    return judged_study(PLANTED, SEED, cache, epochs=1)


def test_what_is_kept_is_what_was_judged(study, cache):
    again = judged_study(PLANTED, SEED, cache, epochs=1)
    np.testing.assert_array_equal(study.test, again.test)
    y = study.data.labels[study.data.splits.test]
    np.testing.assert_allclose(score_of_many(y, study.test_probability, "auc"), study.test, atol=1e-4)
    assert set(study.trial) == set(range(len(VARIANTS))) and len(study.test) == len(study.validation)


def test_the_planted_layer_is_among_the_best_of_its_network(study):
    candidates = [c for record in study.records.values() for c in record.candidates]
    (planted,) = [
        i
        for i, c in enumerate(candidates)
        if study.trial[i] == 0 and f"{c.layer} ({c.pooling})" == planted_layer(SEED)
    ]
    own = study.test[study.trial == 0]
    assert study.test[planted] >= np.quantile(own, 0.75)
    assert study.test[planted] > study.test[study.trial != 0].mean()


def test_the_place_that_is_picked_is_that_of_the_candidate_that_a_study_chooses(study):
    keys = [(number, *one.key) for number, record in study.records.items() for one in record.candidates]
    choice = choose(study.records, study.data, metric="auc", rule="best", seed=study.seed)
    assert keys[picks(study)[BEST]] == (choice.trial, *choice.winner.key)
    assert list(choice.keys) == keys
    assert not any(one.predicts for record in study.records.values() for one in record.candidates)


def test_every_rule_picks_without_the_test_split(study):
    found = picks(study)
    blind = study.__class__(**{**vars(study), "test": np.zeros_like(study.test)})
    assert picks(blind) == found
    for alone in networks(study):
        candidates = [c for record in alone.records.values() for c in record.candidates]
        place = picks(alone)[LAST]
        assert place == last_layer(alone, np.arange(len(candidates)))
        assert candidates[place].layer.startswith("layer_norm") and candidates[place].pooling == "mean"


def test_regret_is_never_negative_and_the_oracle_falls_short_of_the_lucky_best(study):
    found = regrets([study])
    assert min(min(values) for by_set in found.values() for values in by_set.values()) >= -0.02
    assert found[BEST][study.name][0] <= found["a random candidate"][study.name][0]
    assert informed(study) <= study.test.max() + 0.02


def test_the_mean_over_sets_weighs_sets_alike():
    mean, low, high = mean_over_sets({"a": [0.0] * 10, "b": [1.0]})
    assert mean == low == high == 0.5


@needs_aeon
def test_a_new_division_keeps_sizes_and_windows():
    given, anew = archive_data("GunPoint", 0), archive_data("GunPoint", 3)
    for name, rows in given.split_rows.items():
        assert len(rows) == len(anew.split_rows[name])
    everything = [np.sort(data.source.model_input(np.arange(200)).sum(axis=(1, 2))) for data in (given, anew)]
    np.testing.assert_allclose(everything[0], everything[1], rtol=1e-4, atol=1e-3)
    assert given.digest != anew.digest


@needs_aeon
def test_there_are_eight_sets_and_the_quick_run_prints_every_table(study, cache, capsys):
    sets = labelled_sets()
    assert len(sets) >= 8
    run(sets, cache=cache, quick=True)
    printed = capsys.readouterr().out
    for words in (
        "ours: best",
        "last layer",
        "LOES",
        "corrected - test",
        "covered",
        "discovered",
        "| GunPoint",
    ):
        assert words in printed
