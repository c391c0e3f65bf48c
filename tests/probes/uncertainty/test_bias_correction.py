"""The score of a choice, freed of its luck."""

import numpy as np
from scipy.stats import norm

from probes import best_of_each, bias_corrected_score, score_of_many, stratified_bootstrap_counts


def gaps(merit, n: int, number: int) -> np.ndarray:
    """(number,): corrected less true AUC of the chosen one of 100 candidates, which share most of their luck."""
    generator = np.random.default_rng(5)
    y = np.repeat([0, 1], n // 2)
    found = []
    for _ in range(number):
        shift = merit(generator)
        luck = np.sqrt(0.7) * generator.standard_normal(n)
        scores = shift[:, None] * (y - 0.5) + luck + np.sqrt(0.3) * generator.standard_normal((100, n))
        positive = 1 / (1 + np.exp(-scores))
        probability = np.stack([1 - positive, positive], axis=2)
        points, doubt = (score_of_many(y, probability, metric)[:, None] for metric in ("auc", "log_loss"))
        truth = norm.cdf(shift / np.sqrt(2))[best_of_each(points, doubt)[0]]
        counts = stratified_bootstrap_counts(y, 60, 0)
        found.append(bias_corrected_score(y, probability, counts, "auc").score - truth)
    return np.array(found)


def test_a_dozen_rows_are_corrected_without_bias_where_candidates_are_equal():
    found = gaps(lambda generator: np.full(100, 1.1), 12, 200)
    assert abs(found.mean()) < 3 * found.std() / np.sqrt(len(found))


def test_a_dozen_rows_are_corrected_without_bias_where_many_candidates_are_right_about_all():
    found = gaps(lambda generator: generator.uniform(0.7, 4.2, 100), 12, 200)
    assert abs(found.mean()) < 0.003


def test_of_candidates_that_score_the_same_the_surer_one_is_picked():
    doubt = np.array([[0.6, 0.6, 0.1], [0.1, 0.1, 0.6]])
    np.testing.assert_array_equal(best_of_each(np.ones((2, 3)), doubt), [1, 1, 0])
    np.testing.assert_array_equal(best_of_each(np.array([[1.001] * 3, [1.0] * 3]), doubt), [0, 0, 0])
