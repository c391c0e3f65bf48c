"""Training step and inference beside the six-kernel form and the public TimesNets.

    python -m benchmarks.train_step            all sizes, one thread
    python -m benchmarks.train_step --quick    a smoke run

Every round of a row runs each implementation once; ratios are taken round by round. All do the same work: same
d_model, d_ff, blocks, kernels, top_k, window, batch, periods, optimizer.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from benchmarks.convolution_rate import best_rate, block_arithmetic
from benchmarks.interleaved import interleave, spread
from benchmarks.peers import installed_peers
from benchmarks.regimes import bins, forced_bins, windows
from benchmarks.six_kernel import SixKernelTimesNet
from benchmarks.step_memory import peak_megabytes
from benchmarks.training_step import TrainingStep
from timesnet import TimesNet, TimesNetConfig

OURS, SIX = "this project", "six kernels"
BLOCKS, KERNELS, FEATURES = 2, 6, 12


@dataclass(frozen=True, kw_only=True)
class Size:
    """One row of the tables."""

    d_model: int
    d_ff: int
    top_k: int
    batch: int
    seq_len: int = 48
    pred_len: int = 0

    @property
    def config(self) -> TimesNetConfig:
        return TimesNetConfig(
            task_name="long_term_forecast" if self.pred_len else "anomaly_detection",
            seq_len=self.seq_len,
            pred_len=self.pred_len,
            enc_in=FEATURES,
            c_out=FEATURES,
            d_model=self.d_model,
            d_ff=self.d_ff,
            e_layers=BLOCKS,
            top_k=self.top_k,
            num_kernels=KERNELS,
            dropout=0.0,
        )

    def __str__(self) -> str:
        ahead = f"+{self.pred_len}" if self.pred_len else ""
        return f"{self.d_model}, {self.d_ff}, {self.top_k}, {self.batch}, {self.seq_len}{ahead}"


SIZES = (
    Size(d_model=16, d_ff=32, top_k=5, batch=32),
    Size(d_model=32, d_ff=32, top_k=5, batch=32),
    Size(d_model=32, d_ff=32, top_k=3, batch=64),
    Size(d_model=32, d_ff=32, top_k=5, batch=64),
    Size(d_model=32, d_ff=32, top_k=5, batch=128),
    Size(d_model=64, d_ff=64, top_k=5, batch=32),
    Size(d_model=64, d_ff=64, top_k=5, batch=64),
    Size(d_model=64, d_ff=64, top_k=5, batch=32, seq_len=96),
    Size(d_model=64, d_ff=64, top_k=5, batch=32, seq_len=192),
    Size(d_model=32, d_ff=32, top_k=3, batch=64, pred_len=1),
    Size(d_model=64, d_ff=64, top_k=5, batch=32, pred_len=1),
)
QUICK = (
    Size(d_model=4, d_ff=4, top_k=2, batch=2, seq_len=12),
    Size(d_model=4, d_ff=4, top_k=2, batch=2, pred_len=1),
)


def models(size: Size, peers: dict[str, Callable[[TimesNetConfig], nn.Module]]) -> dict[str, nn.Module]:
    """Every implementation at this size; ours has the six-kernel form's weights."""
    six = SixKernelTimesNet(size.config.to_dict())
    ours = TimesNet(size.config)
    ours.load_state_dict(six.state_dict())
    return {OURS: ours, SIX: six, **{name: build(size.config) for name, build in peers.items()}}


def measure(
    size: Size, regime: str, *, rounds: int, peers: dict[str, Callable[[TimesNetConfig], nn.Module]]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Seconds of each round: inference, then training steps."""
    chosen = bins(regime, size.config.total_len, size.top_k)
    x = windows(regime, size.batch, size.seq_len, FEATURES)
    built = models(size, peers)
    with forced_bins(chosen):
        with torch.no_grad():
            calls = {name: (lambda model=model: model.eval()(x)) for name, model in built.items()}
            inference = interleave(calls, rounds=rounds)
        training = interleave({name: TrainingStep(model, x) for name, model in built.items()}, rounds=rounds)
    return inference, training


def floor_seconds(size: Size, regime: str, rate: float) -> float:
    """Least time of a forward pass's convolutions at the best convolution rate."""
    total_len = size.config.total_len
    chosen = bins(regime, total_len, size.top_k)
    widths = {"batch": size.batch, "d_model": size.d_model, "d_ff": size.d_ff, "num_kernels": KERNELS}
    return BLOCKS * block_arithmetic(total_len, chosen, **widths) / rate


def row(size: Size, regime: str, seconds: dict[str, np.ndarray], floor: float) -> str:
    cells = [str(size), regime]
    cells += [f"{spread(values).show(1e3)}" for values in seconds.values()]
    cells += [spread(values / seconds[OURS]).show() for name, values in seconds.items() if name != OURS]
    cells += [f"{100 * floor / np.median(seconds[name]):.0f} %" for name in (OURS, SIX)]
    return "| " + " | ".join(cells) + " |"


def heading(names: list[str]) -> str:
    cells = ["d_model, d_ff, top_k, batch, window", "windows"]
    cells += [f"{name}, ms" for name in names]
    cells += [f"{name} / ours" for name in names if name != OURS]
    cells += ["ours, share of the floor", "six kernels, share"]
    return "| " + " | ".join(cells) + " |\n|" + " --- |" * len(cells)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--rounds", type=int, default=None, help="rounds a row (default 30, quick 3)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default=None, help="sizes whose name contains this, such as '64, 64'")
    parser.add_argument("--no-peers", action="store_true", help="leave neuralforecast and PyPOTS out")
    options = parser.parse_args(arguments)

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    rounds = options.rounds or (3 if options.quick else 30)
    sizes = [size for size in (QUICK if options.quick else SIZES) if (options.only or "") in str(size)]
    peers = {} if options.no_peers else installed_peers()
    names = [OURS, SIX, *peers]
    rate = best_rate(seconds=0.3 if options.quick else 3.0)
    print(f"torch {torch.__version__}, {options.threads} thread(s), {rounds} rounds a row")
    print(
        f"best convolution rate {rate / 1e9:.0f} GFLOP/s on taps that meet data; medians (10th-90th percentile)"
    )

    training_rows, inference_rows, memory_rows = [], [], []
    for size in sizes:
        for regime in ("rw", "per"):
            inference, training = measure(size, regime, rounds=rounds, peers=peers)
            floor = floor_seconds(size, regime, rate)
            inference_rows.append(row(size, regime, inference, floor))
            # Backward convolves twice more: for the maps and for the kernel.
            training_rows.append(row(size, regime, training, 3 * floor))
            chosen = bins(regime, size.config.total_len, size.top_k)
            peaks = [
                peak_megabytes(form, size.config.to_dict(), size.batch, chosen) for form in ("merged", SIX)
            ]
            memory_rows.append(f"| {size} | {regime} | {peaks[0]:.0f} | {peaks[1]:.0f} |")
            print(training_rows[-1], memory_rows[-1], flush=True)

    print("\nTraining step\n\n" + "\n".join([heading(names), *training_rows]))
    print("\nInference\n\n" + "\n".join([heading(names), *inference_rows]))
    print("\nPeak memory of a training step, MB above the process without a model\n")
    print(f"| d_model, d_ff, top_k, batch, window | windows | {OURS} | {SIX} |\n| --- | --- | --- | --- |")
    print("\n".join(memory_rows))


if __name__ == "__main__":
    main()
