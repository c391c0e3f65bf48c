"""The layers of a TimesNet: every call site of its forward pass, in call order."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from torch import nn

from ..errors import LayerError
from ..network import TASKS_WITHOUT_MARKS, TimesNet

PREDICTIONS = ("projection",)
"""Layers whose output is the task's own prediction."""


@dataclass(frozen=True)
class LayerInfo:
    """One call site.

    name: `module.path`, or `module.path#k` for the k-th call of a module called more than once outside the
        period loop.
    depth: place in call order, from 0.
    module_type: class name of the module.
    output_shape: (time steps, channels) of one window's output; inside a block after the periods are
        combined.
    parameters: number of parameters the module holds.
    same_as: an earlier layer that returns the same numbers in eval mode, or None.
    predicts: whether what it returns is the task's own prediction (classes, forecast or reconstruction), no embedding.
    """

    name: str
    depth: int
    module_type: str
    output_shape: tuple[int, int]
    parameters: int
    same_as: str | None = None
    predicts: bool = False


def list_layers(model: "TimesNet", *, marks: bool = True) -> list[LayerInfo]:
    """Every layer in the order in which the published forward finishes it.

    `marks=False` leaves out the temporal embedding, which runs only when time marks are given (and never for
    anomaly detection, classification and outcomes).
    """
    layers = []
    for depth, (name, shape, same_as) in enumerate(_call_sites(model, marks)):
        module = module_of(model, name)
        parameters = sum(parameter.numel() for parameter in module.parameters())
        predicts = name in PREDICTIONS or same_as in PREDICTIONS
        layers.append(LayerInfo(name, depth, type(module).__name__, shape, parameters, same_as, predicts))
    return layers


def module_of(model: nn.Module, layer: str) -> nn.Module:
    """The module that a layer name stands for."""
    return model.get_submodule(layer.partition("#")[0])


def check_layer(name: str, known: Sequence[str]) -> None:
    """Raises LayerError, with the near misses, when `name` is not among the known layer names."""
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=4, cutoff=0.5)
    hint = (
        f"did you mean {', '.join(near)}?"
        if near
        else f"there are {len(known)}, from {known[0]} to {known[-1]}"
    )
    raise LayerError(f"layer {name!r} does not exist in this TimesNet: {hint}")


def find_layers(wanted: str | Iterable[str], known: Sequence[str]) -> list[str]:
    """Layer names that `wanted` means, in call order: names, names without their `#k`, or parts of names.

    `model.0` means that layer alone, `layer_norm` all its calls, `conv.2` every layer with that part. Raises
    LayerError, with the near misses, for one that nothing has.
    """
    found: set[str] = set()
    for name in [wanted] if isinstance(wanted, str) else wanted:
        meant = [name] if name in known else [each for each in known if each.partition("#")[0] == name]
        meant = meant or [each for each in known if name and name in each]
        if not meant:
            check_layer(name, known)
        found.update(meant)
    return [name for name in known if name in found]


def _call_sites(model: "TimesNet", marks: bool) -> Iterator[tuple[str, tuple[int, int], str | None]]:
    """(name, (time, channels), same as) in call order."""
    config = model.config
    embedded = (config.seq_len, config.d_model)
    inside = (config.total_len, config.d_model)

    value = "enc_embedding.value_embedding"
    yield f"{value}.tokenConv", embedded, None
    yield value, embedded, f"{value}.tokenConv"
    if marks and config.task_name not in TASKS_WITHOUT_MARKS:
        yield from _temporal_call_sites(config.embed, config.freq, embedded)
    yield "enc_embedding.position_embedding", embedded, None
    yield "enc_embedding.dropout", embedded, None
    yield "enc_embedding", embedded, "enc_embedding.dropout"
    if config.forecasts:
        yield "predict_linear", inside, None

    for i in range(config.e_layers):
        for j, channels in ((0, config.d_ff), (2, config.d_model)):
            for m in range(config.num_kernels):
                yield f"model.{i}.conv.{j}.kernels.{m}", (config.total_len, channels), None
            yield f"model.{i}.conv.{j}", (config.total_len, channels), None
            if j == 0:
                yield f"model.{i}.conv.1", (config.total_len, channels), None
        yield f"model.{i}.conv", inside, f"model.{i}.conv.2"
        yield f"model.{i}", inside, None
        yield (f"layer_norm#{i}" if config.e_layers > 1 else "layer_norm"), inside, None

    if config.task_name == "classification":
        yield "dropout", inside, None
        yield "projection", (1, config.num_class), None
    elif config.task_name == "outcomes":
        yield "projection", (1, config.c_out), None
    else:
        yield "projection", (config.total_len, config.c_out), None


def _temporal_call_sites(
    embed: str, freq: str, shape: tuple[int, int]
) -> Iterator[tuple[str, tuple[int, int], str | None]]:
    temporal = "enc_embedding.temporal_embedding"
    if embed == "timeF":
        yield f"{temporal}.embed", shape, None
        yield temporal, shape, f"{temporal}.embed"
        return
    for part in (("minute",) if freq == "t" else ()) + ("hour", "weekday", "day", "month"):
        if embed == "fixed":
            yield f"{temporal}.{part}_embed.emb", shape, None
        same_as = f"{temporal}.{part}_embed.emb" if embed == "fixed" else None
        yield f"{temporal}.{part}_embed", shape, same_as
    yield temporal, shape, None
