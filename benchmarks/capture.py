"""Capture of every layer beside one pass of the six-kernel form with a hook on every module.

    python -m benchmarks.capture            all shapes, one thread
    python -m benchmarks.capture --quick    a smoke run

Both pool every layer, single kernels included, by mean and last while the forward pass runs (the hooks take the
poolings period by period and add them up with the amplitude weights), over the same windows, with the same
weights and frozen periods, and give the same vectors, which is checked first. A second table shows the peak
memory of a capture beyond its result.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from torch import Tensor

from benchmarks.capture_memory import capture_memory
from benchmarks.frozen_pair import Shape, build_pair, random_walk_windows
from benchmarks.hooked import hooked_layers
from benchmarks.interleaved import interleave, spread
from benchmarks.six_kernel import SixKernelTimesNet
from timesnet import Windows, capture_layers, list_layers

BATCH = 128
POOLS = {"mean": lambda series: series.mean(1), "last": lambda series: series[:, -1]}
SHAPES = tuple(
    Shape(d_model=d_model, top_k=top_k, periods=periods)
    for d_model, top_k in ((32, 3), (64, 5))
    for periods in ("rw", "per", "mix", "short")
) + tuple(Shape(d_model=32, top_k=3, periods=periods, pred_len=1) for periods in ("rw", "mix"))
QUICK = (
    Shape(d_model=4, top_k=2, periods="rw", seq_len=12),
    Shape(d_model=4, top_k=2, periods="mix", pred_len=1),
)


def all_hooks(model: SixKernelTimesNet, windows: Windows) -> dict[tuple[str, str], np.ndarray]:
    """{(layer, pooling): (n, dim)} by plain hooks."""
    parts: dict[tuple[str, str], list[Tensor]] = {}
    for x_enc, x_mark in windows.batches(BATCH):
        for key, vectors in hooked_layers(model, x_enc, x_mark, pools=POOLS).items():
            parts.setdefault(key, []).append(vectors)
    return {key: torch.cat(vectors).numpy() for key, vectors in parts.items()}


def plain_pass(model: SixKernelTimesNet, windows: Windows) -> None:
    with torch.no_grad():
        for x_enc, x_mark in windows.batches(BATCH):
            model(x_enc, x_mark)


def measure(shape: Shape, *, n: int, rounds: int) -> str:
    merged, six = build_pair(shape)
    windows = random_walk_windows(shape, n)
    expected, captured = all_hooks(six, windows), capture_layers(merged, windows.batches(BATCH), n)
    assert list(expected) == list(captured)
    for key, vectors in captured.items():
        np.testing.assert_allclose(vectors, expected[key], rtol=1e-4, atol=1e-4, err_msg=str(key))
    seconds = interleave(
        {
            "capture": lambda: capture_layers(merged, windows.batches(BATCH), n),
            "mean": lambda: capture_layers(merged, windows.batches(BATCH), n, poolings=("mean",)),
            "hooks": lambda: all_hooks(six, windows),
            "plain": lambda: plain_pass(six, windows),
        },
        rounds=rounds,
        warm_up=1,
    )
    cells = [str(shape), str(len(list_layers(merged, marks=False)))]
    cells += [spread(values / n).show(1e6, digits=0) for values in seconds.values()]
    cells += [spread(seconds[name] / seconds["capture"]).show() for name in ("hooks", "plain")]
    return "| " + " | ".join(cells) + " |"


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
        f"torch {torch.__version__}, {options.threads} thread(s), {rounds} rounds, batches of {BATCH}; microseconds"
    )
    print("a window, medians (10th-90th percentile)\n")
    print(
        "| d_model, top_k, window | periods | layers | capture, mean + last | capture, mean | six kernels, all "
        "hooks | six kernels, no hook | all hooks / capture | no hook / capture |"
    )
    print("| --- |" + " --- |" * 8)
    for shape in QUICK if options.quick else SHAPES:
        if options.only in str(shape):
            print(measure(shape, n=16 if options.quick else 256, rounds=rounds), flush=True)

    print("\n| windows | result, MB | peak above the start, MB | peak beyond the result, MB |")
    print("| --- | --- | --- | --- |")
    shape = QUICK[0] if options.quick else SHAPES[0]
    for n in (64, 128) if options.quick else (1024, 4096, 16384):
        result, peak = capture_memory(shape, n, BATCH)
        print(f"| {n:,} | {result:.1f} | {peak:.1f} | {peak - result:.1f} |", flush=True)


if __name__ == "__main__":
    main()
