"""The scikit-learn loops that the probes are timed against."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed, parallel_config
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits


@dataclass(frozen=True, kw_only=True)
class Size:
    """One row of the table.

    Attributes:
        n, dim, n_classes: shape of every layer's embedding, with its labels.
        strength: of the signal in the labels; 0.25 is like market data, 3 is nearly separable.
    """

    n: int
    dim: int
    n_classes: int
    strength: float = 0.25


def layer_embedding(size: Size, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """float32 (n, dim) like a hidden layer's, correlated features of falling spread, with int labels (n,)."""
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((size.n, 24), dtype=np.float32)
    mixing = rng.standard_normal((24, size.dim), dtype=np.float32)
    noise = rng.standard_normal((size.n, size.dim), dtype=np.float32)
    X = np.tanh(0.4 * latent @ mixing) + 0.3 * noise * np.geomspace(1, 0.03, size.dim, dtype=np.float32)
    logits = latent @ rng.standard_normal((24, size.n_classes)) * size.strength
    return X.astype(np.float32), (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)


def spread_over(jobs: int, function: Callable[..., np.ndarray], tasks: Sequence[tuple]) -> list[np.ndarray]:
    """Results of all tasks; linear algebra stays on one thread for each job.

    With several jobs joblib runs them and only the last row of each result comes back: a study keeps scores, and
    sending probabilities between processes is no part of what is timed.
    """
    with threadpool_limits(limits=1), parallel_config(inner_max_num_threads=1, backend="loky"):
        if jobs == 1:
            return [function(*task) for task in tasks]
        return Parallel(n_jobs=jobs)(delayed(_last_row)(function, *task) for task in tasks)


def _last_row(function: Callable[..., np.ndarray], *task: object) -> np.ndarray:
    return function(*task)[..., -1:, :]


def fit_one(X: np.ndarray, y: np.ndarray, C: float, tol: float, solver: str) -> np.ndarray:
    """Probabilities (n, n_classes) on the training rows; X is standardised already."""
    return LogisticRegression(C=C, tol=tol, solver=solver, max_iter=100_000).fit(X, y).predict_proba(X)


def logistic_loop(
    layers: Sequence[tuple[np.ndarray, np.ndarray]],
    Cs: Sequence[float],
    tol: float,
    *,
    solver: str,
    jobs: int,
) -> list[np.ndarray]:
    """One fit for every layer and C, as a careful user would write it: standardised once a layer."""
    scaled = [(StandardScaler().fit_transform(X.astype(np.float64)), y) for X, y in layers]
    tasks = [(X, y, C) for X, y in scaled for C in Cs]
    return spread_over(jobs, fit_one, [(X, y, C, tol, solver) for X, y, C in tasks])


def knn_one(X: np.ndarray, y: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
    return KNeighborsClassifier(k, algorithm="brute").fit(X, y).predict_proba(queries)


def knn_loop(
    layers: Sequence[tuple[np.ndarray, np.ndarray]], n_queries: int, ks: Sequence[int], *, jobs: int
) -> list[np.ndarray]:
    """One classifier for every layer and k; the last n_queries rows ask, the others answer."""
    tasks = [(X[:-n_queries], y[:-n_queries], X[-n_queries:], k) for X, y in layers for k in ks]
    return spread_over(jobs, knn_one, tasks)


def seconds(function, *arguments, **options) -> tuple[float, object]:  # type: ignore[no-untyped-def]
    """Wall time of one call with what it returns."""
    start = time.perf_counter()
    result = function(*arguments, **options)
    return time.perf_counter() - start, result
