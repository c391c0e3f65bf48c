"""Pooled outputs of every layer of a TimesNet over many windows, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor, nn

from ..errors import ConfigError, DataError
from ..network import TimesNet
from .layer_reader import Key, LayerReader
from .layers import list_layers
from .pooling import BESIDE, check_poolings, parts_of


def capture_layers(
    model: TimesNet,
    batches: Iterable[tuple[Tensor, Tensor | None]],
    n: int,
    *,
    poolings: tuple[str, ...] = ("mean", "last"),
    layers: Iterable[str] | None = None,
    dtype: DTypeLike = np.float32,
) -> dict[Key, NDArray]:
    """Embeds every window at every layer.

    Beyond the result nothing grows with the number of windows. The model runs in eval mode and is left as it
    was.

    Args:
        model: with period_selection "frozen" or "window", so that a vector depends on its window alone.
        batches: (x_enc (B, seq_len, enc_in), x_mark or None); marks are ignored where the task takes none.
        n: number of windows in all batches together.
        poolings: which of mean, last, max, std, flatten and `mean|last` (both side by side) over time. Mean and last
            are cheap; for the others the single convolutions are run as published.
        layers: names; None for every layer that runs on these batches.
        dtype: of the result.

    Returns:
        {(layer, pooling): (n, dim)}, layers in call order. Layers that return the same numbers share an
        array; where `mean|last` is asked for, mean and last are views of it.

    Raises:
        ConfigError: period_selection is "batch", an unknown pooling.
        LayerError: an unknown layer.
        DataError: the batches do not hold n windows.
    """
    check_poolings(poolings)
    require_lone_windows(model)
    reader: LayerReader | None = None
    arrays: dict[Key, NDArray] = {}
    done = 0
    with reading(model):
        for x_enc, x_mark in batches:
            if reader is None:
                marks = x_mark is not None
                known = [info.name for info in list_layers(model, marks=marks)]
                reader = LayerReader(model, known if layers is None else layers, poolings, marks=marks)
                arrays = _room(reader, poolings, n, dtype)
            if done + len(x_enc) > n:
                raise DataError(f"the batches hold more than the {n} windows announced")
            vectors = read_batch(model, reader, x_enc, x_mark).cpu().numpy()
            start = 0
            for key, size in reader.sizes.items():
                arrays[key][done : done + len(x_enc)] = vectors[:, start : start + size]
                start += size
            done += len(x_enc)
    if done != n or reader is None:
        raise DataError(f"the batches hold {done} windows, {n} were announced")
    return _in_call_order(model, arrays, reader, poolings)


def require_lone_windows(model: TimesNet) -> None:
    """Raises ConfigError when a window's vector would depend on the other windows of its batch."""
    if model.period_selection == "batch":
        raise ConfigError(
            "period_selection is 'batch', so a vector would change with the other windows of its batch: "
            "use 'window', or 'frozen' after freeze_frequencies"
        )


@contextmanager
def reading(model: TimesNet) -> Iterator[None]:
    """Eval mode without gradients, every Inception block merged once; afterwards the model is as it was.

    Convolutions keep all bits of a float32 on a GPU too: torch's default there, TF32, keeps 10 of 23, and the vectors
    of one window would differ by some 1e-3 between a GPU and a CPU, or between two paths to one layer.
    """
    before: dict[nn.Module, bool] = {module: module.training for module in model.modules()}
    convolutions = torch.backends.cudnn.conv  # type: ignore[attr-defined]
    precision = convolutions.fp32_precision
    model.eval()
    convolutions.fp32_precision = "ieee"
    try:
        with torch.no_grad(), model.merged_kernels():
            yield
    finally:
        convolutions.fp32_precision = precision
        for module, training in before.items():
            module.training = training


def read_batch(model: TimesNet, reader: LayerReader, x_enc: Tensor, x_mark: Tensor | None) -> Tensor:
    """One batch's vectors of every layer of the reader, side by side, on the model's device."""
    weight = model.layer_norm.weight
    x_enc = x_enc.to(weight.device, weight.dtype, non_blocking=True)
    if x_mark is not None:
        x_mark = x_mark.to(weight.device, weight.dtype, non_blocking=True)
        if model.config.task_name == "classification" and x_mark.dim() == 3:
            x_mark = None
    reader.begin(len(x_enc), x_enc)
    model(x_enc, x_mark, observe=reader)
    return reader.finish()


def _room(reader: LayerReader, poolings: tuple[str, ...], n: int, dtype: DTypeLike) -> dict[Key, NDArray]:
    """Empty arrays (n, dim) for each pooling and its parts; parts are views of what holds them side by side."""
    arrays: dict[Key, NDArray] = {}
    for layer in dict.fromkeys(layer for layer, _ in reader.sizes):
        for kind in poolings:
            if BESIDE not in kind:
                continue
            parts = parts_of((kind,))
            whole = np.empty((n, sum(reader.sizes[layer, part] for part in parts)), dtype)
            arrays[layer, kind] = whole
            start = 0
            for part in parts:
                arrays.setdefault((layer, part), whole[:, start : start + reader.sizes[layer, part]])
                start += reader.sizes[layer, part]
        for (of, kind), size in reader.sizes.items():
            if of == layer and (layer, kind) not in arrays:
                arrays[layer, kind] = np.empty((n, size), dtype)
    return arrays


def _in_call_order(
    model: TimesNet, arrays: dict[Key, NDArray], reader: LayerReader, poolings: tuple[str, ...]
) -> dict[Key, NDArray]:
    result = {}
    for info in list_layers(model):
        for kind in poolings:
            source = reader.same.get(info.name, info.name)
            if info.name in reader.wanted:
                result[info.name, kind] = arrays[source, kind]
    return result
