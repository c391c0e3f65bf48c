"""Windows a second of the extractor beside a full forward pass of the six-kernel form with a hook.

    python -m benchmarks.extract            all shapes, one thread
    python -m benchmarks.extract --quick    a smoke run

Both read the same windows from the same table, have the same weights and frozen periods, and give the same
vectors, which is checked first. The six-kernel form runs its whole forward pass in batches of 128 and pools the
layer inside the hook. Every round runs each of them once; ratios are taken round by round.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.frozen_pair import FEATURES, Shape, build_pair, random_walk_windows
from benchmarks.interleaved import interleave, spread
from benchmarks.six_kernel import SixKernelTimesNet
from timesnet import Extractor, Scaler, TimesNet, Windows

SIX_BATCH = 128
SHAPES = tuple(
    Shape(d_model=d_model, top_k=top_k, periods=periods)
    for d_model, top_k in ((32, 3), (64, 5))
    for periods in ("rw", "per", "mix", "short")
) + tuple(Shape(d_model=32, top_k=3, periods=periods, pred_len=1) for periods in ("rw", "mix", "short"))
QUICK = (
    Shape(d_model=4, top_k=2, periods="rw", seq_len=12),
    Shape(d_model=4, top_k=2, periods="mix", pred_len=1),
)
# What is read, how it is pooled, where the six-kernel form is hooked, and at which of the calls of that module.
LAYERS = {
    "last layer, mean": ("layer_norm#1", "mean", "layer_norm", 1),
    "last layer, last": ("layer_norm#1", "last", "layer_norm", 1),
    "last block, mean": ("model.1", "mean", "model.1", 0),
    "after block 0, mean": ("layer_norm#0", "mean", "layer_norm", 0),
    "block 0, mean": ("model.0", "mean", "model.0", 0),
    "block 0, max": ("model.0", "max", "model.0", 0),
}
POOLS = {"mean": lambda x: x.mean(1), "last": lambda x: x[:, -1], "max": lambda x: x.amax(1)}


def hooked_forward(
    model: SixKernelTimesNet, windows: Windows, pooling: str, module: str, call: int
) -> np.ndarray:
    """Pooled outputs of one call of a module, by whole forward passes: (n, dim)."""
    pooled: list[Tensor] = []
    calls = 0

    def hook(_: nn.Module, args: object, out: Tensor) -> None:
        nonlocal calls
        if calls == call:
            pooled.append(POOLS[pooling](out))
        calls += 1

    handle = model.get_submodule(module).register_forward_hook(hook)
    try:
        with torch.no_grad():
            for x_enc, x_mark in windows.batches(SIX_BATCH):
                calls = 0
                model(x_enc, x_mark)
    finally:
        handle.remove()
    return torch.cat(pooled).numpy()


def extractor_at(model: TimesNet, layer: str, pooling: str = "mean") -> Extractor:
    config = model.config
    return Extractor(
        model,
        layer,
        pooling,
        scaler=Scaler(np.zeros(FEATURES), np.ones(FEATURES)),
        seq_len=config.seq_len,
        freq=config.freq,
        interval_seconds=900,
        device="cpu",
    )


def measure(shape: Shape, *, n: int, rounds: int) -> list[str]:
    """One row a layer."""
    merged, six = build_pair(shape)
    windows = random_walk_windows(shape, n)
    calls: dict[str, Callable[[], np.ndarray]] = {}
    for name, (layer, pooling, module, call) in LAYERS.items():
        extractor = extractor_at(merged, layer, pooling)
        expected = hooked_forward(six, windows, pooling, module, call)
        np.testing.assert_allclose(extractor.embed_windows(windows), expected, rtol=1e-4, atol=1e-4)
        calls[name] = lambda extractor=extractor: extractor.embed_windows(windows)
    calls["six"] = lambda: hooked_forward(six, windows, "mean", "layer_norm", 1)
    seconds = interleave(calls, rounds=rounds, warm_up=1)
    rate = {name: spread(n / values).show(digits=0) for name, values in seconds.items()}
    return [
        f"| {shape} | {name} | {rate[name]} | {rate['six']} | {spread(seconds['six'] / seconds[name]).show()} |"
        for name in LAYERS
    ]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--rounds", type=int, default=None, help="rounds a shape (default 15, quick 2)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default="", help="shapes whose row contains this, such as '32, 3' or 'rw'")
    options = parser.parse_args(arguments)

    torch.set_num_threads(options.threads)
    rounds = options.rounds or (2 if options.quick else 15)
    print(
        f"torch {torch.__version__}, {options.threads} thread(s), {rounds} rounds; medians (10th-90th percentile)\n"
    )
    print("| d_model, top_k, window | periods | layer | windows/s | six kernels, hook | ratio |")
    print("| --- | --- | --- | --- | --- | --- |")
    for shape in QUICK if options.quick else SHAPES:
        if options.only in str(shape):
            print("\n".join(measure(shape, n=16 if options.quick else 512, rounds=rounds)), flush=True)


if __name__ == "__main__":
    main()
