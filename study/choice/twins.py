"""Candidates that give the same answer: one candidate under several names."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata

from study.metrics import ALIKE


def earliest_alike(probability: np.ndarray, *, labels: bool = False) -> np.ndarray:
    """int64 (k,): for each candidate of one network the first whose predictions order the windows as its own do.

    As its own do: the Spearman correlation over the windows, for more than two classes the mean over the classes, is
    above ALIKE. Predictions that are constant order nothing and are alike. A layer that passes on what it is given (an
    activation, dropout, a reshaping, another pooling of one step) says the same as the one before it.

    Args:
        probability: float (k, n, n_classes), in the order of the forward pass; or (k, n, n_labels).
        labels: whether it is of several labels, each with its own order.
    """
    n_classes = probability.shape[2]
    scored = probability[:, :, 1:] if n_classes == 2 and not labels else probability
    ranks = rankdata(scored, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    flat = np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0).reshape(len(ranks), -1)
    size = np.linalg.norm(flat, axis=1)
    constant = size == 0
    # One more number a candidate, so that those without an order are alike and like no other.
    flat = np.column_stack([flat / np.where(constant, 1.0, size)[:, None], constant]).astype(np.float32)
    alike = flat @ flat.T > ALIKE
    first = np.arange(len(flat))
    leaders: list[int] = []
    for row in range(len(flat)):
        own = [leader for leader in leaders if alike[row, leader]]
        if own:
            first[row] = own[0]
        else:
            leaders.append(row)
    return first


def groups(first: np.ndarray, digests: tuple[bytes, ...]) -> np.ndarray:
    """int64 (m,): the group of each candidate, from 0 in the order of their first members.

    Twins are alike within their network (`first`, as numbers of candidates), or return the same numbers in any network
    (`digests` of the predictions). Networks trained apart do not come that close otherwise.
    """
    seen: dict[bytes, int] = {}
    same = [seen.setdefault(digest, place) for place, digest in enumerate(digests)]
    m = len(digests)
    rows, columns = np.tile(np.arange(m), 2), np.concatenate([first, same])
    label = connected_components(coo_array((np.ones(2 * m), (rows, columns)), shape=(m, m)), directed=False)[
        1
    ]
    _, begin, each = np.unique(label, return_index=True, return_inverse=True)
    place = np.empty(len(begin), dtype=np.int64)
    place[np.argsort(begin)] = np.arange(len(begin))
    return place[each]
