"""Linear CKA: how alike two embeddings of the same windows are."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np

from probes.errors import ProbeError


def cka(X: np.ndarray, Y: np.ndarray) -> float:
    """|Y'X|² / (|X'X| |Y'Y|), Frobenius norms of centred features.

    Range 0 … 1; 1 = equal up to rotation with one common scale; 0 also when either side is constant.
    High CKA to the raw window = redundant with the input.
    Source: Kornblith et al. 2019, Similarity of neural network representations revisited, equation 3 (linear).

    Args:
        X: (n, dim_x). Y: (n, dim_y).
    """
    if X.ndim != 2 or Y.ndim != 2 or len(X) != len(Y):
        raise ProbeError(f"X has shape {X.shape} but Y has shape {Y.shape}; CKA needs the same rows")
    left, right = _centred(X), _centred(Y)
    if max(left.shape[1], right.shape[1]) <= len(left):
        shared = np.square(right.T @ left).sum()
        own = np.linalg.norm(left.T @ left) * np.linalg.norm(right.T @ right)
    else:
        gram_left, gram_right = left @ left.T, right @ right.T
        shared = (gram_left * gram_right).sum()
        own = np.linalg.norm(gram_left) * np.linalg.norm(gram_right)
    return float(min(max(shared / own, 0.0), 1.0)) if own > 0 else 0.0


def cka_matrix(
    embeddings: Mapping[Hashable, np.ndarray], *, max_rows: int = 2000
) -> tuple[list[Hashable], np.ndarray]:
    """Keys in their order, with float64 (m, m): linear CKA between every two embeddings.

    Past max_rows an even subsample of the rows is used. The diagonal is 1, or 0 for a constant embedding.

    Args:
        embeddings: key -> (n, dim), the same n rows everywhere; dims may differ.
    """
    keys = list(embeddings)
    if not keys:
        raise ProbeError("no embeddings given; the CKA matrix needs at least one")
    lengths = {len(embeddings[key]) for key in keys}
    if len(lengths) > 1:
        raise ProbeError(f"embeddings have {sorted(lengths)} rows; CKA needs the same rows everywhere")
    n = lengths.pop()
    rows = np.arange(n)
    if n > max_rows:
        rows = np.round(np.linspace(0, n - 1, max_rows)).astype(np.int64)
    parts = []
    for key in keys:
        part = _centred(embeddings[key][rows])
        # A wide embedding is replaced by a narrower one with the same Gram matrix between rows.
        if part.shape[1] > len(rows):
            part = np.asarray(np.linalg.qr(part.T, mode="r")).T
        norm = np.sqrt(np.linalg.norm(part.T @ part))
        parts.append(part / norm if norm > 0 else part)
    matrix = np.empty((len(keys), len(keys)))
    for i, left in enumerate(parts):
        for j in range(i, len(parts)):
            matrix[i, j] = matrix[j, i] = min(np.square(left.T @ parts[j]).sum(), 1.0)
    return keys, matrix


def _centred(X: np.ndarray) -> np.ndarray:
    X = np.asarray(X, dtype=np.float64)
    constant = X.max(axis=0) == X.min(axis=0)
    centred = X - X.mean(axis=0)
    centred[:, constant] = 0.0
    return centred
