"""The features of a logistic regression in coordinates where its Hessian is close to diagonal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from probes.logistic.standardise import Standardiser

# Rows are taken in pieces that stay in a core's cache, so that features are read once per gradient, not twice.
PIECE_BYTES = 1 << 20
# Wider than this, turning the features in float64 costs more than it saves later.
WIDE = 128


class TurnedDesign:
    """Uncorrelated features of unit variance with a column of ones, stored as float32 (n, rank + 1)."""

    dtype = np.float32

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        self.n = len(array)

    def enter(self, points: np.ndarray) -> np.ndarray:
        """Weights (m, rank + 1) of the stored columns for points (m, rank + 1): the same."""
        return points

    def pieces(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Row ranges with their rows (k, rank + 1)."""
        for rows in row_pieces(self.array):
            yield rows, self.array[rows]

    def leave(self, slopes: np.ndarray) -> np.ndarray:
        """Slopes (m, rank + 1) in the points for slopes in the stored columns: the same."""
        return slopes


class ExactDesign:
    """The same features made from X in float64 whenever they are asked for, so that nothing large is held.

    Args:
        X: (n, dim). mean: float64 (dim,).
        back: float64 (dim, rank), turns a point into weights of X - mean.
    """

    dtype = np.float64

    def __init__(self, X: np.ndarray, mean: np.ndarray, back: np.ndarray) -> None:
        self.X, self.mean, self.back = X, mean, back
        self.n = len(X)

    def enter(self, points: np.ndarray) -> np.ndarray:
        """Weights (m, dim + 1) of X - mean, with the intercept, for points (m, rank + 1)."""
        return np.column_stack([points[:, :-1] @ self.back.T, points[:, -1:]])

    def pieces(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Row ranges with their rows (k, dim + 1) of X - mean, then ones; overwritten by the next."""
        buffer: np.ndarray | None = None
        for rows in row_pieces(self.X):
            k = min(rows.stop, self.n) - rows.start
            if buffer is None:
                buffer = np.ones((k, self.X.shape[1] + 1))
            np.subtract(self.X[rows], self.mean, out=buffer[:k, :-1])
            yield rows, buffer[:k]

    def leave(self, slopes: np.ndarray) -> np.ndarray:
        """Slopes (m, rank + 1) in the points for slopes (m, dim + 1) in the weights."""
        return np.column_stack([slopes[:, :-1] @ self.back, slopes[:, -1:]])


def make_designs(X: np.ndarray, standardiser: Standardiser) -> tuple[TurnedDesign, ExactDesign, np.ndarray]:
    """Both designs of X (n, dim), with float64 (dim, rank) that turns a point into weights of standardised features.

    Directions without variance are left out: no data speaks for them, and the penalty puts their weight at zero.
    """
    n, dim = X.shape
    scale = standardiser.inverse_scale
    # Enough rows that adding up the Gram matrix of a wide design is little beside computing it.
    pieces = row_pieces(X, at_least=4 * dim)
    buffer = np.empty((pieces[0].stop, dim))
    gram = np.zeros((dim, dim))
    for rows in pieces:
        piece = _standardised(X[rows], standardiser.mean, scale, buffer)
        gram += piece.T @ piece
    values, vectors = np.linalg.eigh(gram / n)
    kept = values > max(values[-1], 0.0) * dim * 10 * np.finfo(np.float64).eps
    back = vectors[:, kept] / np.sqrt(values[kept])
    array = np.empty((n, back.shape[1] + 1), dtype=np.float32)
    array[:, -1] = 1.0
    turn = back if dim <= WIDE else back.astype(np.float32)
    for rows in pieces:
        piece = _standardised(X[rows], standardiser.mean, scale, buffer)
        array[rows, :-1] = piece.astype(turn.dtype, copy=False) @ turn
    return TurnedDesign(array), ExactDesign(X, standardiser.mean, scale[:, None] * back), back


def _standardised(X: np.ndarray, mean: np.ndarray, scale: np.ndarray, buffer: np.ndarray) -> np.ndarray:
    piece = np.subtract(X, mean, out=buffer[: len(X)])
    piece *= scale
    return piece


def row_pieces(array: np.ndarray, *, at_least: int = 256) -> list[slice]:
    """Slices over the rows of (n, size), about a megabyte of float64 each unless that is fewer than at_least rows."""
    rows = max(at_least, PIECE_BYTES // (8 * max(1, array.shape[1])))
    return [slice(i, min(i + rows, len(array))) for i in range(0, len(array), rows)]
