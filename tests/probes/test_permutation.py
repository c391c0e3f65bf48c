"""Shuffled labels: blocks stay whole, and the probe falls to chance."""

import numpy as np
import pytest

from probes import ProbeData, ProbeError, probe_candidates
from probes.permutation import permutation_control, shuffle_blocks


@pytest.mark.parametrize("block_length", [1, 4, 7, 20, 50])
def test_a_shuffle_keeps_labels_with_their_blocks(block_length):
    labels = np.arange(20)
    shuffled = shuffle_blocks(labels, block_length, np.random.default_rng(0))
    assert sorted(shuffled) == list(range(20))
    joined = ((shuffled[1:] - shuffled[:-1]) % 20 == 1).sum()
    assert joined >= 20 - 1 - 20 // block_length - 1


def test_every_row_can_open_a_block():
    generator = np.random.default_rng(0)
    first = {int(shuffle_blocks(np.arange(12), 5, generator)[0]) for _ in range(500)}
    assert first == set(range(12))


def probe_data(labels):
    n = len(labels)
    return ProbeData(
        fit_rows=np.arange(0, n // 2),
        tune_rows=np.arange(n // 2, 3 * n // 4),
        select_rows=np.arange(3 * n // 4, n),
        labels=labels,
        n_classes=2,
    )


def test_shuffled_labels_score_chance_where_true_ones_do_not():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 1200)
    X = rng.standard_normal((1200, 4)).astype(np.float32)
    X[:, 0] += labels
    data = probe_data(labels)
    true_score = probe_candidates({0: X}, data)[0].scores["auc"]
    control = permutation_control(X, data, block_length=10, n_permutations=40, true_score=true_score)
    assert control.mean == pytest.approx(0.5, abs=0.03)
    assert control.mean < control.bound < true_score
    assert control.p_value == pytest.approx(1 / 41)
    again = permutation_control(X, data, block_length=10, n_permutations=40)
    np.testing.assert_array_equal(again.scores, control.scores)
    assert again.p_value is None


def test_slow_labels_with_slow_features_have_a_wide_chance_level():
    rng = np.random.default_rng(1)
    slow = np.convolve(rng.standard_normal(1300), np.ones(101), "valid")
    X = np.stack([np.convolve(rng.standard_normal(1300), np.ones(101), "valid") for _ in range(3)], axis=1)
    data = probe_data((slow > np.median(slow)).astype(np.int64))
    blocks = permutation_control(X, data, block_length=30, n_permutations=40)
    rows = permutation_control(X, data, block_length=1, n_permutations=40)
    assert blocks.scores.std() > 1.5 * rows.scores.std()


def test_a_loss_counts_downwards():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 2, 600)
    X = rng.standard_normal((600, 2)) + labels[:, None]
    control = permutation_control(
        X, probe_data(labels), block_length=5, n_permutations=20, metric="log_loss", true_score=0.3
    )
    assert control.bound < control.mean
    assert control.p_value == pytest.approx(1 / 21)


def test_bad_block_length_is_named():
    with pytest.raises(ProbeError, match="block_length is 0"):
        shuffle_blocks(np.arange(3), 0, np.random.default_rng(0))
