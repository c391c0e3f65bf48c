"""LogME: how much evidence a Bayesian linear model finds for the labels in an embedding."""

from __future__ import annotations

import numpy as np

from probes.errors import ProbeError


def logme(X: np.ndarray, y: np.ndarray, *, max_iterations: int = 100, tolerance: float = 1e-5) -> float:
    """Mean over classes of the log evidence per row of one-hot labels, maximised over both precisions.

    For features F (n, dim) with targets t: log p(t | F, alpha, beta) / n, where weights have prior N(0, I / alpha)
    and noise has precision beta. alpha and beta follow the fixed point alpha = gamma / |m|²,
    beta = (n - gamma) / |Fm - t|², gamma = sum(beta s² / (alpha + beta s²)), run to convergence.
    As published there is no centring, no intercept; X as it is.

    Range: real numbers (per row, so comparable between n), higher is better.
    Source: You et al. 2021, LogME: practical assessment of pre-trained models, algorithm 1;
    the fixed point in the eigenbasis, You et al. 2022, section 4.3.

    Args:
        X: (n, dim), n at least 2.
        y: int (n,), at least two classes.
    """
    F = np.asarray(X, dtype=np.float64)
    n, dim = F.shape
    present = np.unique(y)
    if len(present) < 2:
        raise ProbeError(f"all {len(y)} labels are class {present[0]}; LogME needs two classes")
    if dim <= n:
        squares, axes = np.linalg.eigh(F.T @ F)
    else:
        _, singular, rows = np.linalg.svd(F, full_matrices=False)
        squares, axes = singular**2, rows.T
    squares = np.maximum(squares, 0.0)
    kept = squares > squares.max() * 1e-14
    squares, axes = squares[kept], axes[:, kept]
    targets = (np.asarray(y)[:, None] == present).astype(np.float64)
    # Two classes have mirrored targets but, without an intercept, not mirrored evidence: both are needed.
    projected = (axes.T @ (F.T @ targets)).T
    energy = targets.sum(axis=0)
    alpha = np.ones(len(present))
    beta = np.ones(len(present))
    for _ in range(max_iterations):
        weights, residual, gamma = _posterior(alpha, beta, squares, projected, energy)
        length = np.maximum((weights**2).sum(axis=1), 1e-300)
        new_alpha = np.clip(gamma / length, 1e-12, 1e12)
        new_beta = np.clip((n - gamma) / np.maximum(residual, 1e-300), 1e-12, 1e12)
        change = np.maximum(np.abs(new_alpha / alpha - 1), np.abs(new_beta / beta - 1))
        alpha, beta = new_alpha, new_beta
        if change.max() < tolerance:
            break
    weights, residual, _ = _posterior(alpha, beta, squares, projected, energy)
    log_determinant = np.log(alpha[:, None] + beta[:, None] * squares).sum(axis=1)
    log_determinant += (dim - len(squares)) * np.log(alpha)
    evidence = 0.5 * (
        n * np.log(beta)
        + dim * np.log(alpha)
        - n * np.log(2 * np.pi)
        - beta * residual
        - alpha * (weights**2).sum(axis=1)
        - log_determinant
    )
    return float((evidence / n).mean())


def _posterior(
    alpha: np.ndarray, beta: np.ndarray, squares: np.ndarray, projected: np.ndarray, energy: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean weights (k, r), squared residual (k,), effective parameters (k,) in the eigenbasis."""
    precision = alpha[:, None] + beta[:, None] * squares
    weights = beta[:, None] * projected / precision
    residual = energy - 2 * (weights * projected).sum(axis=1) + (weights**2 * squares).sum(axis=1)
    gamma = (beta[:, None] * squares / precision).sum(axis=1)
    return weights, np.maximum(residual, 0.0), gamma
