"""Rows held out of a choice."""

import numpy as np
import pytest
from scipy.stats import norm

from probes import (
    ProbeError,
    bias_corrected_score,
    held_out_counts,
    score_of_many,
    stratified_bootstrap_counts,
)

Y = np.repeat([0, 1, 2, 3], [10, 3, 2, 1])


def test_a_fifth_of_each_class_is_held_out_but_at_least_one_row_and_never_the_last():
    counts = held_out_counts(Y, 200, 0)
    assert set(np.unique(counts)) == {0, 1}
    for label, held in ((0, 2), (1, 1), (2, 1), (3, 0)):
        assert ((counts[:, label == Y] == 0).sum(axis=1) == held).all()


def test_every_row_is_held_out_equally_often():
    out = (held_out_counts(Y, 20_000, 1) == 0).mean(axis=0)
    np.testing.assert_allclose(out[Y == 0], 0.2, atol=0.02)
    np.testing.assert_allclose(out[Y == 1], 1 / 3, atol=0.02)


def test_the_seed_decides():
    np.testing.assert_array_equal(held_out_counts(Y, 50, 3), held_out_counts(Y, 50, 3))
    assert (held_out_counts(Y, 50, 3) != held_out_counts(Y, 50, 4)).any()


@pytest.mark.parametrize(
    ("y", "resamples", "share"),
    [(np.array([0, 1]), 5, 0.2), (Y, 0, 0.2), (Y, 5, 1.0), (Y.reshape(2, -1), 5, 0.2)],
)
def test_what_cannot_be_held_out_is_refused(y, resamples, share):
    with pytest.raises(ProbeError):
        held_out_counts(y, resamples, 0, share=share)


def studies(merit, n: int, number: int):
    """Labels (n,), probabilities (100, n, 2), true AUCs (100,) of studies whose candidates share most luck."""
    generator = np.random.default_rng(5)
    y = np.repeat([0, 1], n // 2)
    for _ in range(number):
        shift = merit(generator)
        luck = np.sqrt(0.7) * generator.standard_normal(n)
        scores = shift[:, None] * (y - 0.5) + luck + np.sqrt(0.3) * generator.standard_normal((100, n))
        positive = 1 / (1 + np.exp(-scores))
        yield y, np.stack([1 - positive, positive], axis=2), norm.cdf(shift / np.sqrt(2))


def gaps(merit, n: int, number: int) -> np.ndarray:
    """(number, 2): corrected less true AUC of the chosen candidate, by held-out rows and by a bootstrap."""
    found = []
    for y, probability, truth in studies(merit, n, number):
        chosen = truth[score_of_many(y, probability, "auc").argmax()]
        found.append(
            [
                bias_corrected_score(y, probability, draw(y, 60, 0), "auc").score - chosen
                for draw in (held_out_counts, stratified_bootstrap_counts)
            ]
        )
    return np.array(found)


def test_the_corrected_score_is_right_where_candidates_are_equal():
    found = gaps(lambda generator: np.full(100, 1.1), 20, 150)
    error = found[:, 0].std() / np.sqrt(len(found))
    assert abs(found[:, 0].mean()) < 3 * error


def test_the_corrected_score_is_nearer_the_truth_than_by_a_bootstrap_where_candidates_differ():
    found = gaps(lambda generator: generator.uniform(0, 2.1, 100), 12, 200)
    error = (found[:, 0] - found[:, 1]).std() / np.sqrt(len(found))
    assert found[:, 0].mean() - found[:, 1].mean() > 2 * error
