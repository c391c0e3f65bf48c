"""Rows that stand alone, drawn one by one within their class."""

import numpy as np
import pytest

from probes import (
    ProbeError,
    bias_corrected_score,
    bootstrap_scores,
    score_of_many,
    stratified_bootstrap_counts,
)

Y = np.repeat([0, 1, 2], [2, 5, 40])


def test_every_resample_holds_each_class_as_often_as_the_labels_do():
    counts = stratified_bootstrap_counts(Y, 300, 0)
    assert counts.shape == (300, len(Y)) and counts.dtype == np.int16
    for label in range(3):
        assert (counts[:, label == Y].sum(axis=1) == (label == Y).sum()).all()


def test_rows_of_a_class_are_drawn_alike_and_by_the_seed():
    counts = stratified_bootstrap_counts(Y, 20_000, 1)
    np.testing.assert_allclose(counts.mean(axis=0), 1.0, atol=0.04)
    for label, size in enumerate((2, 5, 40)):
        np.testing.assert_allclose(counts[:, label == Y].var(axis=0), 1 - 1 / size, atol=0.06)
    np.testing.assert_array_equal(counts[:50], stratified_bootstrap_counts(Y, 20_000, 1)[:50])
    assert (counts[:50] != stratified_bootstrap_counts(Y, 20_000, 2)[:50]).any()


def test_a_macro_auc_is_there_in_every_resample_of_a_tiny_class():
    probability = np.random.default_rng(0).dirichlet(np.ones(3), (4, len(Y)))
    counts = stratified_bootstrap_counts(Y, 200, 0)
    assert bootstrap_scores(Y, probability, "auc", counts).shape == (4, 200)


@pytest.mark.parametrize(("y", "resamples"), [(np.zeros(1, int), 10), (np.zeros((3, 2), int), 10), (Y, 0)])
def test_nonsense_is_refused(y, resamples):
    with pytest.raises(ProbeError):
        stratified_bootstrap_counts(y, resamples, 0)


def test_what_is_known_from_other_rows_decides_which_candidate_is_corrected():
    y = np.arange(80) % 2
    rng = np.random.default_rng(0)
    positive = 1 / (1 + np.exp(-(np.array([0.2, 1.0])[:, None] * (2 * y - 1) + rng.normal(size=(2, 80)))))
    probability = np.stack([1 - positive, positive], axis=2)
    counts = stratified_bootstrap_counts(y, 300, 0)
    points = score_of_many(y, probability, "auc")
    plain = bias_corrected_score(y, probability, counts, "auc")
    pushed = bias_corrected_score(y, probability, counts, "auc", beside=np.array([1.0, 0.0]))
    assert plain.apparent == points[1] and pushed.apparent == points[0]
    assert pushed.score == pytest.approx(points[0], abs=0.05)  # one candidate is always picked: no optimism
    nothing = bias_corrected_score(y, probability, counts, "auc", beside=np.zeros(2))
    assert nothing == plain
    with pytest.raises(ProbeError, match="2 candidates"):
        bias_corrected_score(y, probability, counts, "auc", beside=np.zeros(3))
