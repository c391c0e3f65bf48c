"""Which candidates give the same answer."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from study.choice.twins import ALIKE, earliest_alike, groups


def probabilities(positive):
    return np.stack([1 - positive, positive], axis=-1)


def test_what_orders_the_windows_alike_is_one_candidate_and_what_does_not_is_another():
    generator = np.random.default_rng(0)
    base = generator.uniform(size=500)
    squeezed = 0.5 + 0.1 * base**3
    nearly = np.clip(base + 0.005 * generator.standard_normal(500), 0, 1)
    other = np.clip(base + 0.05 * generator.standard_normal(500), 0, 1)
    assert spearmanr(base, nearly)[0] > ALIKE > spearmanr(base, other)[0]
    found = earliest_alike(probabilities(np.stack([base, other, squeezed, nearly, 1 - base])))
    assert found.tolist() == [0, 1, 0, 0, 4]


def test_constant_predictions_are_alike_and_like_no_other():
    flat = np.full((2, 50), 0.4)
    flat[1] = 0.7
    varied = np.random.default_rng(1).uniform(size=(1, 50))
    assert earliest_alike(probabilities(np.concatenate([flat, varied]))).tolist() == [0, 0, 2]


def test_every_class_counts_where_there_are_more_than_two():
    generator = np.random.default_rng(2)
    p = generator.dirichlet(np.ones(3), 400)
    swapped = p[:, [0, 2, 1]]
    assert earliest_alike(np.stack([p, swapped, p])).tolist() == [0, 1, 0]


def test_groups_join_networks_by_equal_numbers_and_are_numbered_by_their_first_member():
    first = np.array([0, 0, 2, 3, 3, 5])  # two networks of three candidates
    digests = (b"a", b"b", b"c", b"d", b"e", b"c")
    assert groups(first, digests).tolist() == [0, 0, 1, 2, 2, 1]
    assert groups(np.arange(6), digests).tolist() == [0, 1, 2, 3, 4, 2]


@pytest.mark.parametrize("n_classes", [2, 3])
def test_order_of_the_classes_values_is_all_that_matters(n_classes):
    generator = np.random.default_rng(n_classes)
    p = generator.dirichlet(np.ones(n_classes), 300)
    assert earliest_alike(np.stack([p, np.exp(p), p**3])).tolist() == [0, 0, 0]
