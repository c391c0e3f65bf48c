"""Whatever an embedding and its labels are like, a score is a finite number or absent with its reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes import (
    METRICS,
    SEPARABILITY,
    ProbeData,
    ProbeError,
    bias_corrected_score,
    block_bootstrap_counts,
    bootstrap_scores,
    interval,
    probe_candidates,
    quick_scores,
    spa_p_value,
)
from probes.uncertainty.confidence_set import confidence_set

KINDS = (
    "noise",
    "constant",
    "zero",
    "one constant column",
    "equal rows in pairs",
    "the label itself",
    "separable with a wide gap",
    "huge",
    "tiny",
    "huge offset",
    "one outlier",
    "a column twice",
    "zero but for one row",
)


def embedding(kind, labels, dim, generator):
    """float32 (n, dim) with a given defect."""
    n = len(labels)
    X = generator.standard_normal((n, dim))
    if kind == "constant":
        X[:] = 3.7
    elif kind == "zero":
        X[:] = 0
    elif kind == "one constant column":
        X[:, 0] = -1e6
    elif kind == "equal rows in pairs":
        X = X[np.arange(n) // 2]
    elif kind == "the label itself":
        X[:] = labels[:, None]
    elif kind == "separable with a wide gap":
        X += 1e6 * labels[:, None]
    elif kind in ("huge", "tiny"):
        X *= 1e30 if kind == "huge" else 1e-30
    elif kind == "huge offset":
        X += 1e7
    elif kind == "one outlier":
        X[0] = 1e18
    elif kind == "a column twice":
        X[:, -1] = X[:, 0]
    elif kind == "zero but for one row":
        X[:] = 0
        X[n // 2] = 1
    return X.astype(np.float32)


@settings(max_examples=120, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    sizes=st.tuples(st.integers(2, 60), st.integers(1, 20), st.integers(1, 20)),
    dim=st.integers(1, 4),
    n_classes=st.integers(2, 4),
    lone=st.sampled_from(["", "fit", "tune", "select", "all"]),
    metric=st.sampled_from([metric.name for metric in METRICS]),
    seed=st.integers(0, 99),
)
def test_every_score_is_finite_or_absent_with_a_reason(kind, sizes, dim, n_classes, lone, metric, seed):
    generator = np.random.default_rng(seed)
    n = sum(sizes)
    labels = generator.integers(0, n_classes, n)
    fit, tune, select = np.split(np.arange(n), np.cumsum(sizes)[:2])
    rows = {"fit": fit, "tune": tune, "select": select, "all": np.arange(n), "": fit[:0]}[lone]
    labels[rows] = n_classes - 1
    data = ProbeData(fit_rows=fit, tune_rows=tune, select_rows=select, labels=labels, n_classes=n_classes)
    X = embedding(kind, labels, dim, generator)
    with np.errstate(all="ignore"):
        result = probe_candidates({"x": X}, data, metric=metric, seed=seed)["x"]
    for found, known in (
        (result.scores, {m.name for m in METRICS}),
        (result.knn_scores, {m.name for m in METRICS}),
        (result.separability, set(SEPARABILITY)),
    ):
        assert np.isfinite(list(found.values())).all(), found
        assert set(found) <= known
        if "embedding" not in result.unavailable:
            assert known - set(found) <= set(result.unavailable)
    assert np.isfinite(result.tune_score)
    for probability in (result.select_probability, result.knn_select_probability):
        np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    if len(np.unique(labels[tune])) == n_classes:
        quick = quick_scores({"x": X}, fit, tune, labels, n_classes, C=0.1, metric=metric)
        assert np.isfinite(quick["x"])


def test_classes_that_a_line_parts_score_one_with_a_finite_fit():
    labels = np.tile([0, 1], 60)
    X = np.stack([np.where(labels == 1, 1e3, -1e3), labels], axis=1).astype(np.float32)
    data = ProbeData(
        fit_rows=np.arange(60),
        tune_rows=np.arange(60, 90),
        select_rows=np.arange(90, 120),
        labels=labels,
        n_classes=2,
    )
    result = probe_candidates({"x": X}, data)["x"]
    assert result.scores["auc"] == result.knn_scores["auc"] == 1.0
    assert np.isfinite(result.scores["log_loss"]) and result.logistic_converged


def test_more_neighbours_than_windows_act_as_all_of_them():
    labels = np.tile([0, 1], 10)
    data = ProbeData(
        fit_rows=np.arange(6),
        tune_rows=np.arange(6, 12),
        select_rows=np.arange(12, 20),
        labels=labels,
        n_classes=2,
    )
    X = np.random.default_rng(0).standard_normal((20, 2)).astype(np.float32)
    result = probe_candidates({"x": X}, data, ks=(500,))["x"]
    np.testing.assert_allclose(result.knn_select_probability, 0.5)


@settings(max_examples=60, deadline=None)
@given(
    positives=st.integers(1, 29),
    spread=st.booleans(),
    metric=st.sampled_from([metric.name for metric in METRICS]),
    same=st.booleans(),
)
def test_resamples_of_one_class_are_left_out_or_refused(positives, spread, metric, same):
    y = np.zeros(30, dtype=np.int64)
    y[np.linspace(0, 29, positives).astype(int) if spread else np.arange(positives)] = 1
    generator = np.random.default_rng(positives)
    share = generator.random((3, 30))
    if same:
        share[:] = 0.5
    probability = np.stack([1 - share, share], axis=2)
    counts = block_bootstrap_counts(30, 10, 200, 0)
    try:
        resampled = bootstrap_scores(y, probability, metric, counts)
        corrected = bias_corrected_score(y, probability, counts, metric, purge=9)
    except ProbeError as error:
        assert "resample" in str(error)
        return
    assert np.isfinite(resampled).all() and np.isfinite(corrected.score)
    if resampled.shape[1] < 2:
        return
    point = resampled.mean(axis=1)
    low, high = interval(point, resampled, n_blocks=3)
    inside = confidence_set(point, resampled, n_blocks=3)
    tested = spa_p_value(point, resampled, float(point[0]), resampled[0], n=30, n_blocks=3)
    assert np.isfinite([*low, *high, *inside.p_values, tested.p_value]).all()
    assert len(inside.members)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_refused_by_its_place(value):
    labels = np.tile([0, 1], 10)
    data = ProbeData(
        fit_rows=np.arange(6),
        tune_rows=np.arange(6, 12),
        select_rows=np.arange(12, 20),
        labels=labels,
        n_classes=2,
    )
    X = np.zeros((20, 2), np.float32)
    X[4, 1] = value
    with pytest.raises(ProbeError, match="row 4, column 1"):
        probe_candidates({"x": X}, data)
