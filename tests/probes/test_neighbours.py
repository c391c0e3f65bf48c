"""Neighbours that are apart in time, against brute force."""

import numpy as np
import pytest

from probes.errors import ProbeError
from probes.neighbours import NONE, separated_neighbours


def by_hand(x, times, gap, k):
    x = (x - x.mean(0)) / x.std(0)
    rows = []
    for i in range(len(x)):
        chosen = [i]
        for j in sorted(range(len(x)), key=lambda j: ((x[i] - x[j]) ** 2).sum()):
            if j not in chosen and all(abs(times[j] - times[c]) >= gap for c in chosen):
                chosen.append(j)
        rows.append((chosen[1:] + [NONE] * k)[:k])
    return np.array(rows)


@pytest.mark.parametrize("gap", [0, 3, 15])
def test_as_by_hand(gap):
    generator = np.random.default_rng(0)
    x, times = generator.normal(size=(40, 3)) * [1, 10, 0.1], np.sort(generator.integers(0, 80, 40))
    found = separated_neighbours(x, times, gap=gap, k=6)
    np.testing.assert_array_equal(found, by_hand(x, times, gap, 6))
    for i, row in enumerate(found):
        chosen = [i, *row[row != NONE]]
        assert all(abs(times[a] - times[b]) >= gap for a in chosen for b in chosen if a != b)


def test_scale_and_shift_of_a_feature_change_nothing_and_a_constant_one_is_ignored():
    x, times = np.random.default_rng(1).normal(size=(30, 2)), np.arange(30)
    plain = separated_neighbours(x, times, gap=4, k=3)
    moved = np.column_stack([x * [7, 0.01] + 5, np.ones(30)])
    np.testing.assert_array_equal(separated_neighbours(moved, times, gap=4, k=3), plain)


def test_where_none_is_far_enough_there_is_none():
    assert (separated_neighbours(np.eye(4), np.arange(4), gap=10, k=2) == NONE).all()
    with pytest.raises(ProbeError, match="one time for each vector"):
        separated_neighbours(np.eye(4), np.arange(3), gap=1, k=2)
