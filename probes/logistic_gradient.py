"""Gradient of the mean log-loss for many weight vectors on one design matrix."""

from __future__ import annotations

import numpy as np

# Rows are taken in pieces that stay in a core's cache, so that a design is read once per gradient, not twice.
PIECE_BYTES = 1 << 20


class BinaryGradient:
    """Gradients of mean(weight * log-loss) + sum(ridge * v²) / 2 for two classes.

    Args:
        design: (n, size), last column ones.
        labels: int (n,), 0 or 1.
        ridge: (n_problems, size), one ridge vector a problem.
        row_weights: (n,) or None.
    """

    def __init__(
        self, design: np.ndarray, labels: np.ndarray, ridge: np.ndarray, row_weights: np.ndarray | None
    ) -> None:
        self.design = design
        self.ridge = ridge.astype(design.dtype)
        # sigmoid(z) - y = (tanh(z / 2) - (2y - 1)) / 2: one vectorised function, no overflow.
        self.signs = (2 * labels - 1).astype(design.dtype)[:, None]
        self.row_weights = None if row_weights is None else row_weights.astype(design.dtype)[:, None]
        self.pieces = _pieces(design)

    def __call__(self, points: np.ndarray, problems: np.ndarray) -> np.ndarray:
        """points (m, size) -> gradients (m, size) of the named problems."""
        half = np.ascontiguousarray((0.5 * points).T)
        total = np.zeros_like(points)
        for piece in self.pieces:
            rows = self.design[piece]
            residual = rows @ half
            np.tanh(residual, out=residual)
            residual -= self.signs[piece]
            if self.row_weights is not None:
                residual *= self.row_weights[piece]
            total += residual.T @ rows
        total *= 0.5 / len(self.design)
        total += self.ridge[problems] * points
        return total


class SoftmaxGradient:
    """Gradients of mean(weight * log-loss) + sum(ridge * v²) / 2 for n_classes classes.

    A point (n_classes * size,) is the row-major matrix (n_classes, size); ridge (n_problems, size) is
    shared by the classes. Other arguments as in BinaryGradient.
    """

    def __init__(
        self,
        design: np.ndarray,
        labels: np.ndarray,
        ridge: np.ndarray,
        row_weights: np.ndarray | None,
        n_classes: int,
    ) -> None:
        self.design = design
        self.n_classes = n_classes
        self.ridge = ridge.astype(design.dtype)[:, None, :]
        one_hot = (np.arange(n_classes)[:, None] == labels[None, :]).astype(design.dtype)
        self.targets = one_hot[:, None, :]
        self.row_weights = None if row_weights is None else row_weights.astype(design.dtype)
        self.pieces = _pieces(design)

    def __call__(self, points: np.ndarray, problems: np.ndarray) -> np.ndarray:
        """points (m, n_classes * size) -> gradients (m, n_classes * size) of the named problems."""
        count, size = len(points), self.design.shape[1]
        weights = points.reshape(count, self.n_classes, size)
        by_class = np.ascontiguousarray(weights.transpose(1, 0, 2)).reshape(-1, size)
        total = np.zeros_like(by_class)
        for piece in self.pieces:
            rows = self.design[piece]
            logits = (by_class @ rows.T).reshape(self.n_classes, count, -1)
            logits -= logits.max(axis=0)
            np.exp(logits, out=logits)
            logits /= logits.sum(axis=0)
            logits -= self.targets[:, :, piece]
            if self.row_weights is not None:
                logits *= self.row_weights[piece]
            total += logits.reshape(by_class.shape[0], -1) @ rows
        total /= len(self.design)
        gradient = (
            total.reshape(self.n_classes, count, size).transpose(1, 0, 2) + self.ridge[problems] * weights
        )
        return np.ascontiguousarray(gradient).reshape(points.shape)


def _pieces(design: np.ndarray) -> list[slice]:
    rows = max(256, PIECE_BYTES // max(1, design.shape[1] * design.itemsize))
    return [slice(i, min(i + rows, len(design))) for i in range(0, len(design), rows)]
