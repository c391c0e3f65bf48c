"""What plain forward hooks on every module of the six-kernel form see, combined by hand over the periods."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.six_kernel import SixKernelTimesNet, TimesBlock

Pool = Callable[[Tensor], Tensor]


def hooked_layers(
    model: SixKernelTimesNet,
    x_enc: Tensor,
    x_mark: Tensor | None = None,
    *,
    pools: dict[str, Pool] | None = None,
    only: str | None = None,
) -> dict[Any, Tensor]:
    """One pass with a hook on every module, or, for `only` one layer, on that and on the block that it is in.

    Without `pools`: {layer: (B, T, D)}. With: {(layer, pool name): pooled}, each pool being a map
    (B, T, D) -> (B, dim) that is linear, so that it may be taken inside the hook, period by period.
    Modules inside a block are added up over its periods on the first T positions, with the softmaxed
    amplitudes of each window. A module called several times outside the blocks gets one layer a call.
    """
    calls: dict[str, int] = {}
    waiting: dict[str, list[Any]] = {}
    seen: dict[Any, Tensor] = {}
    norms = len(model.model)

    def keep(series: Tensor) -> Any:
        return series if pools is None else {name: pool(series) for name, pool in pools.items()}

    def record(layer: str, value: Any) -> None:
        if pools is None:
            seen[layer] = value
        else:
            seen.update({(layer, name): vectors for name, vectors in value.items()})

    def inside(name: str, length: int) -> Callable:
        def hook(module: nn.Module, args: Any, maps: Tensor) -> None:
            series = maps.permute(0, 2, 3, 1).flatten(1, 2)[:, :length]
            waiting.setdefault(name, []).append(keep(series))

        return hook

    def after_block(name: str) -> Callable:
        def hook(module: TimesBlock, args: tuple[Tensor], out: Tensor) -> None:
            weights = torch.softmax(module.choose(args[0])[1], dim=1)
            for layer in [key for key in waiting if key.startswith(name + ".")]:
                parts = waiting.pop(layer)
                if pools is None:
                    record(layer, sum(w[:, None, None] * p for w, p in zip(weights.T, parts, strict=True)))
                    continue
                record(
                    layer,
                    {
                        kind: sum(w[:, None] * p[kind] for w, p in zip(weights.T, parts, strict=True))
                        for kind in pools
                    },
                )
            if only in (None, name):
                record(name, keep(out))

        return hook

    def outside(name: str) -> Callable:
        def hook(module: nn.Module, args: Any, out: Tensor) -> None:
            layer = name
            if name == "layer_norm" and norms > 1:
                layer = f"layer_norm#{calls.get(name, 0)}"
                calls[name] = calls.get(name, 0) + 1
            if name.endswith("tokenConv") or name == "predict_linear":
                out = out.transpose(1, 2)
            elif name.endswith("position_embedding"):
                out = out.expand(len(x_enc), -1, -1)
            record(layer, keep(out.unsqueeze(1) if out.dim() == 2 else out))

        return hook

    handles = []
    for name, module in model.named_modules():
        if not name or not _wanted(name, module, only):
            continue
        if isinstance(module, TimesBlock):
            hook = after_block(name)
        elif name.startswith("model.") and ".conv" in name:
            hook = inside(name, model.model[0].total_len)
        else:
            hook = outside(name)
        handles.append(module.register_forward_hook(hook))
    try:
        with torch.no_grad():
            model(x_enc, x_mark)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _wanted(name: str, module: nn.Module, only: str | None) -> bool:
    if only is None or name == only.partition("#")[0]:
        return True
    return isinstance(module, TimesBlock) and only.startswith(f"{name}.")
