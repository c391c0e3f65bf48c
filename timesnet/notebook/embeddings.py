"""Vectors of a notebook's windows at the layers that a person names, with their dates."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, overload

import numpy as np
import pandas as pd

from ..capture import capture_layers, find_layers
from ..errors import ConfigError, LayerError
from ..whole_files import write_whole
from ..windows import Windows
from .experiment import SeedExperiment

_BATCH = 256


def extract_embeddings_with_multiple_hooks(
    exp: SeedExperiment,
    target_layers: str | Iterable[str] | None = None,
    *,
    split: str = "test",
    pooling: str = "mean",
    batch_size: int = _BATCH,
) -> dict[str, np.ndarray]:
    """Embeddings of all windows of a split, {layer: float32 (n, dim)}.

    target_layers: names, parts of names (`conv.2` means every layer that has it), or one string; all by default.
    split: `train`, `val`, `test` as the published loader cuts them, or `all`, every complete window of the file.
    Raises LayerError, with the near misses, for a name that no layer has.
    """
    known = [info.name for info in exp.layers]
    layers = None if target_layers is None else find_layers(target_layers, known)
    windows = _split(exp, split)
    captured = capture_layers(
        exp.model, windows.batches(batch_size), len(windows), poolings=(pooling,), layers=layers
    )
    return {layer: vectors for (layer, _), vectors in captured.items()}


@overload
def extract_final_embeddings(
    exp: SeedExperiment,
    layer_name: str,
    split: str = "test",
    dates: Literal[False] = False,
    *,
    pooling: str = "mean",
    batch_size: int = _BATCH,
) -> np.ndarray: ...
@overload
def extract_final_embeddings(
    exp: SeedExperiment,
    layer_name: str,
    split: str = "test",
    *,
    dates: Literal[True],
    pooling: str = "mean",
    batch_size: int = _BATCH,
) -> tuple[np.ndarray, pd.DatetimeIndex]: ...
def extract_final_embeddings(
    exp: SeedExperiment,
    layer_name: str,
    split: str = "test",
    dates: bool = False,
    *,
    pooling: str = "mean",
    batch_size: int = _BATCH,
) -> np.ndarray | tuple[np.ndarray, pd.DatetimeIndex]:
    """Embeddings of a split's windows at one layer, float32 (num_samples, embedding_dim); with `dates` also the date of
    each window's last row (num_samples,), UTC.

    The forward pass stops after the layer. Raises LayerError, with the near misses, for a name that no layer has or
    that several share, ConfigError for an unknown split.
    """
    layers = find_layers(layer_name, [info.name for info in exp.layers])
    if len(layers) > 1:
        raise LayerError(
            f"layer {layer_name!r} means {len(layers)} layers: {', '.join(layers[:6])}; name one"
        )
    vectors = extract_embeddings_with_multiple_hooks(
        exp, layers, split=split, pooling=pooling, batch_size=batch_size
    )[layers[0]]
    return (vectors, exp.dates[_split(exp, split).ends]) if dates else vectors


def export_embeddings(
    exp: SeedExperiment, layer_name: str, path: str | Path, split: str = "all", *, pooling: str = "mean"
) -> Path:
    """Writes a split's embeddings with their dates; returns the path.

    `.parquet`: columns `date` and `emb_000` …. `.npy`: the vectors, with the dates (datetime64[ns], UTC) in a second
    file that ends in `.dates.npy`. Nothing that is there is replaced.

    Raises ConfigError for another ending or a file that is there, LayerError as `extract_final_embeddings`.
    """
    target = Path(path)
    beside = target.with_suffix(".dates.npy")
    if target.suffix not in (".parquet", ".npy"):
        raise ConfigError(f"path={str(path)!r} must end in .parquet or .npy")
    for file in (target, beside) if target.suffix == ".npy" else (target,):
        if file.exists():
            raise ConfigError(f"{file} is there already; give another path, or remove it")
    vectors, dates = extract_final_embeddings(exp, layer_name, split, dates=True, pooling=pooling)
    if target.suffix == ".npy":
        times = dates.tz_localize(None).to_numpy(dtype="datetime64[ns]")
        for file, array in ((beside, times), (target, vectors)):
            write_whole(file, lambda part, array=array: _save(part, array))  # type: ignore[misc]
        return target
    width = max(3, len(str(vectors.shape[1] - 1)))
    table = pd.DataFrame(vectors, columns=[f"emb_{place:0{width}d}" for place in range(vectors.shape[1])])
    table.insert(0, "date", dates)
    write_whole(target, lambda part: table.to_parquet(part, index=False))
    return target


def _save(part: Path, array: np.ndarray) -> None:
    with part.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def _split(exp: SeedExperiment, split: str) -> Windows:
    if split not in exp.windows:
        raise ConfigError(f"split is {split!r}; it must be one of {', '.join(exp.windows)}")
    return exp.windows[split]
