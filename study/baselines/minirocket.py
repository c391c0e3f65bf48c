"""MiniRocket: fixed convolutions whose outputs are counted, the strongest quick features of time series."""

import importlib.util

import numpy as np

from probes import even_subsample
from study.data import StudyData

MINIROCKET = "MiniRocket"
# Of the published default of 10,000: a logistic probe on so many is level with ridge regression on all of them
# (docs/log.md) at a tenth of the time.
FEATURES = 1_000
NEEDS = ("aeon", "numba")
BIAS_WINDOWS = 2_000
_CHUNK = 2_000


def minirocket_installed() -> bool:
    """Whether aeon is there with what its transformations need; the data sets of `uea:` come without."""
    return all(importlib.util.find_spec(name) is not None for name in NEEDS)


def minirocket_vectors(data: StudyData, rows: np.ndarray, *, seed: int) -> np.ndarray:
    """MiniRocket's features of the windows `rows` (n,), float32 (n, dim), dim just below FEATURES.

    Its biases come from fit windows alone, so that a window gets the same vector whatever else is asked for.

    Source: Dempster, Schmidt, Webb 2021, MiniRocket: a very fast (almost) deterministic transform for time series
    classification; the implementation is aeon's.
    """
    from aeon.transformations.collection.convolution_based import MiniRocket

    rocket = MiniRocket(n_kernels=FEATURES, random_state=seed, n_jobs=1)
    rocket.fit(_series(data, even_subsample(data.probed.fit, BIAS_WINDOWS, data.symbols)))
    pieces = [
        rocket.transform(_series(data, rows[start : start + _CHUNK])) for start in range(0, len(rows), _CHUNK)
    ]
    return np.concatenate(pieces).astype(np.float32, copy=False)


def _series(data: StudyData, rows: np.ndarray) -> np.ndarray:
    """float32 (n, channels, seq_len), as aeon takes windows."""
    values = data.windows.select(rows).batch(np.arange(len(rows)))[0].numpy()
    return np.ascontiguousarray(values.transpose(0, 2, 1))
