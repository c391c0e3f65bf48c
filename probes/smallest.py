"""The smallest whole numbers of each row, found in whichever of two exact ways this machine is faster at."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache

import numpy as np

# Numbers that a sorting network orders at once, where the processor has the widest vectors.
RUN = 512
# What the two ways are timed on: a piece of a search among as many bank rows as the probes ask.
TRIED_ROWS, TRIED_COLUMNS, TRIED_K = 64, 1500, 258


def smallest(numbers: np.ndarray, k: int) -> np.ndarray:
    """The k smallest of each row of int32 (n, m), smallest first: int32 (n, k). May overwrite `numbers`.

    NumPy's partition stores what it moves in a way that some processors with AVX-512 take eight times as long for as
    they would without; there, sorting short runs and halving pairs of them is faster. Both give the same numbers.
    """
    if k < min(RUN, numbers.shape[1]) and _runs_are_faster():
        return _by_runs(numbers, k)
    return _by_partition(numbers, k)


def _by_partition(numbers: np.ndarray, k: int) -> np.ndarray:
    if k < numbers.shape[1]:
        numbers.partition(k - 1, axis=1)
    return np.sort(numbers[:, :k], axis=1)


def _by_runs(numbers: np.ndarray, k: int) -> np.ndarray:
    """Of two sorted runs the smaller of each number and its mirror image are the smallest of both (Batcher 1968)."""
    runs = [
        np.sort(numbers[:, begin : begin + RUN], axis=1)[:, :k] for begin in range(0, numbers.shape[1], RUN)
    ]
    best = runs[0]
    for run in runs[1:]:
        mirrored = best[:, k - run.shape[1] :]
        np.minimum(mirrored, run[:, ::-1], out=mirrored)
        best.sort(axis=1)
    return best


@cache
def _runs_are_faster() -> bool:
    """Timed once a process, which takes some milliseconds."""
    numbers = np.random.default_rng(0).integers(0, 2**30, (TRIED_ROWS, TRIED_COLUMNS), dtype=np.int32)

    def seconds(way: Callable[[np.ndarray, int], np.ndarray]) -> float:
        took = []
        for _ in range(5):
            copied = numbers.copy()
            began = time.perf_counter()
            way(copied, TRIED_K)
            took.append(time.perf_counter() - began)
        return min(took)

    return seconds(_by_runs) < seconds(_by_partition)
