"""The minimiser on problems whose answer is known."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from probes.logistic.lbfgs import minimise


def quadratics(n_problems, size, condition, seed=0):
    rng = np.random.default_rng(seed)
    turns = np.linalg.qr(rng.standard_normal((n_problems, size, size)))[0]
    hessians = np.einsum("pij,j,pkj->pik", turns, np.geomspace(1, condition, size), turns)
    return hessians, rng.standard_normal((n_problems, size))


@pytest.mark.parametrize("condition", [1.0, 1e2, 1e4])
def test_quadratics_end_at_their_solution(condition):
    hessians, targets = quadratics(5, 12, condition)
    found = minimise(
        lambda points, which: np.einsum("pij,pj->pi", hessians[which], points - targets[which]),
        np.zeros((5, 12)),
        np.ones((5, 12)),
        tolerance=1e-9,
        max_iterations=2000,
        patience=500,
    )
    assert found.converged.all()
    np.testing.assert_allclose(found.solution, targets, atol=1e-7)


def test_problems_of_unlike_difficulty_leave_one_by_one():
    hessians = np.array([np.eye(4), np.diag([1.0, 10, 100, 1000])])
    asked = []

    def gradient(points, which):
        asked.append(len(which))
        return np.einsum("pij,pj->pi", hessians[which], points - 1)

    found = minimise(
        gradient, np.zeros((2, 4)), np.ones((2, 4)), tolerance=1e-8, max_iterations=200, patience=99
    )
    assert found.converged.all()
    assert found.iterations[0] < found.iterations[1]
    assert asked[0] == 2
    assert asked[-1] == 1


def test_far_start_on_a_steep_convex_function():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((30, 3)) * 20

    def gradient(points, which):
        return softmax(points @ A.T, axis=1) @ A + 0.01 * points

    found = minimise(
        gradient, np.full((2, 3), 50.0), np.ones((2, 3)), tolerance=1e-8, max_iterations=3000, patience=2000
    )
    assert found.converged.all()
    np.testing.assert_allclose(found.solution[0], found.solution[1], atol=1e-6)
    best = logsumexp(A @ found.solution[0]) + 0.005 * found.solution[0] @ found.solution[0]
    for _ in range(20):
        near = found.solution[0] + 0.01 * rng.standard_normal(3)
        assert logsumexp(A @ near) + 0.005 * near @ near >= best


def test_running_out_of_evaluations_is_reported():
    hessians, targets = quadratics(3, 10, 1e4)
    found = minimise(
        lambda points, which: np.einsum("pij,pj->pi", hessians[which], points - targets[which]),
        np.zeros((3, 10)),
        np.ones((3, 10)),
        tolerance=1e-12,
        max_iterations=5,
    )
    assert not found.converged.any()
    assert (found.iterations == 5).all()
    assert np.isfinite(found.solution).all()
