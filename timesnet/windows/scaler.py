"""Features on one scale, learned from the rows it is shown."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DataError

# Rows worked on at once: what float64 in between takes does not grow with the table.
_CHUNK = 2**16


@dataclass(frozen=True, eq=False)
class Scaler:
    """Takes the mean away and divides by the standard deviation.

    Attributes:
        mean, scale: float64 (C,); the scale of a feature that does not vary is 1.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray, rows: np.ndarray) -> "Scaler":
        """Mean and population standard deviation of `values` (n, C) over `rows` (indices or a mask).

        Raises DataError where no row is given or a row holds a number that is not finite.
        """
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        if len(rows) == 0:
            raise DataError("a scaler cannot be fitted on no rows")
        total = np.zeros(values.shape[1])
        for start in range(0, len(rows), _CHUNK):
            chosen = values[rows[start : start + _CHUNK]].astype(np.float64)
            if not np.isfinite(chosen).all():
                row, column = np.argwhere(~np.isfinite(chosen))[0]
                raise DataError(
                    f"a scaler cannot be fitted on {chosen[row, column]} (row {start + row} of the fit, "
                    f"column {column})"
                )
            total = _added(total, chosen)
        mean = total / len(rows)
        squares = np.zeros(values.shape[1])
        for start in range(0, len(rows), _CHUNK):
            chosen = values[rows[start : start + _CHUNK]].astype(np.float64)
            squares = _added(squares, np.square(chosen - mean))
        scale = np.sqrt(squares / len(rows))
        # A constant of float32 numbers may come out a rounding error away from no spread.
        scale[scale <= 1e-9 * np.abs(mean)] = 1.0
        return cls(mean, scale)

    def transform(self, values: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
        """Scaled float32 array of the shape of `values` (..., C); written into `out` where given, `values` perhaps."""
        if values.shape[-1] != len(self.mean):
            raise DataError(
                f"values of shape {values.shape} do not fit a scaler of shape ({len(self.mean)},)"
            )
        scaled = np.empty(values.shape, dtype=np.float32) if out is None else out
        for start in range(0, len(values), _CHUNK):
            rows = slice(start, start + _CHUNK)
            scaled[rows] = (values[rows] - self.mean) / self.scale
        return scaled

    def to_dict(self) -> dict[str, Any]:
        """Lists of float, exact in JSON."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Scaler":
        """The scaler that `to_dict` wrote."""
        return cls(
            np.asarray(values["mean"], dtype=np.float64), np.asarray(values["scale"], dtype=np.float64)
        )


def _added(total: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """`total` (C,) with `rows` (n, C) added to it one after the other, so that chunks change no digit."""
    return np.add.reduce(np.concatenate([total[None], rows]), axis=0)
