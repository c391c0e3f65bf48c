"""Gradient of the mean log-loss for many weight vectors on one design."""

from __future__ import annotations

import numpy as np

from probes.logistic.design import ExactDesign, TurnedDesign


class BinaryGradient:
    """Gradients of mean(log-loss) + sum(ridge * v²) / 2 for two classes.

    Args:
        design: n rows, size columns in its points.
        labels: int (n,), 0 or 1.
        ridge: (n_problems, size), one ridge vector a problem.
    """

    def __init__(
        self,
        design: TurnedDesign | ExactDesign,
        labels: np.ndarray,
        ridge: np.ndarray,
    ) -> None:
        self.design = design
        self.ridge = ridge.astype(design.dtype)
        # sigmoid(z) - y = (tanh(z / 2) - (2y - 1)) / 2: one vectorised function, no overflow.
        self.signs: np.ndarray = (2 * labels - 1).astype(design.dtype)[:, None]

    def __call__(self, points: np.ndarray, problems: np.ndarray) -> np.ndarray:
        """points (m, size) -> gradients (m, size) of the named problems."""
        weights = self.design.enter(points)
        half = np.ascontiguousarray((0.5 * weights).T)
        total = np.zeros_like(weights)
        for rows, features in self.design.pieces():
            residual = features @ half
            np.tanh(residual, out=residual)
            residual -= self.signs[rows]
            total += residual.T @ features
        total *= 0.5 / self.design.n
        return self.design.leave(total) + self.ridge[problems] * points


class SoftmaxGradient:
    """Gradients of mean(log-loss) + sum(ridge * v²) / 2 for n_classes classes.

    A point (n_classes * size,) is the row-major matrix (n_classes, size); ridge (n_problems, size) is shared by the
    classes. Other arguments as in BinaryGradient.
    """

    def __init__(
        self,
        design: TurnedDesign | ExactDesign,
        labels: np.ndarray,
        ridge: np.ndarray,
        n_classes: int,
    ) -> None:
        self.design = design
        self.n_classes = n_classes
        self.ridge = ridge.astype(design.dtype)[:, None, :]
        one_hot = (np.arange(n_classes)[:, None] == labels[None, :]).astype(design.dtype)
        self.targets = one_hot[:, None, :]

    def __call__(self, points: np.ndarray, problems: np.ndarray) -> np.ndarray:
        """points (m, n_classes * size) -> gradients (m, n_classes * size) of the named problems."""
        count = len(points)
        matrices = points.reshape(count, self.n_classes, -1)
        by_class = np.ascontiguousarray(matrices.transpose(1, 0, 2)).reshape(self.n_classes * count, -1)
        weights = self.design.enter(by_class)
        total = np.zeros_like(weights)
        for rows, features in self.design.pieces():
            logits = (weights @ features.T).reshape(self.n_classes, count, -1)
            logits -= logits.max(axis=0)
            np.exp(logits, out=logits)
            logits /= logits.sum(axis=0)
            logits -= self.targets[:, :, rows]
            total += logits.reshape(len(weights), -1) @ features
        total /= self.design.n
        slopes = self.design.leave(total).reshape(self.n_classes, count, -1).transpose(1, 0, 2)
        return (slopes + self.ridge[problems] * matrices).reshape(points.shape)
