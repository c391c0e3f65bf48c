"""Many small smooth convex problems minimised side by side from their gradients alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Gradient = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Minimum:
    """Where the problems ended.

    Attributes:
        solution: (n_problems, size).
        gradient_norm: float64 (n_problems,), in the metric of the preconditioner.
        converged: bool (n_problems,).
        iterations: int64 (n_problems,), gradient evaluations spent on each problem.
    """

    solution: np.ndarray
    gradient_norm: np.ndarray
    converged: np.ndarray
    iterations: np.ndarray


# Matrix products of finite numbers are flagged as invalid now and then, for what the library reads and does not use.
@np.errstate(invalid="ignore")
def minimise(
    gradient: Gradient,
    start: np.ndarray,
    curvature: np.ndarray,
    *,
    tolerance: float,
    max_iterations: int,
    memory: int = 8,
    patience: int = 12,
) -> Minimum:
    """L-BFGS on independent problems that share one gradient call per step.

    Each problem has its own step length. A step is judged by the slope at its end alone, which is
    enough because the problems are convex: a slope that is still downhill proves a decrease, a slope
    that points uphill more than 0.9 times as steeply as it went down is answered by a secant step.
    Converged problems leave the batch.

    Args:
        gradient: (points (m, size), problem numbers (m,)) -> gradients (m, size).
        start: (n_problems, size); its dtype is the dtype of the work.
        curvature: (n_problems, size), positive diagonal guess of the Hessian: the preconditioner.
        tolerance: stop a problem when sqrt(sum(gradient² / curvature)) is at most this.
        max_iterations: gradient evaluations per problem.
        memory: pairs of differences kept.
        patience: evaluations without a smaller gradient after which a problem is given up.

    Source: Liu & Nocedal 1989, On the limited memory BFGS method, algorithm 2.1.
    """
    n_problems, _ = start.shape
    dtype = start.dtype
    solution = start.copy()
    final_norm = np.zeros(n_problems)
    iterations = np.zeros(n_problems, dtype=np.int64)

    active = np.arange(n_problems)
    point = start.copy()
    inverse = (1.0 / curvature).astype(dtype)
    slope = gradient(point, active)
    norm = _norm(slope, inverse)
    best = norm.copy()
    stale = np.zeros(n_problems, dtype=np.int64)
    steps: list[np.ndarray] = []
    turns: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    gamma = np.ones(n_problems, dtype=dtype)
    direction = -inverse * slope
    length = np.ones(n_problems, dtype=dtype)
    downhill = _dots(direction, slope)

    for used in range(1, max_iterations + 1):
        done = (norm <= tolerance) | (stale >= patience)
        if done.any():
            solution[active[done]] = point[done]
            final_norm[active[done]] = norm[done]
            iterations[active[done]] = used
            keep = ~done
            if not keep.any():
                active = active[:0]
                break
            active, point, inverse, slope, norm = (a[keep] for a in (active, point, inverse, slope, norm))
            best, stale, gamma, direction = (a[keep] for a in (best, stale, gamma, direction))
            length, downhill = length[keep], downhill[keep]
            steps, turns = [s[keep] for s in steps], [t[keep] for t in turns]
            weights = [w[keep] for w in weights]

        step = length[:, None] * direction
        trial = point + step
        trial_slope = gradient(trial, active)
        end = _dots(trial_slope, direction)
        trial_norm = _norm(trial_slope, inverse)
        accepted = (end <= 0.9 * np.abs(downhill)) | (trial_norm < norm)
        if not accepted.all():
            # The secant through both slopes; never below a tenth, so that a poor slope cannot stall the line.
            ratio = np.abs(downhill) / (np.abs(downhill) + np.maximum(end, 0) + np.finfo(dtype).tiny)
            length = np.where(accepted, length, length * np.clip(ratio, 0.1, 0.7)).astype(dtype)
            step = np.where(accepted[:, None], step, 0)
            trial = np.where(accepted[:, None], trial, point)
            trial_slope = np.where(accepted[:, None], trial_slope, slope)
            trial_norm = np.where(accepted, trial_norm, norm)
        turn = trial_slope - slope
        product = _dots(step, turn)
        scaled = _dots(turn * inverse, turn)
        useful = product > 1e-3 * np.finfo(dtype).eps * scaled
        safe_product = np.where(useful, product, 1)
        steps.append(step)
        turns.append(turn)
        weights.append(np.where(useful, 1 / safe_product, 0).astype(dtype))
        gamma = np.where(useful, safe_product / np.where(useful, scaled, 1), gamma).astype(dtype)
        if len(steps) > memory:
            steps.pop(0)
            turns.pop(0)
            weights.pop(0)

        point, slope, norm = trial, trial_slope, trial_norm
        improved = norm < 0.9 * best
        stale = np.where(improved, 0, stale + 1)
        best = np.where(improved, norm, best)
        fresh = _direction(slope, inverse, gamma, steps, turns, weights)
        fresh_downhill = _dots(fresh, slope)
        wrong = fresh_downhill >= 0
        if wrong.any():
            fresh = np.where(wrong[:, None], -inverse * slope, fresh)
            fresh_downhill = _dots(fresh, slope)
        if accepted.all():
            direction, downhill = fresh, fresh_downhill
            length = np.ones(len(active), dtype=dtype)
        else:
            direction = np.where(accepted[:, None], fresh, direction)
            downhill = np.where(accepted, fresh_downhill, downhill)
            length = np.where(accepted, 1, length).astype(dtype)

    if active.size:
        solution[active] = point
        final_norm[active] = norm
        iterations[active] = max_iterations
    return Minimum(solution, final_norm, final_norm <= tolerance, iterations)


def _dots(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", left, right)


def _norm(slope: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("ij,ij,ij->i", slope, slope, inverse)).astype(np.float64)


def _direction(
    slope: np.ndarray,
    inverse: np.ndarray,
    gamma: np.ndarray,
    steps: list[np.ndarray],
    turns: list[np.ndarray],
    weights: list[np.ndarray],
) -> np.ndarray:
    """The two loops: minus the inverse Hessian estimate times the slope."""
    vector = -slope
    kept = []
    for step, turn, weight in zip(reversed(steps), reversed(turns), reversed(weights), strict=True):
        alpha = weight * _dots(step, vector)
        vector -= alpha[:, None] * turn
        kept.append(alpha)
    vector *= inverse
    vector *= gamma[:, None]
    for step, turn, weight, alpha in zip(steps, turns, weights, reversed(kept), strict=True):
        beta = weight * _dots(turn, vector)
        vector += (alpha - beta)[:, None] * step
    return vector
