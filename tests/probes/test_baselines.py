"""The majority baseline is chance by every score that has a chance level."""

import numpy as np
import pytest

from probes import ProbeError, majority_probability, score_probabilities


def test_majority_says_the_class_shares():
    p = majority_probability(np.array([0, 1, 1, 1]), 3, 3)
    assert p.dtype == np.float32
    np.testing.assert_allclose(p, [[0.25, 0.75, 0.0]] * 3)


def test_majority_scores_are_chance():
    y = np.random.default_rng(0).integers(0, 2, 500)
    scores, _ = score_probabilities(y, majority_probability(y, 500, 2))
    assert scores["auc"] == 0.5
    assert scores["balanced_accuracy"] == 0.5
    assert scores["average_precision"] == pytest.approx(y.mean())


def test_bad_labels_are_named():
    with pytest.raises(ProbeError, match="empty"):
        majority_probability(np.array([], int), 3, 2)
    with pytest.raises(ProbeError, match="class 4"):
        majority_probability(np.array([4]), 3, 2)
