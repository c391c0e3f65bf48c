"""Choosing among candidates: against arch on the same resamples, and on data where the truth is known."""

import numpy as np
import pytest
from arch.bootstrap import MCS, SPA

from probes import (
    ProbeError,
    bias_corrected_score,
    block_bootstrap_counts,
    bootstrap_scores,
    correction_block_length,
    score_of_many,
    selection_frequency,
    spa_p_value,
)
from probes.uncertainty.confidence_set import confidence_set

N = 400
BLOCK = 10


def draw(strengths, seed=0, n=N):
    """Labels with one probability array a candidate, better as its strength grows."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    common = rng.standard_normal(n)
    logits = np.stack([s * (y - 0.5) + 0.7 * common + 0.7 * rng.standard_normal(n) for s in strengths])
    p = 1 / (1 + np.exp(-logits))
    return y, np.stack([1 - p, p], axis=2)


def resampled(y, p, metric, seed=5, n_resamples=500):
    counts = block_bootstrap_counts(len(y), BLOCK, n_resamples, seed)
    return score_of_many(y, p, metric), bootstrap_scores(y, p, metric, counts)


@pytest.mark.parametrize("strengths", [(0.0, 0.2, 0.8, 1.0, 1.05), (0.5,) * 6, np.linspace(0, 2, 12)])
def test_confidence_set_equals_arch_on_a_mean_loss(strengths):
    y, p = draw(strengths)
    losses = (p[:, :, 1] - y) ** 2
    reference = MCS(
        losses.T,
        size=0.05,
        reps=500,
        block_size=BLOCK,
        method="max",
        bootstrap="circular",
        seed=np.random.default_rng(5),
    )
    reference.compute()
    point, boot = resampled(y, p, "brier")
    found = confidence_set(point, boot, higher_is_better=False)
    assert sorted(found.members) == reference.included
    for candidate in reference.excluded:
        expected = reference.pvalues.loc[candidate, "Pvalue"]
        assert found.p_values[candidate] == pytest.approx(expected, abs=0.005)


def test_confidence_set_keeps_the_best_with_its_equals():
    y, p = draw((0.0, 0.1, 2.0, 2.0), n=2000)
    p[3] = p[2]
    found = confidence_set(*resampled(y, p, "auc"))
    assert sorted(found.members) == [2, 3]
    assert found.members[0] == 2


def test_confidence_set_of_one_candidate_is_that_candidate():
    y, p = draw((1.0,))
    assert confidence_set(*resampled(y, p, "auc")).members.tolist() == [0]


def test_confidence_set_of_identical_candidates_holds_all():
    y, p = draw((1.0,))
    found = confidence_set(*resampled(y, np.repeat(p, 5, axis=0), "auc"))
    assert sorted(found.members) == [0, 1, 2, 3, 4]


def test_confidence_set_loses_the_best_rarely():
    missed = 0
    for seed in range(60):
        y, p = draw([0.6] * 8, seed=seed)
        missed += len(confidence_set(*resampled(y, p, "auc", n_resamples=200)).members) < 8
    assert missed / 60 <= 0.2


@pytest.mark.parametrize("strengths", [(1.0, 0.9, 1.1, 1.3), (1.0, 0.2, 0.3, 0.4)])
def test_superior_ability_equals_arch_on_a_mean_loss(strengths):
    y, p = draw(strengths)
    losses = ((p[:, :, 1] - y) ** 2).T
    reference = SPA(
        losses[:, 0],
        losses[:, 1:],
        reps=500,
        block_size=BLOCK,
        bootstrap="circular",
        seed=np.random.default_rng(5),
    )
    reference.compute()
    point, boot = resampled(y, p, "brier")
    found = spa_p_value(point[1:], boot[1:], point[0], boot[0], n=N, higher_is_better=False)
    assert found.lower == pytest.approx(reference.pvalues["lower"], abs=0.005)
    assert found.upper == pytest.approx(reference.pvalues["upper"], abs=0.005)
    assert found.lower <= found.p_value <= found.upper


def test_a_better_candidate_is_discovered_among_bad_ones():
    y, p = draw((0.5, 2.5, *[0.0] * 30), n=1000)
    point, boot = resampled(y, p, "auc")
    assert spa_p_value(point[1:], boot[1:], point[0], boot[0], n=1000).p_value < 0.01
    best = spa_p_value(point[2:], boot[2:], point[0], boot[0], n=1000)
    assert best.p_value > 0.5


def test_discoveries_without_merit_are_rare():
    found = 0
    for seed in range(100):
        y, p = draw([0.3] * 15, seed=seed)
        point, boot = resampled(y, p, "auc", n_resamples=200)
        found += spa_p_value(point[1:], boot[1:], point[0], boot[0], n=N).p_value < 0.05
    assert found <= 12


def test_few_blocks_make_every_test_more_careful():
    y, p = draw((0.5, *np.linspace(0.3, 0.65, 10)))
    point, boot = resampled(y, p, "auc")
    plain = spa_p_value(point[1:], boot[1:], point[0], boot[0], n=N)
    careful = spa_p_value(point[1:], boot[1:], point[0], boot[0], n=N, n_blocks=8)
    assert careful.p_value > plain.p_value
    narrow, wide = confidence_set(point, boot), confidence_set(point, boot, n_blocks=8)
    assert len(wide.members) >= len(narrow.members)


def test_a_candidate_equal_to_the_benchmark_is_no_discovery():
    y, p = draw((1.0,))
    point, boot = resampled(y, np.repeat(p, 3, axis=0), "auc")
    assert spa_p_value(point[1:], boot[1:], point[0], boot[0], n=N).p_value == 1.0


def test_a_benchmark_that_is_always_right_is_not_beaten():
    """One candidate that never varies, against one that never errs: their difference is certain, not nil."""
    y, p = draw((1.0, 2.0))
    right = np.stack([1.0 - y, y], axis=1)
    flat = np.full_like(right, 0.5)
    point, boot = resampled(y, np.stack([right, flat, *p]), "auc")
    assert spa_p_value(point[1:], boot[1:], point[0], boot[0], n=N).p_value > 0.3
    assert spa_p_value(point[:1], boot[:1], point[1], boot[1], n=N).p_value == 0.0


def test_corrected_score_is_near_chance_when_all_candidates_are_noise():
    corrected, apparent = [], []
    for seed in range(25):
        y, p = draw([0.0] * 40, seed=seed)
        answer = bias_corrected_score(y, p, block_bootstrap_counts(N, 60, 60, seed), "auc", purge=10)
        corrected.append(answer.score)
        apparent.append(answer.apparent)
    assert np.mean(apparent) > 0.54
    assert np.mean(corrected) == pytest.approx(0.5, abs=0.012)


def test_corrected_score_of_a_clear_winner_is_its_score():
    y, p = draw((0.0, 0.1, 3.0), n=2000)
    answer = bias_corrected_score(y, p, block_bootstrap_counts(2000, 60, 100, 0), "auc", purge=10)
    assert answer.score == pytest.approx(answer.apparent, abs=0.01)
    assert answer.optimism == pytest.approx(answer.apparent - answer.score)


@pytest.mark.parametrize("metric", ["log_loss", "accuracy", "balanced_accuracy"])
def test_corrected_score_is_worse_than_the_apparent_one(metric):
    y, p = draw([0.0] * 30)
    answer = bias_corrected_score(y, p, block_bootstrap_counts(N, 60, 60, 0), metric, purge=10)
    assert answer.optimism > 0
    assert answer.out_of_bag_rows > 0


def test_too_wide_a_purge_is_narrowed_with_a_word():
    y, p = draw((0.0, 1.0), n=60)
    answer = bias_corrected_score(y, p, block_bootstrap_counts(60, 5, 50, 0), "auc", purge=50)
    assert answer.purge < 50
    assert answer.resamples > 0


def test_rows_near_the_bag_are_not_scored():
    from probes.uncertainty.bias_correction import _outside

    inside = np.zeros(12, bool)
    inside[5] = True
    assert _outside(inside, 2).tolist() == [0, 1, 2, 8, 9, 10, 11]
    assert _outside(inside, 0).tolist() == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]


def test_correction_blocks_leave_room_for_the_purge():
    assert correction_block_length(1300, 64, 63) == 252
    assert correction_block_length(300, 64, 63) == 100


def test_selection_frequency_shares_ties():
    scores = np.array([[1.0, 0.0, 2.0, 5.0], [1.0, 1.0, 0.0, 4.0]])
    assert selection_frequency(scores).tolist() == [0.625, 0.375]
    assert selection_frequency(scores, higher_is_better=False).tolist() == [0.375, 0.625]


def test_bad_input_is_named():
    with pytest.raises(ProbeError, match=r"\(2,\).*\(3, 5\)"):
        confidence_set(np.ones(2), np.ones((3, 5)))
    with pytest.raises(ProbeError, match="same counts"):
        spa_p_value(np.ones(2), np.ones((2, 5)), 1.0, np.ones(4), n=10)
    with pytest.raises(ProbeError, match="not finite"):
        confidence_set(np.array([1.0, np.nan]), np.ones((2, 5)))
