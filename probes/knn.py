"""Nearest-neighbour class shares for every k from one search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from probes.errors import ProbeError
from probes.smallest import smallest

DEFAULT_KS: tuple[int, ...] = (3, 5, 9, 17, 33, 65, 129, 257)
PIECE_BYTES = 1 << 20
# Classes whose number takes few enough of a distance's last bits.
MOST_CODED = 16


@dataclass(frozen=True)
class Neighbours:
    """The nearest bank rows of every query, nearest first.

    Attributes:
        index: int64 (n_queries, k), rows of the bank.
        distance: float64 (n_queries, k), Euclidean.
    """

    index: np.ndarray
    distance: np.ndarray


def find_neighbours(
    bank: np.ndarray,
    queries: np.ndarray,
    *,
    k: int,
    dtype: type = np.float64,
) -> Neighbours:
    """The k nearest rows of bank (n_bank, dim) for queries (n_queries, dim), brute force.

    Equal distances go to the earlier bank row, so the answer is a function of the data alone. With k above
    n_bank all rows are neighbours.

    Args:
        dtype: of the distance arithmetic; float32 is several times as fast and may swap neighbours whose
            distances agree to about seven digits.

    Raises:
        ProbeError: widths that differ, k below 1, values that are not finite.
    """
    pieces = list(_search(bank, queries, k, dtype))
    return Neighbours(np.concatenate([p[0] for p in pieces]), np.concatenate([p[1] for p in pieces]))


def knn_shares(
    bank: np.ndarray,
    bank_labels: np.ndarray,
    queries: np.ndarray,
    ks: Sequence[int],
    *,
    n_classes: int,
    dtype: type = np.float64,
) -> np.ndarray:
    """float64 (len(ks), n_queries, n_classes): share of each class among the k nearest, all k from one search.

    `neighbour_shares` of `find_neighbours`, without holding the neighbours of all queries at once.
    """
    if not len(ks) or min(ks) < 1:
        raise ProbeError(f"ks are {list(ks)}; at least 1 neighbour is needed")
    if dtype != np.float64 and n_classes <= MOST_CODED:
        _check(bank, queries, max(ks))
        return _coded_shares(bank, bank_labels, queries, ks, n_classes)
    parts = [
        _shares(bank_labels[index], ks, n_classes) for index, _ in _search(bank, queries, max(ks), dtype)
    ]
    return np.concatenate(parts, axis=1)


def neighbour_shares(
    bank_labels: np.ndarray, neighbours: Neighbours, ks: Sequence[int], *, n_classes: int
) -> np.ndarray:
    """float64 (len(ks), n_queries, n_classes): share of each class among the first k neighbours.

    A k above the number of neighbours found uses all of them. Equal to scikit-learn's
    `KNeighborsClassifier(n_neighbors=k).predict_proba`.
    """
    if not len(ks) or min(ks) < 1:
        raise ProbeError(f"ks are {list(ks)}; at least 1 neighbour is needed")
    return _shares(bank_labels[neighbours.index], ks, n_classes)


def _shares(found: np.ndarray, ks: Sequence[int], n_classes: int) -> np.ndarray:
    """(len(ks), n, n_classes) from the neighbours' labels found (n, k), nearest first."""
    ends = np.array([min(int(k), found.shape[1]) for k in ks])
    shares = np.empty((len(ends), len(found), n_classes))
    for c in range(1, n_classes):
        totals = np.cumsum(found == c, axis=1, dtype=np.int32)
        shares[:, :, c] = (totals[:, ends - 1] / ends).T
    shares[:, :, 0] = 1.0 - shares[:, :, 1:].sum(axis=2) if n_classes > 2 else 1.0 - shares[:, :, 1]
    return np.clip(shares, 0.0, 1.0, out=shares)


def _search(
    bank: np.ndarray, queries: np.ndarray, k: int, dtype: type
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Neighbours of successive pieces of the queries: index int64 (m, k), distance float64 (m, k)."""
    _check(bank, queries, k)
    search = _exact if dtype == np.float64 else _single
    return search(bank, queries, min(k, len(bank)))


def _check(bank: np.ndarray, queries: np.ndarray, k: int) -> None:
    if bank.ndim != 2 or queries.ndim != 2 or bank.shape[1] != queries.shape[1] or 0 in bank.shape:
        raise ProbeError(
            f"bank has shape {bank.shape} but queries have shape {queries.shape}; both must be (rows, dim)"
        )
    if k < 1:
        raise ProbeError(f"k is {k}; at least 1 neighbour is needed")
    for name, array in (("bank", bank), ("queries", queries)):
        if not np.isfinite(array).all():
            row, column = np.argwhere(~np.isfinite(array))[0]
            raise ProbeError(f"{name}[{row}, {column}] is {array[row, column]}; probes need finite values")


def _coded_shares(
    bank: np.ndarray, bank_labels: np.ndarray, queries: np.ndarray, ks: Sequence[int], n_classes: int
) -> np.ndarray:
    """`knn_shares` in float32, each neighbour's class in the last bits of its distance.

    Half as many bits are partitioned and sorted as by `_single`, which also carries the row. Queries with another row
    as far as their k-th neighbour, by the bits that are left, are searched by that.
    """
    bits = max(1, (n_classes - 1).bit_length())
    below = np.int32((1 << bits) - 1)
    labels = bank_labels.astype(np.int32)
    k = min(max(ks), len(bank))
    kept = min(k + 1, len(bank))
    ends = np.array([min(int(one), k) for one in ks])
    inner = ends[ends < len(bank)]
    shares = np.empty((len(ends), len(queries), n_classes))
    doubtful = np.zeros(len(queries), dtype=bool)
    for rows, product, _ in _squares(bank, queries, 4):
        codes = product.view(np.int32)
        np.bitwise_and(codes, ~below, out=codes)
        np.bitwise_or(codes, labels, out=codes)
        nearest = smallest(codes, kept)
        shares[:, rows] = _shares(nearest[:, :k] & below, ks, n_classes)
        far = nearest >> bits
        doubtful[rows] = (far[:, inner - 1] == far[:, inner]).any(axis=1)
    if doubtful.any():
        parts = [
            _shares(bank_labels[index], ks, n_classes) for index, _ in _single(bank, queries[doubtful], k)
        ]
        shares[:, doubtful] = np.concatenate(parts, axis=1)
    return shares


def _single(bank: np.ndarray, queries: np.ndarray, k: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The search in float32.

    Distance bits and row number share one 64-bit integer, non-negative floats keeping their order as
    integers, so that partition and sort carry the row along as the tie break.
    """
    n_bank = len(bank)
    for _, product, offset in _squares(bank, queries, 8):
        count = len(product)
        keys = np.empty((count, n_bank), dtype=np.int64)
        halves = keys.view(np.int32).reshape(count, n_bank, 2)
        low, high = (0, 1) if np.little_endian else (1, 0)
        halves[:, :, low] = np.arange(n_bank, dtype=np.int32)
        halves[:, :, high] = product.view(np.int32)
        block = keys if k == n_bank else np.partition(keys, k - 1, axis=1)[:, :k]
        nearest = np.sort(block, axis=1)
        parts = nearest.view(np.int32).reshape(count, k, 2)
        found = parts[:, :, high].copy().view(np.float32) - offset[:, None]
        np.maximum(found, 0.0, out=found)
        yield parts[:, :, low].astype(np.int64), np.sqrt(found, dtype=np.float64)


def _squares(
    bank: np.ndarray, queries: np.ndarray, cell: int
) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Squared distances of successive pieces of the queries to all of the bank, and what was added to those of each
    query, float32 (m, n_bank) and (m,), in memory that the next piece takes again.

    A piece takes PIECE_BYTES where `cell` bytes are needed for each distance. They are positive, so that their bits
    order as integers.
    """
    centre = bank.mean(axis=0, dtype=np.float64)
    bank32, queries32 = (np.asarray(a - centre, dtype=np.float32) for a in (bank, queries))
    n_bank, dim = bank32.shape
    # [q, |q|² + offset, 1] · [-2b, 1, |b|²] is the squared distance: the norms ride along in the matrix product.
    # The offset, the same for all neighbours of a query, keeps rounded zeros positive.
    right = np.ones((dim + 2, n_bank), dtype=np.float32)
    left = np.ones((len(queries32), dim + 2), dtype=np.float32)
    left[:, :dim] = queries32
    own, theirs = (np.einsum("ij,ij->i", a, a) for a in (queries32, bank32))
    offset = 1e-5 * (own + theirs.max()) + np.finfo(np.float32).tiny
    right[:dim], right[dim + 1] = -2.0 * bank32.T, theirs
    left[:, dim] = own + offset
    piece = max(16, PIECE_BYTES // (cell * n_bank))
    product = np.empty((piece, n_bank), dtype=np.float32)
    for begin in range(0, len(left), piece):
        rows = slice(begin, min(begin + piece, len(left)))
        found = product[: rows.stop - begin]
        np.matmul(left[rows], right, out=found)
        yield rows, found, offset[rows]


def _exact(bank: np.ndarray, queries: np.ndarray, k: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All distances in float64, ordered by distance then row."""
    bank64, queries64 = (np.asarray(a, dtype=np.float64) for a in (bank, queries))
    centre = bank64.mean(axis=0)
    bank64, queries64 = bank64 - centre, queries64 - centre
    squares = np.einsum("ij,ij->i", bank64, bank64)
    piece = max(16, 8 * PIECE_BYTES // (8 * len(bank64)))
    for begin in range(0, len(queries64), piece):
        rows = queries64[begin : begin + piece]
        product = rows @ bank64.T
        gap = np.maximum(np.einsum("ij,ij->i", rows, rows)[:, None] + squares - 2.0 * product, 0.0)
        chosen = _smallest(gap, k)
        yield chosen, np.sqrt(np.take_along_axis(gap, chosen, axis=1))


def _smallest(gap: np.ndarray, k: int) -> np.ndarray:
    """int64 (n, k): columns of the k smallest values a row, ties to the earlier column."""
    if k < gap.shape[1]:
        limit = np.partition(gap, k - 1, axis=1)[:, k - 1 : k]
        below = gap < limit
        # Columns at the limit are taken from the left until k are in.
        room = k - below.sum(axis=1, keepdims=True)
        at = gap == limit
        taken = below | (at & (np.cumsum(at, axis=1) <= room))
        columns = np.nonzero(taken)[1].reshape(len(gap), k)
    else:
        columns = np.broadcast_to(np.arange(k), gap.shape)
    order = np.argsort(np.take_along_axis(gap, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)
