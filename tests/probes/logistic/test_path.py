"""The logistic path against scikit-learn at a tight tolerance, with its optimality and invariances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from probes import ProbeError, fit_logistic_path

CS = (1e-3, 1e-1, 1e1, 1e3)


def draw(n, dim, n_classes, strength, seed=0, dtype=np.float32):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, dim)) @ (rng.standard_normal((dim, dim)) * np.geomspace(1, 1e-2, dim))
    X += rng.standard_normal(dim) * 3
    logits = StandardScaler().fit_transform(X) @ rng.standard_normal((dim, n_classes)) * strength
    return X.astype(dtype), (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)


def oracle(X, y, C, **options):
    scaled = StandardScaler().fit(X.astype(np.float64))
    model = LogisticRegression(C=C, tol=1e-9, max_iter=50_000, **options).fit(
        scaled.transform(X.astype(np.float64)), y
    )
    return lambda Z: model.predict_proba(scaled.transform(Z.astype(np.float64)))


@pytest.mark.parametrize(
    ("n", "dim", "n_classes", "strength"),
    [
        (800, 6, 2, 0.1),
        (800, 20, 2, 1.0),
        (300, 40, 2, 0.3),
        (700, 8, 3, 0.5),
        (500, 16, 5, 0.2),
        (40, 60, 2, 0.5),
    ],
)
def test_probabilities_agree_with_scikit_learn(n, dim, n_classes, strength):
    X, y = draw(n, dim, n_classes, strength)
    fresh = draw(200, dim, n_classes, strength, seed=9)[0]
    path = fit_logistic_path(X, y, n_classes=n_classes, Cs=CS)
    assert path.converged.all()
    for i, C in enumerate(CS):
        expected = oracle(X, y, C)
        assert np.abs(path.probabilities(X)[i] - expected(X)).max() < 1e-4
        assert np.abs(path.probabilities(fresh)[i] - expected(fresh)).max() < 1e-4


@pytest.mark.parametrize("n_classes", [2, 4])
def test_separable_classes_stay_finite_with_the_same_solution(n_classes):
    rng = np.random.default_rng(1)
    y = np.arange(300) % n_classes
    X = (rng.standard_normal((300, 5)) * 0.1 + 10 * np.eye(5)[y]).astype(np.float32)
    path = fit_logistic_path(X, y, n_classes=n_classes, Cs=CS)
    assert path.converged.all()
    for i, C in enumerate(CS):
        assert np.abs(path.probabilities(X)[i] - oracle(X, y, C)(X)).max() < 1e-4


@pytest.mark.parametrize("n_classes", [2, 3])
def test_gradient_of_the_published_objective_vanishes(n_classes):
    X, y = draw(400, 12, n_classes, 0.7)
    path = fit_logistic_path(X, y, n_classes=n_classes, Cs=CS)
    Z = path.standardiser.transform(X)
    one_hot = np.eye(n_classes)[y]
    for i, C in enumerate(CS):
        residual = path.probabilities(X)[i] - one_hot
        if n_classes == 2:
            residual = residual[:, 1:]
        slope = C * residual.T @ Z + path.coefficients[i]
        assert np.abs(slope).max() < 1e-4 * C * len(X)
        assert (
            np.abs(residual.mean(axis=0)).max() < 1e-6
        )  # intercept unpenalised: mean probability = class share


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(3, 60),
    st.integers(1, 12),
    st.integers(2, 4),
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from(["plain", "constant", "duplicate", "scales", "separable"]),
)
def test_any_problem_ends_at_a_finite_stationary_point(seed, n, dim, n_classes, dtype, kind):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n)
    X = rng.standard_normal((n, dim))
    if kind == "constant":
        X[:, 0] = 1 / 3
    elif kind == "duplicate":
        X[:, -1] = X[:, 0]
    elif kind == "scales":
        X = X * np.geomspace(1e-12, 1e12, dim) + 1
    elif kind == "separable":
        X[:, 0] = y * 10
    X = X.astype(dtype)
    path = fit_logistic_path(X, y, n_classes=n_classes, Cs=CS)
    assert path.converged.all()
    Z, one_hot = path.standardiser.transform(X), np.eye(n_classes)[y]
    for i, C in enumerate(CS):
        residual = (path.probabilities(X)[i] - one_hot)[:, path.classes]
        if len(path.classes) == 2:
            residual = residual[:, 1:]
        slope = C * residual.T @ Z + path.coefficients[i]
        assert np.abs(slope).max() < 1e-4 * C * n + 1e-6


def test_rotation_of_standardised_features_changes_nothing():
    rng = np.random.default_rng(2)
    X, y = draw(500, 8, 2, 0.5, dtype=np.float64)
    Z = StandardScaler().fit_transform(X)
    values, vectors = np.linalg.eigh(Z.T @ Z / len(Z))
    white = Z @ vectors / np.sqrt(values)  # unit variances survive any rotation
    turn = np.linalg.qr(rng.standard_normal((8, 8)))[0]
    plain = fit_logistic_path(white, y, n_classes=2, Cs=CS).probabilities(white)
    turned = fit_logistic_path(white @ turn, y, n_classes=2, Cs=CS).probabilities(white @ turn)
    np.testing.assert_allclose(turned, plain, atol=1e-6)


def test_scale_with_shift_of_features_changes_nothing():
    X, y = draw(500, 8, 3, 0.5, dtype=np.float64)
    moved = X * np.geomspace(1e-6, 1e6, 8) + 5
    plain = fit_logistic_path(X, y, n_classes=3, Cs=CS).probabilities(X)
    scaled = fit_logistic_path(moved, y, n_classes=3, Cs=CS).probabilities(moved)
    np.testing.assert_allclose(scaled, plain, atol=1e-5)


def test_constant_with_duplicated_features_are_harmless():
    X, y = draw(400, 5, 2, 0.8)
    padded = np.column_stack([X, np.full(400, 0.1, np.float32), np.zeros(400, np.float32), X[:, 0]])
    path = fit_logistic_path(padded, y, n_classes=2, Cs=CS)
    assert path.converged.all()
    assert (path.coefficients[:, :, 5:7] == 0).all()
    for i, C in enumerate(CS):
        assert np.abs(path.probabilities(padded)[i] - oracle(padded, y, C)(padded)).max() < 1e-4


def test_all_features_constant_gives_the_class_shares():
    y = np.array([0, 1, 1, 1])
    path = fit_logistic_path(np.ones((4, 3), np.float32), y, n_classes=2, Cs=CS)
    np.testing.assert_allclose(path.probabilities(np.ones((2, 3), np.float32))[..., 1], 0.75, atol=1e-4)


def test_a_class_without_rows_is_improbable():
    X, y = draw(300, 4, 2, 0.5)
    p = fit_logistic_path(X, y, n_classes=3, Cs=CS).probabilities(X)
    assert p[..., 2].max() < 0.01
    assert np.isfinite(p).all()


def test_order_of_the_grid_does_not_matter():
    X, y = draw(300, 6, 2, 0.5)
    up = fit_logistic_path(X, y, n_classes=2, Cs=CS).probabilities(X)
    down = fit_logistic_path(X, y, n_classes=2, Cs=CS[::-1]).probabilities(X)
    np.testing.assert_allclose(up, down[::-1], atol=1e-6)


def test_single_precision_is_close_enough_to_rank_penalties():
    X, y = draw(800, 20, 2, 0.5)
    double = fit_logistic_path(X, y, n_classes=2, Cs=CS).probabilities(X)
    single = fit_logistic_path(X, y, n_classes=2, Cs=CS, precision="single").probabilities(X)
    assert np.abs(double - single).max() < 2e-3


def test_not_converged_is_reported():
    X, y = draw(800, 20, 2, 1.0)
    path = fit_logistic_path(X, y, n_classes=2, Cs=CS, max_iterations=2)
    assert not path.converged.all()
    assert np.isfinite(path.probabilities(X)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X[:-1], y, {}), "give one label a row"),
        (lambda X, y: (X, y, {"Cs": [0.0]}), "positive"),
        (lambda X, y: (X, y / 2, {}), "dtype float64"),
        (lambda X, y: (X, y, {"n_classes": 1}), "use 0"),
        (lambda X, y: (np.where(np.arange(len(X))[:, None] == 3, np.nan, X), y, {}), r"X\[3, 0\] is nan"),
    ],
)
def test_bad_input_is_named(change, message):
    X, y = draw(50, 3, 2, 0.5)
    X, y, options = change(X, y)
    with pytest.raises(ProbeError, match=message):
        fit_logistic_path(X, y, **({"n_classes": 2} | options))
