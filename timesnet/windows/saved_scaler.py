"""A scaler that somebody saved beside a checkpoint: mean and deviation of each input, as plain numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from ..errors import DataError
from .scaler import Scaler

# With and without the underscore of scikit-learn's StandardScaler.
_MEAN, _SCALE = ("mean", "mean_"), ("scale", "scale_", "std")
_NAMES = ("columns", "feature_names_in_")
_HOW = "numpy.savez('scaler.npz', mean=scaler.mean_, scale=scaler.scale_)"
# How far from 0 a whole scaled column may lie, and how much wider or narrower than 1 it may be, before that is said.
_FAR, _WIDE = 10.0, 10.0


def read_scaler(path: str | Path, columns: Sequence[str]) -> Scaler:
    """The scaler of these input columns in a `.json`, `.npz` or `.safetensors` file.

    It holds `mean` and `scale` (C,), under scikit-learn's names `mean_` and `scale_` as well; where it also names its
    `columns`, their order may be another one. Raises DataError, one line, for what it lacks or can't be.
    """
    held = _held(Path(path))
    mean, scale = (_numbers(held, names, path) for names in (_MEAN, _SCALE))
    if len(mean) != len(columns) or len(scale) != len(columns):
        raise DataError(
            f"{path}: mean of {len(mean)} and scale of {len(scale)} numbers; the network has {len(columns)} inputs: "
            f"{', '.join(columns)}"
        )
    names = next((held[name] for name in _NAMES if name in held), None)
    if names is not None:
        places = {str(name): place for place, name in enumerate(names)}
        if set(places) != set(columns) or len(names) != len(columns):
            raise DataError(
                f"{path}: is of the columns {', '.join(places)}; the inputs are {', '.join(columns)}"
            )
        order = [places[name] for name in columns]
        mean, scale = mean[order], scale[order]
    for name, middle, width in zip(columns, mean, scale, strict=True):
        if not (np.isfinite(middle) and np.isfinite(width) and width > 0):
            raise DataError(f"{path}: column {name!r} has mean {middle:g} and scale {width:g}")
    return Scaler(mean, scale)


def doubt_of(scaler: Scaler, values: np.ndarray, columns: Sequence[str]) -> str:
    """What speaks against a scaler's being of these values (n, C), a clause; empty where nothing does."""
    scaled = scaler.transform(values)
    for name, middle, width in zip(columns, np.median(scaled, axis=0), scaled.std(axis=0), strict=True):
        if abs(middle) > _FAR or width > _WIDE or 0 < width < 1 / _WIDE:
            return (
                f"by it column {name!r} lies around {middle:.3g} and varies by {width:.3g}, not around 0 and by 1: is "
                "it of these columns, in this order?"
            )
    return ""


def _held(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise DataError(f"{path}: there is no such file")
    try:
        if path.suffix == ".json":
            held = json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".safetensors":
            held = load_file(path)
        elif path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                held = {name: arrays[name] for name in arrays.files}
        else:
            raise DataError(
                f"{path}: a scaler is read from .json, .npz or .safetensors; a pickle would run code when it is read: "
                f"write its numbers alone, in Python: {_HOW}"
            )
    except DataError:
        raise
    except Exception as error:  # each library raises its own, for damage of any kind
        raise DataError(
            f"{path}: can't be read as {path.suffix} of plain numbers ({type(error).__name__}); in Python: {_HOW}"
        ) from None
    if not isinstance(held, Mapping):
        raise DataError(f"{path}: holds a {type(held).__name__}, not mean and scale by name")
    return held


def _numbers(held: Mapping[str, Any], names: Sequence[str], path: str | Path) -> np.ndarray:
    name = next((name for name in names if name in held), None)
    if name is None:
        there = ", ".join(map(str, list(held)[:6])) or "nothing"
        raise DataError(f"{path}: no {names[0]!r} in it, there is {there}; write it in Python: {_HOW}")
    try:
        numbers = np.asarray(held[name], dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{path}: {name!r} holds something that is no number") from None
    if numbers.ndim != 1:
        raise DataError(f"{path}: {name!r} has shape {numbers.shape}; a number for each column is needed")
    return numbers
