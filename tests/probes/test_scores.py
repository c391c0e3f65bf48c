"""Scores against scikit-learn, with what happens where a score is not defined."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from probes import METRICS, ProbeError, metric_named, score_of_many, score_probabilities
from probes.ranking import auc_of_many


def draw(n, n_classes, seed, digits=None):
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n - n_classes)])
    p = rng.dirichlet(np.ones(n_classes), n) + 0.5 * np.eye(n_classes)[y]
    p /= p.sum(axis=1, keepdims=True)
    if digits is not None:
        p = np.round(p[:, 1:], digits)
        p = np.column_stack([1 - p.sum(axis=1), p])
    return y, p


@pytest.mark.parametrize("digits", [None, 1])
@pytest.mark.parametrize("seed", range(5))
def test_two_classes_agree_with_scikit_learn(digits, seed):
    y, p = draw(200, 2, seed, digits)
    p = np.clip(p, 0, 1)
    scores, missing = score_probabilities(y, p)
    assert not missing
    guess = p.argmax(axis=1)
    assert scores["auc"] == pytest.approx(sk.roc_auc_score(y, p[:, 1]), abs=1e-12)
    assert scores["average_precision"] == pytest.approx(sk.average_precision_score(y, p[:, 1]), abs=1e-12)
    assert scores["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(y, guess), abs=1e-12)
    assert scores["accuracy"] == pytest.approx(sk.accuracy_score(y, guess), abs=1e-12)
    assert scores["log_loss"] == pytest.approx(sk.log_loss(y, p), abs=1e-9)
    assert scores["brier"] == pytest.approx(sk.brier_score_loss(y, p[:, 1]), abs=1e-12)
    assert scores["mcc"] == pytest.approx(sk.matthews_corrcoef(y, guess), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_more_classes_agree_with_scikit_learn(seed):
    y, p = draw(300, 4, seed)
    scores, missing = score_probabilities(y, p)
    assert not missing
    guess, one_hot = p.argmax(axis=1), np.eye(4)[y]
    assert scores["auc"] == pytest.approx(sk.roc_auc_score(y, p, multi_class="ovr"), abs=1e-12)
    assert scores["average_precision"] == pytest.approx(sk.average_precision_score(one_hot, p), abs=1e-12)
    assert scores["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(y, guess), abs=1e-12)
    assert scores["log_loss"] == pytest.approx(sk.log_loss(y, p), abs=1e-9)
    assert scores["brier"] == pytest.approx(((p - one_hot) ** 2).sum(axis=1).mean(), abs=1e-12)
    assert scores["mcc"] == pytest.approx(sk.matthews_corrcoef(y, guess), abs=1e-12)


def test_calibration_error_by_hand():
    y = np.array([0, 1, 1, 1])
    p = np.array([0.11, 0.19, 0.95, 1.0])
    # bin 0.1-0.2: |(0.11 + 0.19) - 1| = 0.7; bin 0.9-1.0: |1.95 - 2| = 0.05; over 4 rows
    scores, _ = score_probabilities(y, np.column_stack([1 - p, p]))
    assert scores["ece"] == pytest.approx(0.75 / 4)


def test_perfect_calibration_of_constant_shares():
    y = np.array([0, 0, 0, 1])
    scores, _ = score_probabilities(y, np.tile([0.75, 0.25], (4, 1)))
    assert scores["ece"] == pytest.approx(0.0)
    assert scores["auc"] == 0.5
    assert scores["mcc"] == 0.0


def test_one_class_leaves_out_what_needs_two():
    scores, missing = score_probabilities(np.ones(5, int), np.tile([0.3, 0.7], (5, 1)))
    assert set(missing) == {"auc", "average_precision", "balanced_accuracy"}
    assert set(scores) | set(missing) == {m.name for m in METRICS}
    assert "class 1" in missing["auc"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40), st.integers(2, 4), st.integers(0, 3))
def test_never_nan_nor_infinite(seed, n, n_classes, digits):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n)
    p = np.round(rng.dirichlet(np.ones(n_classes) * 0.2, n), digits)
    p[:, 0] = np.clip(1 - p[:, 1:].sum(axis=1), 0, 1)
    scores, missing = score_probabilities(y, p)
    assert np.isfinite(list(scores.values())).all()
    assert not set(scores) & set(missing)
    for name, value in scores.items():
        assert score_of_many(y, np.stack([p, p]), name) == pytest.approx([value, value], abs=1e-12)


def test_auc_of_many_with_heavy_ties():
    rng = np.random.default_rng(4)
    y, s = rng.integers(0, 2, 100) == 1, rng.integers(0, 4, (6, 100)).astype(np.float32)
    expected = [sk.roc_auc_score(y, row) for row in s]
    np.testing.assert_allclose(auc_of_many(y, s), expected, atol=1e-12)


def test_monotone_transforms_leave_auc_alone():
    y, p = draw(100, 2, 0)
    both = np.stack([p[:, 1], np.exp(5 * p[:, 1])])
    first, second = auc_of_many(y == 1, both)
    assert first == second


def test_directions_are_known():
    assert metric_named("auc").higher_is_better
    assert not metric_named("log_loss").higher_is_better
    with pytest.raises(ProbeError, match="f1"):
        metric_named("f1")


def test_bad_shapes_are_named():
    with pytest.raises(ProbeError, match=r"\(3,\).*\(4, 2\)"):
        score_probabilities(np.zeros(3, int), np.ones((4, 2)) / 2)
    with pytest.raises(ProbeError, match="finite"):
        score_probabilities(np.zeros(1, int), np.array([[np.nan, 1.0]]))
