"""Block bootstrap: resamples as they should be, scores equal to scoring each resample."""

import numpy as np
import pytest
from scipy.stats import norm, ttest_1samp

from probes import (
    METRICS,
    ProbeError,
    block_bootstrap_counts,
    bootstrap_scores,
    choose_block_length,
    interval,
    row_values,
    score_of_many,
    usable_resamples,
)

N = 120


def draw(n_candidates=4, n_classes=2, seed=0, digits=None):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, N)
    p = rng.dirichlet(np.ones(n_classes), (n_candidates, N)) + 0.4 * np.eye(n_classes)[y]
    p /= p.sum(axis=2, keepdims=True)
    if digits is not None:
        p = np.round(p[:, :, 1:], digits)
        p = np.concatenate([1 - p.sum(axis=2, keepdims=True), p], axis=2)
    return y, p


@pytest.mark.parametrize("block_length", [1, 7, N])
def test_counts_are_resamples_of_n_rows(block_length):
    counts = block_bootstrap_counts(N, block_length, 300, 0)
    assert counts.dtype == np.int16
    assert counts.shape == (300, N)
    assert (counts.sum(axis=1) == N).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(N), abs=0.5)


def test_counts_follow_the_seed():
    first = block_bootstrap_counts(N, 10, 50, 1)
    np.testing.assert_array_equal(first, block_bootstrap_counts(N, 10, 50, 1))
    assert (first != block_bootstrap_counts(N, 10, 50, 2)).any()


def test_blocks_keep_neighbours_together():
    counts = block_bootstrap_counts(2000, 100, 100, 0).astype(float)
    counts -= 1
    neighbours = (counts[:, 1:] * counts[:, :-1]).mean() / (counts**2).mean()
    assert neighbours == pytest.approx(0.99, abs=0.02)  # 1 - 1 / block length


@pytest.mark.parametrize("metric", [m.name for m in METRICS])
@pytest.mark.parametrize(("n_classes", "digits"), [(2, None), (2, 1), (3, None)])
def test_scores_equal_scoring_the_repeated_rows(metric, n_classes, digits):
    y, p = draw(n_classes=n_classes, digits=digits)
    counts = block_bootstrap_counts(N, 10, 12, 0)
    usable = usable_resamples(y, counts)
    assert usable.all()
    found = bootstrap_scores(y, p, metric, counts)
    for r, count in enumerate(counts):
        rows = np.repeat(np.arange(N), count)
        np.testing.assert_allclose(found[:, r], score_of_many(y[rows], p[:, rows], metric), atol=1e-9)


def test_auc_with_heavy_ties_is_exact():
    rng = np.random.default_rng(0)
    y, s = rng.integers(0, 2, N), rng.integers(0, 3, (5, N)) / 4
    counts = block_bootstrap_counts(N, 5, 10, 0)
    found = bootstrap_scores(y, np.stack([1 - s, s], axis=2), "auc", counts)
    for r, count in enumerate(counts):
        up, down = s[:, y == 1], s[:, y == 0]
        beats = (up[:, :, None] > down[:, None]) + 0.5 * (up[:, :, None] == down[:, None])
        weight = count[y == 1][:, None] * count[y == 0]
        np.testing.assert_allclose(found[:, r], (beats * weight).sum(axis=(1, 2)) / weight.sum(), rtol=1e-12)


def test_resamples_with_one_class_are_left_out_for_all_candidates():
    y = np.zeros(N, int)
    y[:8] = 1
    p = draw()[1]
    counts = block_bootstrap_counts(N, 20, 400, 0)
    usable = usable_resamples(y, counts)
    assert 0 < usable.sum() < 400
    assert bootstrap_scores(y, p, "auc", counts).shape == (4, usable.sum())
    assert bootstrap_scores(y, p, "log_loss", counts).shape == (4, 400)
    assert np.isfinite(bootstrap_scores(y, p, "auc", counts)).all()


def test_row_values_average_to_the_score():
    for n_classes in (2, 3):
        y, p = draw(n_classes=n_classes)
        for metric in ("auc", "log_loss", "brier", "accuracy"):
            expected = score_of_many(y, p, metric)
            np.testing.assert_allclose(row_values(y, p, metric).mean(axis=1), expected, atol=1e-9)


def test_placement_values_carry_the_sampling_error_of_the_auc():
    y, p = draw(n_candidates=1)
    counts = block_bootstrap_counts(N, 1, 4000, 0)
    spread = bootstrap_scores(y, p, "auc", counts).std()
    assert row_values(y, p, "auc")[0].std() / np.sqrt(N) == pytest.approx(spread, rel=0.1)


def test_an_interval_of_a_mean_of_independent_rows_is_that_of_the_t_test():
    x = np.random.default_rng(0).standard_normal(60)
    counts = block_bootstrap_counts(60, 1, 20_000, 0)
    low, high = interval(x.mean(), counts @ x / 60, n_blocks=60, level=0.9)
    expected = ttest_1samp(x, 0.0).confidence_interval(0.9)
    np.testing.assert_allclose([low, high], [expected.low, expected.high], atol=0.01)


def test_an_interval_is_as_wide_as_there_are_few_blocks_and_moves_with_the_score():
    resampled = np.random.default_rng(0).standard_normal((3, 4000))
    points = resampled.mean(axis=1)
    few, many = interval(points, resampled, n_blocks=6), interval(points, resampled, n_blocks=1e6)
    assert (few[0] < many[0]).all() and (many[1] < few[1]).all()
    np.testing.assert_allclose(many[1] - points, norm.ppf(0.975) * resampled.std(axis=1), rtol=1e-4)
    moved = interval(2 * points + 1, 2 * resampled + 1, n_blocks=6)
    np.testing.assert_allclose(moved, 2 * np.array(few) + 1)
    assert np.isfinite(interval(points, resampled, n_blocks=1)).all()


def test_block_length_is_never_below_the_overlap():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal(2000)
    chosen = choose_block_length(noise, min_block=64)
    assert chosen.length == 128
    assert "blocks of 128 windows, since neighbours share candles over 64" in chosen.note
    slow = np.convolve(rng.standard_normal(4300), np.ones(300), "valid")
    longer = choose_block_length(slow, min_block=64)
    assert longer.length > 128
    assert longer.length == min(longer.optimal, len(slow) // 5)
    assert "as the data ask for" in longer.note


def test_slow_predictions_lengthen_blocks_where_noisy_labels_hide_what_persists():
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(4000)
    slow = np.convolve(rng.standard_normal(4199), np.ones(200), "valid")
    alone = choose_block_length(noise, min_block=8)
    beside = choose_block_length(noise, min_block=8, predictions=slow)
    assert alone.length == 16 < 100 < beside.length == beside.optimal
    # Ranks alone count, each column of several, and a constant asks for nothing.
    assert choose_block_length(noise, min_block=8, predictions=np.exp(slow / 10)) == beside
    columns = np.column_stack([np.ones(4000), slow])
    assert choose_block_length(noise, min_block=8, predictions=columns) == beside


def test_few_blocks_are_named():
    noise = np.random.default_rng(2).standard_normal(400)
    assert "10 blocks are few" in choose_block_length(noise, min_block=20).note
    assert "few" not in choose_block_length(noise, min_block=5).note


def test_block_length_is_capped_with_a_word():
    chosen = choose_block_length(np.random.default_rng(0).standard_normal(100), min_block=64)
    assert chosen.length == 20
    assert "rough" in chosen.note
    assert choose_block_length(np.ones(100), min_block=1).length == 1


@pytest.mark.parametrize(("n", "block_length"), [(1000, 40), (400, 40)])
def test_intervals_of_a_mean_cover_at_about_their_level(n, block_length):
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        x = np.convolve(rng.standard_normal(n + 19), np.ones(20), "valid")
        counts = block_bootstrap_counts(n, block_length, 300, trial)
        low, high = interval(x.mean(), counts @ x / n, n_blocks=n / block_length)
        covered += low <= 0 <= high
    assert 0.89 <= covered / 200 <= 0.99


def test_bad_input_is_named():
    y, p = draw()
    counts = block_bootstrap_counts(N, 10, 5, 0)
    with pytest.raises(ProbeError, match="row axes"):
        bootstrap_scores(y[:-1], p, "auc", counts)
    with pytest.raises(ProbeError, match="two classes"):
        bootstrap_scores(np.zeros(N, int), p, "auc", counts)
    with pytest.raises(ProbeError, match="block_length"):
        block_bootstrap_counts(10, 11, 5, 0)
    with pytest.raises(ProbeError, match="unknown metric"):
        bootstrap_scores(y, p, "f1", counts)
    with pytest.raises(ProbeError, match="level"):
        interval(np.ones(2), np.ones((2, 5)), n_blocks=5, level=95)
    with pytest.raises(ProbeError, match="last axis"):
        interval(np.ones(3), np.ones((2, 5)), n_blocks=5)
