"""L2 logistic regression for a whole path of C at once, solved to convergence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from probes.errors import ProbeError
from probes.logistic.design import ExactDesign, TurnedDesign, make_designs
from probes.logistic.gradient import BinaryGradient, SoftmaxGradient
from probes.logistic.lbfgs import minimise
from probes.logistic.standardise import Standardiser

SINGLE_TOLERANCE = 3e-5
DOUBLE_TOLERANCE = 1e-7
# Where float32 gradients begin to be noise.
ROUGH_TOLERANCE = 1e-5
DEFAULT_CS: tuple[float, ...] = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3)


@dataclass(frozen=True)
class LogisticPath:
    """The solutions for every C of one embedding.

    Attributes:
        Cs: float64 (n_C,).
        coefficients: float64 (n_C, n_outputs, dim), on standardised features; n_outputs is 1 where one or two
            classes occurred, else the number that occurred.
        intercepts: float64 (n_C, n_outputs).
        standardiser: what the features were standardised with.
        n_classes: number of classes.
        classes: int64, those that occurred among the labels; the others get probability 0.
        converged: bool (n_C,).
        iterations: int64 (n_C,), gradient evaluations.
        gradient_norm: float64 (n_C,): sqrt(g' H⁻¹ g) with H the diagonal guess of the Hessian, which is
            about twice the root mean square error of the probabilities.
    """

    Cs: np.ndarray
    coefficients: np.ndarray
    intercepts: np.ndarray
    standardiser: Standardiser
    n_classes: int
    classes: np.ndarray
    converged: np.ndarray
    iterations: np.ndarray
    gradient_norm: np.ndarray

    def decision(self, X: np.ndarray) -> np.ndarray:
        """float64 (n_C, n, n_outputs): logits of X (n, dim)."""
        _check_matrix(X, dim=self.coefficients.shape[2])
        n_C, n_outputs, dim = self.coefficients.shape
        # Scaling the few weights instead of the many features saves a pass over X.
        weights = self.coefficients.reshape(-1, dim) * self.standardiser.inverse_scale
        flat = np.subtract(X, self.standardiser.mean, dtype=np.float64) @ weights.T
        flat += self.intercepts.reshape(-1)
        return flat.reshape(len(X), n_C, n_outputs).transpose(1, 0, 2)

    def probabilities(self, X: np.ndarray) -> np.ndarray:
        """float64 (n_C, n, n_classes): class probabilities of X (n, dim)."""
        logits = self.decision(X)
        found = np.zeros((*logits.shape[:2], self.n_classes))
        if len(self.classes) == 1:
            found[:, :, self.classes[0]] = 1.0
        elif len(self.classes) == 2:
            positive = 0.5 + 0.5 * np.tanh(0.5 * logits[:, :, 0])
            found[:, :, self.classes[0]], found[:, :, self.classes[1]] = 1.0 - positive, positive
        else:
            logits = np.exp(logits - logits.max(axis=2, keepdims=True))
            found[:, :, self.classes] = logits / logits.sum(axis=2, keepdims=True)
        return found


def fit_logistic_path(
    X: np.ndarray,
    labels: np.ndarray,
    *,
    n_classes: int,
    Cs: Sequence[float] = DEFAULT_CS,
    precision: Literal["double", "single"] = "double",
    tolerance: float | None = None,
    max_iterations: int = 1000,
) -> LogisticPath:
    """Minimise C * sum(log-loss) + ||w||² / 2 for every C, intercept unpenalised, on standardised features.

    The objective is scikit-learn's `LogisticRegression(C=C)` after `StandardScaler`. All Cs share every
    matrix product. The work is done in the eigenbasis of the Gram matrix with unit variances, where the
    Hessian is close to diagonal for every C, first in float32, then (precision "double") polished in float64.
    Directions without variance (constant or duplicated features) are left out: the penalty puts their
    weight at zero. Separable classes need no care, because the penalty keeps the solution finite.

    Args:
        X: (n, dim) float32 or float64.
        labels: int (n,), 0 … n_classes - 1. A class without rows is left out, as
            scikit-learn does, and gets probability 0.
        n_classes: at least 2.
        Cs: inverse penalties, positive; any order.
        precision: "double" for converged solutions; "single" skips the polish, enough to rank values of C.
        tolerance: bound on the preconditioned gradient norm; default 1e-7 double, 3e-5 single.
        max_iterations: gradient evaluations for each phase.

    Raises:
        ProbeError: shapes that do not fit, values that are not finite, a C that is not positive.

    Source: Boehning 1992, Multinomial logistic regression algorithm (the bound behind the diagonal);
    Liu & Nocedal 1989 (L-BFGS).
    """
    _check_matrix(X)
    labels = np.asarray(labels)
    if not (np.issubdtype(labels.dtype, np.integer) or labels.dtype == bool):
        raise ProbeError(f"labels have dtype {labels.dtype}; give integers 0 … n_classes - 1")
    labels = labels.astype(np.int64)
    if labels.shape != (len(X),):
        raise ProbeError(f"labels have shape {labels.shape} but X has shape {X.shape}; give one label a row")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ProbeError(
            f"labels reach from {labels.min()} to {labels.max()}; n_classes is {n_classes}, so use 0 … {n_classes - 1}"
        )
    C = np.asarray(Cs, dtype=np.float64)
    if C.ndim != 1 or C.size == 0 or not np.all(np.isfinite(C) & (C > 0)):
        raise ProbeError(f"Cs must be positive finite numbers, got {list(np.atleast_1d(C))}")

    classes, labels = np.unique(labels, return_inverse=True)
    standardiser = Standardiser.fit(X)
    if len(classes) == 1:
        return LogisticPath(
            Cs=C,
            coefficients=np.zeros((len(C), 1, X.shape[1])),
            intercepts=np.zeros((len(C), 1)),
            standardiser=standardiser,
            n_classes=n_classes,
            classes=classes,
            converged=np.ones(len(C), dtype=bool),
            iterations=np.zeros(len(C), dtype=np.int64),
            gradient_norm=np.zeros(len(C)),
        )
    turned, exact, back = make_designs(X, standardiser)
    # A weight v on a direction of variance 1 is a coefficient of squared length sum(back²) v².
    ridge = np.append((back**2).sum(axis=0), 0.0)[None, :] / (C[:, None] * len(X))
    start, curvature = _start(labels, len(classes), ridge)

    def gradient(design: TurnedDesign | ExactDesign) -> BinaryGradient | SoftmaxGradient:
        if len(classes) == 2:
            return BinaryGradient(design, labels, ridge)
        return SoftmaxGradient(design, labels, ridge, len(classes))

    if tolerance is None:
        tolerance = DOUBLE_TOLERANCE if precision == "double" else SINGLE_TOLERANCE
    minimum = minimise(
        gradient(turned),
        start.astype(np.float32),
        curvature,
        tolerance=tolerance if precision == "single" else max(tolerance, ROUGH_TOLERANCE),
        max_iterations=max_iterations,
    )
    iterations = minimum.iterations
    if precision == "double":
        minimum = minimise(
            gradient(exact),
            minimum.solution.astype(np.float64),
            curvature,
            tolerance=tolerance,
            max_iterations=max_iterations,
            patience=100,
        )
        iterations = iterations + minimum.iterations
    solved = minimum.solution.astype(np.float64).reshape(len(C), -1, ridge.shape[1])
    return LogisticPath(
        Cs=C,
        coefficients=solved[:, :, :-1] @ back.T,
        intercepts=solved[:, :, -1],
        standardiser=standardiser,
        n_classes=n_classes,
        classes=classes,
        converged=minimum.converged,
        iterations=iterations,
        gradient_norm=minimum.gradient_norm,
    )


def _start(labels: np.ndarray, n_classes: int, ridge: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the class shares alone, with the diagonal of the Hessian there; both (n_C, n_outputs * size)."""
    prior = np.bincount(labels, minlength=n_classes) / len(labels)
    outputs = 1 if n_classes == 2 else n_classes
    start = np.zeros((len(ridge), outputs, ridge.shape[1]))
    if n_classes == 2:
        start[:, 0, -1] = np.log(prior[1] / prior[0])
        expected = float(prior[0] * prior[1])
    else:
        start[:, :, -1] = np.log(prior) - np.log(prior).mean()
        expected = float((prior * (1 - prior)).sum() / (n_classes - 1))
    curvature = np.repeat((ridge + expected)[:, None, :], outputs, axis=1)
    return start.reshape(len(ridge), -1), curvature.reshape(len(ridge), -1)


def _check_matrix(X: np.ndarray, dim: int | None = None) -> None:
    if X.ndim != 2 or 0 in X.shape:
        raise ProbeError(f"X must be a non-empty (n, dim) matrix, got shape {X.shape}")
    if dim is not None and X.shape[1] != dim:
        raise ProbeError(f"X has shape {X.shape} but the probe was fitted on {dim} features")
    if not np.isfinite(X.sum(dtype=np.float64)) and not np.isfinite(X).all():
        row, column = np.argwhere(~np.isfinite(X))[0]
        raise ProbeError(f"X[{row}, {column}] is {X[row, column]}; probes need finite values")
