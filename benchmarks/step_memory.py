"""Peak memory of a training step, measured in a process of its own."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch


def peak_megabytes(form: str, args: dict[str, Any], batch: int, chosen: tuple[int, ...]) -> float:
    """Highest resident memory in three training steps, above that of the process before it had the model.

    form: "merged" or "six kernels"; args: the hyper-parameters. Weights, gradients and optimizer state count;
    the libraries don't: a step of a tiny model has loaded them.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measure, form, args, batch, chosen).result()


def _measure(form: str, args: dict[str, Any], batch: int, chosen: tuple[int, ...]) -> float:
    from benchmarks.regimes import forced_bins, windows
    from benchmarks.six_kernel import SixKernelTimesNet
    from benchmarks.training_step import TrainingStep
    from timesnet import TimesNet, TimesNetConfig

    def step(args: dict[str, Any], batch: int) -> TrainingStep:
        config = TimesNetConfig.from_dict(args)
        model = TimesNet(config) if form == "merged" else SixKernelTimesNet(config.to_dict())
        return TrainingStep(model, windows("rw", batch, config.seq_len, config.enc_in))

    torch.set_num_threads(1)
    with forced_bins(chosen):
        step({**args, "d_model": 2, "d_ff": 2, "e_layers": 1}, 1)()
        before = _status("VmRSS")
        measured = step(args, batch)
        measured()
        # 5 resets the high-water mark (proc(5)).
        Path("/proc/self/clear_refs").write_text("5")
        for _ in range(3):
            measured()
    return (_status("VmHWM") - before) / 1024


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no {field}")
