"""Neighbour search against scikit-learn's brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from probes import ProbeError, find_neighbours, knn_shares, neighbour_shares

KS = (1, 3, 10, 40)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_shares_equal_scikit_learn(n_classes):
    rng = np.random.default_rng(0)
    bank, queries = rng.standard_normal((300, 7)), rng.standard_normal((90, 7))
    y = rng.integers(0, n_classes, 300)
    found = find_neighbours(bank, queries, k=40)
    shares = neighbour_shares(y, found, KS, n_classes=n_classes)
    for i, k in enumerate(KS):
        model = KNeighborsClassifier(k, algorithm="brute").fit(bank, y)
        np.testing.assert_allclose(shares[i], model.predict_proba(queries), atol=1e-12)
        distance = model.kneighbors(queries)[0]
        np.testing.assert_allclose(found.distance[:, :k], distance, atol=1e-7)


def test_float32_finds_the_same_neighbours_where_distances_differ():
    rng = np.random.default_rng(1)
    bank, queries = (
        rng.standard_normal((500, 9)).astype(np.float32),
        rng.standard_normal((80, 9)).astype(np.float32),
    )
    exact = find_neighbours(bank, queries, k=25)
    quick = find_neighbours(bank, queries, k=25, dtype=np.float32)
    np.testing.assert_allclose(quick.distance, exact.distance, atol=1e-5)
    assert (quick.index == exact.index).mean() > 0.999


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ties_go_to_the_earlier_row(dtype):
    bank = np.repeat(np.array([[0.0, 0.0], [1.0, 0.0]]), 4, axis=0)
    found = find_neighbours(bank, np.array([[0.0, 0.0], [0.9, 0.0]]), k=6, dtype=dtype)
    assert found.index.tolist() == [[0, 1, 2, 3, 4, 5], [4, 5, 6, 7, 0, 1]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_more_neighbours_than_rows_means_all_rows(dtype):
    rng = np.random.default_rng(2)
    bank, y = rng.standard_normal((5, 2)), np.array([0, 1, 1, 0, 1])
    shares = neighbour_shares(y, find_neighbours(bank, bank, k=99, dtype=dtype), [2, 99], n_classes=2)
    np.testing.assert_allclose(shares[1], [[0.4, 0.6]] * 5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_far_offset_does_not_hide_neighbours(dtype):
    rng = np.random.default_rng(3)
    bank = rng.standard_normal((200, 3))
    near = find_neighbours(bank, bank[:20], k=5, dtype=dtype).index
    far = find_neighbours(bank + 1e4, bank[:20] + 1e4, k=5, dtype=dtype).index
    assert (near == far).mean() > 0.99


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_votes_counted_while_searching_are_the_same(dtype):
    rng = np.random.default_rng(5)
    bank, queries = rng.standard_normal((3000, 4)), rng.standard_normal((700, 4))
    y = rng.integers(0, 3, 3000)
    found = find_neighbours(bank, queries, k=40, dtype=dtype)
    expected = neighbour_shares(y, found, KS, n_classes=3)
    shares = knn_shares(bank, y, queries, KS, n_classes=3, dtype=dtype)
    np.testing.assert_array_equal(shares, expected)
    np.testing.assert_allclose(shares.sum(axis=2), 1.0)


@pytest.mark.parametrize("n_classes", [2, 5, 17])
def test_votes_of_rows_as_far_as_each_other_go_to_the_earlier_ones(n_classes):
    rng = np.random.default_rng(6)
    bank, queries = np.repeat(rng.standard_normal((40, 3)), 10, axis=0), rng.standard_normal((60, 3))
    y = rng.integers(0, n_classes, 400)
    expected = neighbour_shares(y, find_neighbours(bank, queries, k=40), KS, n_classes=n_classes)
    shares = knn_shares(bank, y, queries, KS, n_classes=n_classes, dtype=np.float32)
    np.testing.assert_allclose(shares, expected, atol=1e-12)
    assert (expected[1] != knn_shares(bank, y[::-1], queries, [3], n_classes=n_classes)[0]).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 12), st.integers(1, 4), st.integers(0, 10_000))
def test_both_precisions_match_a_sort(n_bank, k, dim, seed):
    rng = np.random.default_rng(seed)
    bank = rng.integers(-3, 4, (n_bank, dim)).astype(np.float64)
    queries = rng.integers(-3, 4, (6, dim)).astype(np.float64)
    gaps = ((queries[:, None] - bank[None]) ** 2).sum(axis=2)
    expected = np.argsort(gaps, axis=1, kind="stable")[:, :k]
    found = find_neighbours(bank, queries, k=k)
    np.testing.assert_allclose(found.distance**2, np.take_along_axis(gaps, expected, axis=1), atol=1e-9)
    single = find_neighbours(bank, queries, k=k, dtype=np.float32)
    np.testing.assert_allclose(single.distance**2, np.take_along_axis(gaps, expected, axis=1), atol=1e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k is 0"),
        ({"k": 1, "bank": np.ones((3, 4))}, "shape"),
    ],
)
def test_bad_input_is_named(options, message):
    arguments = {"bank": np.ones((3, 2)), "queries": np.ones((2, 2))} | options
    with pytest.raises(ProbeError, match=message):
        find_neighbours(**arguments)
