"""A trial's predictions that stay on disk until they are asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

NAME = "logistic"


@dataclass(frozen=True)
class PredictionFile:
    """Reads as the array float32 (n_candidates, n_select, n_classes) that the file holds, anew each time.

    Two thousand trials of 8,800 windows hold 12 GB; no file stays open or mapped in between, of which a process may
    have a thousand.
    """

    path: Path

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array, from the head of the file; raises what safetensors raises where it is damaged."""
        with safe_open(self.path, framework="numpy") as file:
            return tuple(file.get_slice(NAME).get_shape())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        with safe_open(self.path, framework="numpy") as file:
            return np.asarray(file.get_tensor(NAME), dtype=dtype)

    def __getitem__(self, row: int) -> np.ndarray:
        """float32 (n_select, n_classes): one candidate's predictions."""
        with safe_open(self.path, framework="numpy") as file:
            return file.get_slice(NAME)[row]
