"""Separation statistics against their formulas written out, scikit-learn, and their invariances."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import multivariate_normal
from sklearn import metrics as sk

from probes import SEPARABILITY, ProbeError
from probes.separation.class_scatter import (
    ClassScatter,
    fisher_ratio,
    fisher_worst_pair,
    nearest_class_mean_accuracy,
    neural_collapse,
)
from probes.separation.h_score import h_score
from probes.separation.intrinsic_dimension import two_nn
from probes.separation.loes import loes
from probes.separation.logme import logme
from probes.separation.separability import separability
from probes.separation.spectrum import Spectrum, effective_rank, isotropy, participation_ratio


def draw(n=200, dim=6, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n - n_classes)])
    X = rng.standard_normal((n, dim)) * np.geomspace(2, 0.3, dim) + 0.7 * np.eye(n_classes, dim)[y] + 1.5
    return X, y


def test_indices_from_scikit_learn():
    X, y = draw()
    found, _ = separability(X, y, 0)
    assert found["silhouette"] == pytest.approx(sk.silhouette_score(X, y))
    assert found["davies_bouldin"] == pytest.approx(sk.davies_bouldin_score(X, y))
    assert found["calinski_harabasz"] == pytest.approx(sk.calinski_harabasz_score(X, y))


def scatters(X, y, weighted):
    classes = np.unique(y)
    means = np.stack([X[y == c].mean(axis=0) for c in classes])
    shares = (
        np.array([(y == c).mean() for c in classes]) if weighted else np.full(len(classes), 1 / len(classes))
    )
    offset = means - shares @ means
    between = (offset.T * shares) @ offset
    residual = X - means[np.searchsorted(classes, y)]
    return residual.T @ residual / len(X), between


def test_scatter_ratios_by_their_matrices():
    X, y = draw()
    scatter = ClassScatter.of(X, y)
    within, between = scatters(X, y, weighted=True)
    assert fisher_ratio(scatter) == pytest.approx(np.trace(between) / np.trace(within))
    total = np.cov(X.T, bias=True)
    assert h_score(Spectrum.of(X), scatter) == pytest.approx(np.trace(np.linalg.pinv(total) @ between))
    within, between = scatters(X, y, weighted=False)
    assert neural_collapse(scatter) == pytest.approx(np.trace(within @ np.linalg.pinv(between)) / 3)


def test_worst_pair_by_hand():
    X = np.array([[0.0], [2.0], [10.0], [12.0], [13.0], [15.0]])
    y = np.array([0, 0, 1, 1, 2, 2])
    assert fisher_worst_pair(ClassScatter.of(X, y)) == pytest.approx(3**2 / (1 + 1))


def test_nearest_class_mean_by_leaving_each_row_out():
    X, y = draw(n=60)
    hits = []
    for i in range(len(X)):
        rest = np.arange(len(X)) != i
        means = np.stack([X[rest & (y == c)].mean(axis=0) for c in range(3)])
        hits.append(np.argmin(((X[i] - means) ** 2).sum(axis=1)) == y[i])
    assert nearest_class_mean_accuracy(ClassScatter.of(X, y)) == pytest.approx(np.mean(hits))


def test_logme_is_the_largest_evidence_over_both_precisions():
    rng = np.random.default_rng(3)
    F = rng.standard_normal((40, 4))
    y = (F[:, 0] + 0.5 * rng.standard_normal(40) > 0).astype(int)
    best = []
    for c in (0, 1):
        t = (y == c).astype(float)
        grid = np.exp(np.linspace(-5, 7, 61))
        evidence = [
            multivariate_normal(np.zeros(40), np.eye(40) / beta + F @ F.T / alpha).logpdf(t)
            for alpha in grid
            for beta in grid
        ]
        best.append(max(evidence) / 40)
    assert logme(F, y) == pytest.approx(np.mean(best), abs=2e-3)
    assert logme(F, y) >= np.mean(best) - 1e-9


def test_logme_with_more_features_than_rows():
    rng = np.random.default_rng(4)
    F, y = rng.standard_normal((20, 50)), np.arange(20) % 2
    value = logme(F, y)
    assert np.isfinite(value)
    assert value == pytest.approx(logme(np.column_stack([F, np.zeros((20, 7))]), y), abs=1e-6)


def test_spectrum_statistics_by_their_formulas():
    X, _ = draw()
    spectrum = Spectrum.of(X)
    variances = np.linalg.eigvalsh(np.cov(X.T, bias=True))
    share = np.sqrt(variances) / np.sqrt(variances).sum()
    assert effective_rank(spectrum) == pytest.approx(np.exp(-(share * np.log(share)).sum()))
    assert participation_ratio(spectrum) == pytest.approx(variances.sum() ** 2 / (variances**2).sum())
    # IsoScore, step by step as its paper defines it
    dim = len(variances)
    scaled = np.sqrt(dim) * variances / np.linalg.norm(variances)
    defect = np.linalg.norm(scaled - 1) / np.sqrt(2 * (dim - np.sqrt(dim)))
    uniform = (dim - defect**2 * (dim - np.sqrt(dim))) ** 2 / dim**2
    assert isotropy(spectrum) == pytest.approx((dim * uniform - 1) / (dim - 1))


def test_spectrum_limits():
    eye = np.vstack([np.eye(5), -np.eye(5)])
    sphere = Spectrum.of(eye)
    assert effective_rank(sphere) == pytest.approx(5)
    assert isotropy(sphere) == pytest.approx(1)
    line = Spectrum.of(np.outer(np.arange(10.0), np.ones(5)))
    assert effective_rank(line) == pytest.approx(1)
    assert isotropy(line) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_two_nn_finds_the_dimension_of_a_flat_sheet(dim):
    rng = np.random.default_rng(dim)
    X = rng.random((1500, dim)) @ rng.standard_normal((dim, 12))
    assert two_nn(cdist(X, X)) == pytest.approx(dim, rel=0.15)


def test_two_nn_by_brute_force():
    X, _ = draw(n=50)
    ratios = []
    for i in range(50):
        gaps = np.sort(np.linalg.norm(X - X[i], axis=1))
        ratios.append(gaps[2] / gaps[1])
    ratios = np.log(np.sort(ratios))[:45]
    target = -np.log(1 - np.arange(1, 46) / 50)
    assert two_nn(cdist(X, X)) == pytest.approx((ratios @ target) / (ratios @ ratios))


def test_loes_is_ridge_error_with_isotropy():
    X, y = draw()
    targets = np.eye(3)[y]
    centred = X - X.mean(axis=0)
    weights = np.linalg.solve(
        centred.T @ centred + 1e-3 * np.eye(6), centred.T @ (targets - targets.mean(axis=0))
    )
    error = ((targets - targets.mean(axis=0) - centred @ weights) ** 2).mean()
    eigenvalues = np.linalg.eigvalsh(centred.T @ centred / len(X) + 1e-6 * np.eye(6))
    expected = error + 1 - eigenvalues.mean() / (eigenvalues.std() + 1e-6)
    assert loes(Spectrum.of(X), y, n_classes=3) == pytest.approx(expected)


SCALE_FREE = set(SEPARABILITY) - {"loes"}


def test_rotation_with_scale_changes_nothing():
    X, y = draw()
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((6, 6)))[0]
    plain, _ = separability(X, y, 0)
    turned, _ = separability(X @ turn, y, 0)
    assert turned == pytest.approx(plain, rel=1e-6)
    scaled, _ = separability(X * 1000.0, y, 0)
    for name in SCALE_FREE:
        assert scaled[name] == pytest.approx(plain[name], rel=1e-6), name


def test_shift_changes_nothing_but_logme():
    X, y = draw()
    plain, _ = separability(X, y, 0)
    moved, _ = separability(X + 50.0, y, 0)
    for name in set(SEPARABILITY) - {"logme"}:
        assert moved[name] == pytest.approx(plain[name], rel=1e-6), name


def test_directions_are_right():
    X, y = draw(n=400, n_classes=2)
    apart = X + 2.0 * np.eye(2, 6)[y]
    near, _ = separability(X, y, 0)
    far, _ = separability(apart, y, 0)
    for name, higher_is_better in SEPARABILITY.items():
        if higher_is_better is not None and name != "loes":
            assert (far[name] > near[name]) == higher_is_better, name


def test_shuffled_labels_give_chance():
    X, y = draw(n=2000, n_classes=2)
    y = np.random.default_rng(5).permutation(y)
    found, _ = separability(X, y, 0)
    assert abs(found["silhouette"]) < 0.02
    assert found["fisher_ratio"] < 0.01
    assert found["h_score"] < 0.02
    assert found["nearest_class_mean_accuracy"] == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((50, 3)),
        np.full((50, 3), 0.1, np.float32),
        np.repeat(np.eye(2), 25, axis=0),
        np.random.default_rng(0).standard_normal((50, 1)),
        np.random.default_rng(0).standard_normal((50, 200)) * 1e-20,
        np.random.default_rng(0).standard_normal((50, 4)) * 1e15,
        np.column_stack([np.arange(50.0), np.arange(50.0)]),
    ],
)
@pytest.mark.parametrize("y", [np.zeros(50, int), np.arange(50) % 2, np.arange(50), np.repeat([0, 2], 25)])
def test_odd_input_gives_values_or_reasons_but_never_nan(X, y):
    with np.errstate(all="raise", under="ignore"):
        found, missing = separability(X, y, 0)
    assert np.isfinite(list(found.values())).all()
    assert set(found) | set(missing) == set(SEPARABILITY)
    assert not set(found) & set(missing)


def test_subsamples_follow_the_seed():
    X, y = draw(n=900)
    options = {"max_rows": 300, "max_pair_rows": 100}
    assert separability(X, y, 1, **options) == separability(X, y, 1, **options)
    assert separability(X, y, 1, **options) != separability(X, y, 2, **options)


def test_bad_input_is_named():
    with pytest.raises(ProbeError, match=r"\(5, 2\).*\(4,\)"):
        separability(np.ones((5, 2)), np.zeros(4, int), 0)
    with pytest.raises(ProbeError, match=r"X\[1, 0\] is nan"):
        separability(np.array([[0.0], [np.nan], [1.0]]), np.zeros(3, int), 0)
