"""Features on one scale, learned from the rows it is shown."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import DataError


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
        chosen = values[rows].astype(np.float64)
        if len(chosen) == 0:
            raise DataError("a scaler cannot be fitted on no rows")
        if not np.isfinite(chosen).all():
            row, column = np.argwhere(~np.isfinite(chosen))[0]
            raise DataError(
                f"a scaler cannot be fitted on {chosen[row, column]} (row {row} of the fit, column {column})"
            )
        mean, scale = chosen.mean(axis=0), chosen.std(axis=0)
        # A constant of float32 numbers may come out a rounding error away from no spread.
        scale[scale <= 1e-9 * np.abs(mean)] = 1.0
        return cls(mean, scale)

    def transform(self, values: np.ndarray) -> np.ndarray:
        """Scaled float32 array of the shape of `values` (..., C)."""
        if values.shape[-1] != len(self.mean):
            raise DataError(
                f"values of shape {values.shape} do not fit a scaler of shape ({len(self.mean)},)"
            )
        return ((values - self.mean) / self.scale).astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Lists of float, exact in JSON."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Scaler":
        """The scaler that `to_dict` wrote."""
        return cls(
            np.asarray(values["mean"], dtype=np.float64), np.asarray(values["scale"], dtype=np.float64)
        )
