"""Windows of candles, cut from one array when they are needed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..candles import Candles
from ..errors import DataError
from .history import grid_places, symbol_starts

_CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Windows:
    """n windows over one table of features, which is held once.

    Attributes:
        values: float32 (n_candles, C).
        marks: float32 (n_candles, M); (n_candles,) where they say which steps are there (1) or padding (0); or None.
        ends: int64 (n,), row of each window's last candle.
        seq_len: candles in a window.
        beside: float32 (n_candles, E), further channels that follow those of `values` in a batch; or None.
    """

    values: np.ndarray
    marks: np.ndarray | None
    ends: np.ndarray
    seq_len: int
    beside: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _tensor_ready(self.values))
        object.__setattr__(self, "ends", np.asarray(self.ends, dtype=np.int64))
        if self.marks is not None:
            object.__setattr__(self, "marks", _tensor_ready(self.marks))
            if len(self.marks) != len(self.values):
                raise DataError(
                    f"marks of shape {self.marks.shape} do not fit values of shape {self.values.shape}"
                )
        if self.beside is not None and (
            self.beside.dtype != np.float32 or self.beside.shape[:1] != self.values.shape[:1]
        ):
            raise DataError(
                f"{self.beside.dtype} channels of shape {self.beside.shape} do not fit beside float32 values of shape "
                f"{self.values.shape}"
            )
        if len(self.ends) and not (
            self.seq_len - 1 <= self.ends.min() and self.ends.max() < len(self.values)
        ):
            raise DataError(
                f"windows of {self.seq_len} candles that end in rows {self.ends.min()} to {self.ends.max()} "
                "do not lie "
                f"in values of shape {self.values.shape}"
            )

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def channels(self) -> int:
        """Numbers that a batch holds of each candle."""
        return self.values.shape[1] + (0 if self.beside is None else self.beside.shape[1])

    def select(self, index: np.ndarray) -> "Windows":
        """The windows at `index` (indices or a mask), over the same table."""
        return replace(self, ends=self.ends[as_slice(index)])

    def batch(self, index: np.ndarray, future: int = 0) -> tuple[Tensor, Tensor | None]:
        """Values (B, seq_len + future, channels) and marks (B, seq_len + future, M) of the windows at `index`,
        float32.

        `future` candles after each window's end come with it; the caller sees to it that they belong to the
        window's segment, as they do where a label of that horizon is known. Raises DataError where they lie
        beyond the table or a value is not defined.
        """
        ends = torch.from_numpy(np.asarray(self.ends[index], dtype=np.int64))
        rows = ends[:, None] + torch.arange(1 - self.seq_len, future + 1)
        if future and len(ends) and int(ends.max()) + future >= len(self.values):
            raise DataError(
                f"{future} candles after row {int(ends.max())} lie beyond values of shape {self.values.shape}"
            )
        values = torch.from_numpy(self.values)[rows]
        if self.beside is not None:
            values = torch.cat([values, torch.from_numpy(self.beside)[rows]], 2)
        if future and not bool(torch.isfinite(values[:, -future:]).all()):
            raise DataError(
                f"the {future} candles after a window cross a gap, where features are not defined"
            )
        return values, None if self.marks is None else torch.from_numpy(self.marks)[rows]

    def batches(self, batch_size: int) -> Iterator[tuple[Tensor, Tensor | None]]:
        """All windows in order, `batch_size` at a time."""
        for start in range(0, len(self), batch_size):
            yield self.batch(np.arange(start, min(start + batch_size, len(self))))

    def rows(self) -> np.ndarray:
        """Rows of the table that lie in at least one window, int64, ascending."""
        covered = np.zeros(len(self.values) + 1, dtype=np.int64)
        np.add.at(covered, self.ends - self.seq_len + 1, 1)
        np.add.at(covered, self.ends + 1, -1)
        return np.flatnonzero(np.cumsum(covered[:-1]))

    def last(self) -> np.ndarray:
        """Features of each window's last candle, float32 (n, C)."""
        ends = self.ends
        if self.marks is not None and self.marks.ndim == 1:
            ends = ends - (self.marks[ends[:, None] - np.arange(self.seq_len)] == 0).sum(axis=1)
        last = self.values[ends]
        return last if self.beside is None else np.concatenate([last, self.beside[ends]], axis=1)

    def flattened(self) -> np.ndarray:
        """Each window as one row, candle after candle, float32 (n, seq_len * C): the one view that is
        large."""
        flat = np.empty((len(self), self.seq_len * self.channels), dtype=np.float32)
        for start in range(0, len(self), _CHUNK):
            flat[start : start + _CHUNK] = self._chunk(start).reshape(-1, flat.shape[1])
        return flat

    def statistics(self) -> np.ndarray:
        """Each feature's mean, population standard deviation and last value in the window, float32 (n, 3 *
        C)."""
        features = self.channels
        statistics = np.empty((len(self), 3 * features), dtype=np.float32)
        for start in range(0, len(self), _CHUNK):
            chunk = self._chunk(start)
            statistics[start : start + _CHUNK, :features] = chunk.mean(axis=1, dtype=np.float64)
            statistics[start : start + _CHUNK, features : 2 * features] = chunk.std(axis=1, dtype=np.float64)
        statistics[:, 2 * features :] = self.last()
        return statistics

    def _chunk(self, start: int) -> np.ndarray:
        return self.batch(np.arange(start, min(start + _CHUNK, len(self))))[0].numpy()


def complete_windows(candles: Candles, seq_len: int, memory: int, look_back: int = 0) -> np.ndarray:
    """Rows (int64, ascending) in which a window of `seq_len` candles ends that lies in one segment, `memory`
    or more candles after its start: it crosses no gap and no symbol, and its features are all defined.

    Its symbol's first candle lies `look_back` or more places of the grid before it, gaps or not.
    """
    needed = seq_len + memory
    if needed > len(candles):
        return np.zeros(0, dtype=np.int64)
    same = candles.segment[needed - 1 :] == candles.segment[: len(candles) - needed + 1]
    ends = np.flatnonzero(same) + needed - 1
    if look_back <= memory:
        return ends
    places = grid_places(candles)
    first = ends - seq_len + 1
    return ends[places[first] - symbol_starts(candles, places)[first] >= look_back]


def as_slice(index: np.ndarray) -> np.ndarray | slice:
    """The same places as a slice, which copies nothing of an array, where they stand in a row; else as they are.

    A split by date of windows in order of date is such a row of millions.
    """
    if not isinstance(index, np.ndarray) or index.dtype.kind not in "iu" or index.shape in ((), (0,)):
        return index
    if index.ndim > 1 or index[0] < 0:
        return index
    if index[-1] - index[0] != len(index) - 1 or (index[1:] <= index[:-1]).any():
        return index
    return slice(int(index[0]), int(index[-1]) + 1)


def _tensor_ready(values: np.ndarray) -> np.ndarray:
    """Contiguous float32 that torch may share without complaint."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    return values if values.flags.writeable else values.copy()
