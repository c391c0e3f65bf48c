"""An observer of the forward pass that keeps nothing of a layer but its pooled vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

import torch
from torch import Tensor, nn

from ..network import WHOLE_WINDOW_TASKS, InceptionBlock, PeriodGroup, TimesNet
from .layers import check_layer, list_layers
from .period_sums import PeriodSums
from .pooling import check_poolings, parts_of, pool, pooled_size
from .sub_kernels import LINEAR_POOLINGS, TapKernel, TapSums, convolve

Key = tuple[str, str]
TIME_LAST = ("enc_embedding.value_embedding.tokenConv", "predict_linear")


class LayerReader:
    """Pools every wanted layer while the forward pass shows it: `begin`, run the model, `finish`.

    Layers inside a TimesBlock are combined over its periods, on the valid positions, with its amplitude
    weights. Single kernels come from tap sums (see sub_kernels). One layer alone with linear poolings is read
    at the input of its Inception block, where tap sums meet the merged kernel: the block's last convolution
    is then never expanded into a map. The layer norm and the projection treat each position by itself, so with
    the pooling `last` alone they are read there too, and follow the pooling.

    It reads the weights when it is made. A reader holds nothing of a batch once it has finished.

    Attributes:
        sizes: length of the vector of each (layer, pooling), in the order of the columns of `finish`; of poolings
            side by side each by itself.
        wanted: the layers asked for.
        same: those of them that are read at another layer, which returns the same numbers, with its name.
    """

    def __init__(
        self, model: TimesNet, layers: Iterable[str], poolings: tuple[str, ...], *, marks: bool
    ) -> None:
        """Raises LayerError for an unknown layer, ConfigError for an unknown pooling."""
        check_poolings(poolings)
        poolings = parts_of(poolings)
        known = {info.name: info for info in list_layers(model, marks=marks)}
        self.wanted = wanted = list(dict.fromkeys(layers))
        for name in wanted:
            check_layer(name, list(known))
        sources = {name: known[name].same_as or name for name in wanted}
        self.same = {name: source for name, source in sources.items() if name != source}
        self.sizes = {
            (source, kind): pooled_size(*known[source].output_shape, kind)
            for source in dict.fromkeys(sources.values())
            for kind in poolings
        }
        self._poolings = poolings
        self._valid = model.config.total_len
        self._reach = _reach(model)
        self._outside: dict[str, str] = {}
        self._sums: dict[str, list[tuple[str, PeriodSums, Callable[[Tensor], Tensor] | None]]] = {}
        self._taps: dict[str, tuple[list[str], TapSums, list[TapKernel]]] = {}
        self._after: tuple[nn.Module, ...] = ()
        order = _event_order(known)
        self._plan(model, order)
        self._columns = _columns(
            {key: model.config.d_model for key in self.sizes} if self._after else self.sizes
        )
        self._last = max((*self._outside, *self._sums, *self._taps), key=order.index)
        self._out = torch.empty(0)

    def begin(self, windows: int, like: Tensor) -> None:
        """Prepares for a batch of so many windows, on the device and with the dtype of `like`."""
        self._out = like.new_zeros(windows, max(columns.stop for columns in self._columns.values()))

    def __call__(self, name: str, tensor: Tensor, group: PeriodGroup | None) -> bool:
        """The observer; true when nothing after this step is needed."""
        if group is not None:
            for _, sums, through in self._sums.get(name, ()):
                sums.add(tensor if through is None else through(tensor), group, len(self._out))
            if name in self._taps:
                self._taps[name][1].add(tensor, group, len(self._out))
        elif name in self._outside:
            series = tensor.transpose(1, 2) if name in TIME_LAST else tensor
            series = series.unsqueeze(1) if series.dim() == 2 else series
            self._write(self._outside[name], ((kind, pool(series, kind)) for kind in self._poolings))
        if group is None and name.startswith("model."):
            self._collect(name)
        return name == self._last

    def finish(self) -> Tensor:
        """The batch's vectors, side by side in the order of `sizes`: (windows, sum of the sizes)."""
        block, _, rest = self._last.partition(".conv.")
        if rest or block.endswith(".fold"):
            self._collect(block.removesuffix(".fold"))
        out, self._out = self._out, torch.empty(0)
        for module in self._after:
            out = module(out)
        return out

    def _collect(self, block: str) -> None:
        """Writes down what a block's periods added up to."""
        for event in (f"{block}.{step}" for step in ("fold", "conv.0", "conv.1", "conv.2")):
            for layer, sums, _ in self._sums.get(event, ()):
                self._write(layer, zip(sums.kinds, sums.take(), strict=True))
            if event in self._taps:
                layers, taps, kernels = self._taps[event]
                for layer, outputs in zip(layers, taps.take(kernels), strict=True):
                    self._write(layer, zip(taps.kinds, outputs, strict=True))

    def _write(self, layer: str, vectors: Iterable[tuple[str, Tensor]]) -> None:
        for kind, part in vectors:
            self._out[:, self._columns[layer, kind]] += part

    def _plan(self, model: TimesNet, order: list[str]) -> None:
        """Decides at which step of the forward pass each layer is read."""
        sources = dict.fromkeys(layer for layer, _ in self.sizes)
        alone = len(sources) == 1 and set(self._poolings) <= set(LINEAR_POOLINGS)
        for layer in sources:
            block, _, step = layer.partition(".conv.")
            if alone and self._poolings == ("last",):
                block, self._after = _steps_after_block(model, block)
            if ".kernels." in step:
                self._plan_kernel(model, layer, _input_of(block, step))
            elif alone and step in ("0", "2"):
                self._read_taps(_input_of(block, step), layer, _merged(model, layer))
            elif step:
                self._read_sums(layer, layer)
            elif alone and block.startswith("model."):
                # The block adds its input to what the last convolution gives, and both are linear from here.
                self._read_taps(f"{block}.conv.1", layer, _merged(model, f"{block}.conv.2"))
                self._outside[order[order.index(f"{block}.fold") - 1]] = layer
            else:
                self._outside[layer] = layer

    def _plan_kernel(self, model: TimesNet, layer: str, event: str) -> None:
        kernel = cast(nn.Conv2d, model.get_submodule(layer))
        if set(self._poolings) <= set(LINEAR_POOLINGS):
            assert kernel.bias is not None
            self._read_taps(event, layer, TapKernel(kernel.weight, kernel.bias, self._reach))
        else:
            self._read_sums(event, layer, lambda maps: convolve(maps, kernel))

    def _read_taps(self, event: str, layer: str, kernel: TapKernel) -> None:
        if event not in self._taps:
            self._taps[event] = [], TapSums(self._poolings, self._valid, self._reach), []
        layers, _, kernels = self._taps[event]
        layers.append(layer)
        kernels.append(kernel)

    def _read_sums(self, event: str, layer: str, through: Callable[[Tensor], Tensor] | None = None) -> None:
        sums = PeriodSums(self._poolings, self._valid)
        self._sums.setdefault(event, []).append((layer, sums, through))


def _columns(sizes: dict[Key, int]) -> dict[Key, slice]:
    """Where each vector stands when all are side by side."""
    columns, start = {}, 0
    for key, size in sizes.items():
        columns[key] = slice(start, start + size)
        start += size
    return columns


def _event_order(names: Iterable[str]) -> list[str]:
    """The steps that the forward pass shows, in its order."""
    order = []
    for name in names:
        if ".kernels." in name:
            continue
        if name.endswith(".conv.0"):
            order.append(name.removesuffix(".conv.0") + ".fold")
        order.append(name)
    return order


def _steps_after_block(model: TimesNet, layer: str) -> tuple[str, tuple[nn.Module, ...]]:
    """The block that a layer follows position by position, with the modules from there to the layer."""
    name, _, call = layer.partition("#")
    if name == "layer_norm":
        return f"model.{call or 0}", (model.layer_norm,)
    if name == "projection" and model.config.task_name not in WHOLE_WINDOW_TASKS:
        return f"model.{len(model.model) - 1}", (model.layer_norm, model.projection)
    return layer, ()


def _input_of(block: str, step: str) -> str:
    """The step whose maps an Inception block (`0…` or `2…`) receives."""
    return f"{block}.fold" if step.startswith("0") else f"{block}.conv.1"


def _merged(model: TimesNet, layer: str) -> TapKernel:
    merged = cast(InceptionBlock, model.get_submodule(layer)).merged()
    return TapKernel(merged.weight, merged.bias, _reach(model))


def _reach(model: TimesNet) -> tuple[int, int]:
    """How many taps to each side, (down, right), can meet data in some map."""
    taps = model.config.num_kernels - 1
    if model.period_selection != "frozen" or model.frozen_frequencies is None:
        return taps, taps
    length = model.config.total_len
    widths = {length // frequency for block in model.frozen_frequencies for frequency in block}
    return min(taps, max(-(-length // width) for width in widths) - 1), min(taps, max(widths) - 1)
