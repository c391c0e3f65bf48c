"""Several labels of the same rows: every score is the mean of what each label by itself has."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from probes import (
    MEAN,
    BootstrapScorer,
    ProbeData,
    ProbeError,
    bootstrap_scores,
    majority_probability,
    probe_candidates,
    quick_scores,
    row_values,
    score_of_many,
    score_probabilities,
)
from study.configuration import MEAN as MEAN_OF_A_STUDY

N, LABELS, CANDIDATES = 240, 3, 4


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def y(rng):
    return rng.integers(0, 2, (N, LABELS))


@pytest.fixture(scope="module")
def probability(rng, y):
    return 1 / (1 + np.exp(-(rng.normal(size=(CANDIDATES, N, LABELS)) + y)))


def apart(y, probability):
    return [
        (y[:, k], np.stack([1 - probability[..., k], probability[..., k]], axis=-1))
        for k in range(y.shape[1])
    ]


def test_the_mean_is_of_the_roc_auc_of_each_label(y, probability):
    expected = [np.mean([roc_auc_score(y[:, k], p[:, k]) for k in range(LABELS)]) for p in probability]
    np.testing.assert_allclose(score_of_many(y, probability, MEAN.name), expected)
    scores, missing = score_probabilities(y, probability[0])
    assert scores["mean"] == pytest.approx(expected[0]) and missing == {}
    assert scores["log_loss"] == score_probabilities(*apart(y, probability[0])[0])[0]["log_loss"]
    assert MEAN.name == MEAN_OF_A_STUDY


def test_a_label_of_one_class_leaves_no_mean_but_its_reason(y, probability):
    flat = y.copy()
    flat[:, 1] = 0
    scores, missing = score_probabilities(flat, probability[0])
    assert "mean" not in scores and "class 0" in missing["mean"] and "auc" in scores
    with pytest.raises(ProbeError, match="auc is not defined"):
        score_of_many(flat, probability, MEAN.name)


@pytest.mark.parametrize(("metric", "each"), [("mean", "auc"), ("log_loss", "log_loss")])
def test_resampled_scores_are_means_over_the_labels(rng, y, probability, metric, each):
    counts = rng.multinomial(N, np.full(N, 1 / N), size=20)
    expected = np.mean([bootstrap_scores(*one, each, counts) for one in apart(y, probability)], axis=0)
    scorer = BootstrapScorer(y, counts, metric, n_classes=LABELS)
    np.testing.assert_allclose(scorer.scores(probability), expected)
    np.testing.assert_allclose(
        row_values(y, probability, metric).mean(axis=1), score_of_many(y, probability, metric)
    )


def test_a_resample_without_a_class_of_any_label_is_left_out(y, probability):
    counts = np.ones((3, N), dtype=int)
    counts[1, y[:, 2] == 1] = 0
    scorer = BootstrapScorer(y, counts, "mean", n_classes=LABELS)
    assert scorer.usable.tolist() == [True, False, True]
    np.testing.assert_allclose(scorer.scores(probability)[:, 1], score_of_many(y, probability, "mean"))


def test_each_label_is_probed_as_if_it_were_alone(rng, y):
    X = (rng.normal(size=(N, 5)) + np.pad(y, ((0, 0), (0, 2)))).astype(np.float32)
    parts = {"fit_rows": np.arange(120), "tune_rows": np.arange(120, 180), "select_rows": np.arange(180, N)}
    together = probe_candidates({"a": X}, ProbeData(**parts, labels=y, n_classes=2), metric="mean")["a"]
    alone = [
        probe_candidates({"a": X}, ProbeData(**parts, labels=y[:, k], n_classes=2), metric="auc")["a"]
        for k in range(LABELS)
    ]
    for k, one in enumerate(alone):
        np.testing.assert_array_equal(together.select_probability[:, k], one.select_probability[:, 1])
    assert together.Cs == tuple(one.C for one in alone)
    assert together.scores["mean"] == pytest.approx(np.mean([one.scores["auc"] for one in alone]))
    assert together.tune_score == pytest.approx(np.mean([one.tune_score for one in alone]))
    assert (together.k, together.separability) == (alone[0].k, alone[0].separability)
    rows = parts["fit_rows"], parts["tune_rows"]
    quick = [quick_scores({"a": X}, *rows, y[:, k], 2, C=0.1)["a"] for k in range(LABELS)]
    assert quick_scores({"a": X}, *rows, y, 2, C=0.1, metric="mean")["a"] == pytest.approx(np.mean(quick))


def test_the_majority_is_the_share_of_class_1_of_each_label(y):
    np.testing.assert_allclose(majority_probability(y, 3, 2), np.tile(y.mean(axis=0), (3, 1)), rtol=1e-6)


@pytest.mark.parametrize(("labels", "n_classes"), [(LABELS, 3), (0, 2)])
def test_labels_of_more_classes_and_no_labels_at_all_are_refused(labels, n_classes):
    rows = dict(zip(("fit_rows", "tune_rows", "select_rows"), np.arange(6).reshape(3, 2), strict=True))
    with pytest.raises(ProbeError, match="several labels need 2 classes each"):
        ProbeData(**rows, labels=np.zeros((6, labels), dtype=int), n_classes=n_classes)
