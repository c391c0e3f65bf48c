"""What a GPU gives, in one command: `python -m benchmarks.gpu` (ten minutes at most).

    python -m benchmarks.gpu                 every row on the GPU, and beside it on a core of the same machine
    python -m benchmarks.gpu --device cpu --quick    the same paths without a GPU, tiny, to see that they run

Training step, extraction of the last layer and capture of all layers beside the six-kernel form with hooks, in float32
and under bfloat16 autocast; then a whole small study with the GPU and with it hidden. Every measurement waits for the
device to finish; ratios are taken round by round.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import torch

from benchmarks.capture import POOLS
from benchmarks.extract import SIX_BATCH
from benchmarks.frozen_pair import Shape, build_pair, random_walk_windows
from benchmarks.hooked import hooked_layers
from benchmarks.interleaved import interleave, spread
from benchmarks.regimes import windows
from benchmarks.six_kernel import SixKernelTimesNet
from benchmarks.train_step import QUICK, SIZES, Size, models
from benchmarks.training_step import TrainingStep
from timesnet import Windows, capture_layers

OURS, SIX = "this project", "six kernels"
STUDY = ["-m", "study", "study", "--trials", "4", "--workers", "1"]


def waiting(call: Callable[[], object], device: str) -> Callable[[], None]:
    """The call, ended only when the device has done its work."""

    def timed() -> None:
        call()
        if device != "cpu":
            torch.cuda.synchronize()

    return timed


def autocast(device: str, bf16: bool) -> AbstractContextManager[object]:
    """bfloat16 autocast, or nothing."""
    return torch.autocast(device, dtype=torch.bfloat16) if bf16 else nullcontext()


def step_row(size: Size, device: str, bf16: bool, rounds: int) -> str:
    """One row of training steps."""
    built = models(size, {})
    x = windows("rw", size.batch, size.seq_len, size.config.enc_in, 0).to(device)
    steps: dict[str, Callable[[], object]] = {}
    for name, model in built.items():
        step = TrainingStep(model.to(device), x)

        def take(step: TrainingStep = step) -> None:
            with autocast(device, bf16):
                step()

        steps[name] = waiting(take, device)
    return _row("training step", f"{size}", device, bf16, interleave(steps, rounds=rounds))


def layer_rows(shape: Shape, device: str, bf16: bool, rounds: int, n: int) -> list[str]:
    """Extraction of the last layer, and capture of all layers, over n windows."""
    merged, six = build_pair(shape)
    merged, six = merged.to(device), six.to(device)
    table = random_walk_windows(shape, n)
    last = f"layer_norm#{len(merged.model) - 1}"

    def batches(size: int) -> list[tuple[torch.Tensor, torch.Tensor | None]]:
        return [(x.to(device), None if m is None else m.to(device)) for x, m in table.batches(size)]

    def ours(layers: tuple[str, ...] | None) -> dict:
        with autocast(device, bf16):
            return capture_layers(merged, batches(1024), n, poolings=("mean",), layers=layers)

    def hooked() -> None:
        pools = {"mean": POOLS["mean"]}
        with autocast(device, bf16):
            for x_enc, x_mark in batches(SIX_BATCH):
                for vectors in hooked_layers(six, x_enc, x_mark, pools=pools).values():
                    vectors.cpu()

    rows = []
    for what, layers in (("extraction, last layer", (last,)), ("capture, all layers", None)):
        calls = {
            OURS: waiting(lambda layers=layers: ours(layers), device),
            SIX: waiting(_plain(six, table, batches) if layers else hooked, device),
        }
        rows.append(_row(what, str(shape), device, bf16, interleave(calls, rounds=rounds, warm_up=1)))
    return rows


def _plain(six: SixKernelTimesNet, table: Windows, batches: Callable[[int], list]) -> Callable[[], None]:
    def run() -> None:
        with torch.no_grad():
            for x_enc, x_mark in batches(SIX_BATCH):
                six(x_enc, x_mark).cpu()

    return run


def study_seconds(hidden: bool, arguments: list[str]) -> float:
    """A whole small study as a process of its own, the GPU hidden from it or not."""
    with tempfile.TemporaryDirectory(prefix="layer-study-gpu-") as folder:
        home = Path(__file__).parents[1]
        path = os.pathsep.join([str(home), *filter(None, [os.environ.get("PYTHONPATH")])])
        env = {**os.environ, "PYTHONPATH": path, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
        if hidden:
            env["CUDA_VISIBLE_DEVICES"] = ""
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, *STUDY, *arguments], cwd=folder, env=env, check=True, capture_output=True
        )
        return time.perf_counter() - started


def _row(what: str, size: str, device: str, bf16: bool, seconds: dict[str, np.ndarray]) -> str:
    ratio = spread(seconds[SIX] / seconds[OURS]).show()
    cells = [what, size.replace(" | ", ", "), device, "bf16" if bf16 else "float32"]
    cells += [spread(seconds[name]).show(1e3) for name in (OURS, SIX)]
    return "| " + " | ".join([*cells, ratio]) + " |"


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--quick", action="store_true", help="tiny sizes, and no study")
    options = parser.parse_args(arguments)
    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit(
            "torch sees no GPU here (torch.cuda.is_available() is false): --device cpu tries the paths without one"
        )
    torch.set_num_threads(1)
    rounds, n = (2, 16) if options.quick else (20, 4096)
    sizes = QUICK[:1] if options.quick else SIZES[2:7]
    shapes = (
        [Shape(d_model=4, top_k=2, periods="rw", seq_len=12)]
        if options.quick
        else [Shape(d_model=32, top_k=3, periods="rw"), Shape(d_model=64, top_k=5, periods="rw")]
    )
    named = torch.cuda.get_device_name() if options.device == "cuda" else "none"
    print(
        f"torch {torch.__version__}, GPU: {named}; milliseconds, medians (10th-90th percentile), {rounds} rounds\n"
    )
    print(
        f"| what | d_model, d_ff, top_k, batch, window | device | numbers | {OURS}, ms | {SIX}, ms | ratio |"
    )
    print("| --- |" + " --- |" * 6)
    for device in dict.fromkeys((options.device, "cpu")):
        for bf16 in (False, True):
            fewer = rounds if device != "cpu" else max(2, rounds // 5)
            for size in sizes:
                print(step_row(size, device, bf16, fewer), flush=True)
            for shape in shapes:
                windows_ = n if device != "cpu" else min(n, 256)
                print("\n".join(layer_rows(shape, device, bf16, fewer, windows_)), flush=True)
    if options.quick:
        return
    print("\n| a study of four trials on btc-15min, one process | seconds |\n| --- | --- |")
    for name, hidden in (("with the GPU", False), ("the GPU hidden", True)):
        print(f"| {name} | {study_seconds(hidden, []):.0f} |", flush=True)


if __name__ == "__main__":
    main()
