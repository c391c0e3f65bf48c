"""Linear CKA against its definition, with its invariances."""

import numpy as np
import pytest

from probes import ProbeError, cka_matrix
from probes.separation.cka import cka


def draw(n=80, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 5)) + 2
    return X, X[:, :3] @ rng.standard_normal((3, 7)) + rng.standard_normal((n, 7))


def by_hsic(X, Y):
    n = len(X)
    centre = np.eye(n) - 1 / n
    K, L = centre @ X @ X.T @ centre, centre @ Y @ Y.T @ centre
    return (K * L).sum() / np.sqrt((K * K).sum() * (L * L).sum())


@pytest.mark.parametrize("n", [80, 6])
def test_equals_its_kernel_form(n):
    X, Y = draw(n)
    assert cka(X, Y) == pytest.approx(by_hsic(X, Y))


def test_rotation_scale_shift_change_nothing():
    X, Y = draw()
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((5, 5)))[0]
    assert cka(3 * X @ turn + 7, Y) == pytest.approx(cka(X, Y))
    assert cka(X, 0.1 * X @ turn - 4) == pytest.approx(1.0)


def test_matrix_holds_every_pair():
    X, Y = draw()
    wide = np.random.default_rng(2).standard_normal((80, 200))
    embeddings = {"x": X, "y": Y, "wide": wide, "flat": np.full((80, 2), 0.1)}
    keys, matrix = cka_matrix(embeddings)
    assert keys == ["x", "y", "wide", "flat"]
    for i, a in enumerate(keys):
        for j, b in enumerate(keys):
            assert matrix[i, j] == pytest.approx(cka(embeddings[a], embeddings[b]), abs=1e-9)
    assert matrix[3].tolist() == [0, 0, 0, 0]


def test_matrix_of_many_rows_is_close_on_a_subsample():
    X, Y = draw(n=5000)
    full, thin = cka_matrix({0: X, 1: Y}, max_rows=5000)[1], cka_matrix({0: X, 1: Y}, max_rows=1000)[1]
    np.testing.assert_allclose(thin, full, atol=0.05)


def test_bad_shapes_are_named():
    with pytest.raises(ProbeError, match=r"\(3, 2\).*\(4, 2\)"):
        cka(np.ones((3, 2)), np.ones((4, 2)))
    with pytest.raises(ProbeError, match="same rows"):
        cka_matrix({0: np.ones((3, 2)), 1: np.ones((4, 2))})
