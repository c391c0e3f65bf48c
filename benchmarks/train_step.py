"""Training step and inference beside the six-kernel form and the public TimesNets.

    python -m benchmarks.train_step            all sizes, one thread
    python -m benchmarks.train_step --quick    a smoke run

Every round of a row runs each implementation once; ratios are taken round by round. All do the same work: same
d_model, d_ff, blocks, kernels, top_k, window, batch, optimizer, and the same periods: those of random walks (rw),
those of periodic windows (per), or, in the rows "own", those that each untrained network finds in random walks
by itself, over several initialisations. The share of the floor takes the rate of the fastest plain convolution,
measured anew in every round, and counts only taps that meet data.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.convolution_rate import ReferenceConvolution, block_arithmetic
from benchmarks.interleaved import interleave, spread
from benchmarks.peers import installed_peers
from benchmarks.regimes import bins, forced_bins, windows
from benchmarks.six_kernel import SixKernelTimesNet
from benchmarks.step_memory import peak_megabytes
from benchmarks.training_step import TrainingStep
from timesnet import PeriodGroup, TimesNet, TimesNetConfig

OURS, SIX, REFERENCE = "this project", "six kernels", "reference"
BLOCKS, KERNELS, FEATURES = 2, 6, 12
OWN_SEEDS = 6
Peers = dict[str, Callable[[TimesNetConfig], nn.Module]]


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

    @property
    def regimes(self) -> tuple[str, ...]:
        """A fresh forecaster's linear map over time blurs the spectrum, so what it folds by is its own."""
        return ("rw", "per", "own") if self.pred_len else ("rw", "per")

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
    Size(d_model=4, d_ff=4, top_k=2, batch=2, seq_len=12, pred_len=1),
)


@dataclass
class Measured:
    """Seconds of every round by implementation, beside the least that each round's rate allows."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    floor: list[float] = field(default_factory=list)

    def add(self, seconds: dict[str, np.ndarray], rates: list[float], operations: float) -> None:
        for name, values in seconds.items():
            self.seconds.setdefault(name, []).extend(values)
        self.floor.extend(operations / rate for rate in rates)

    def row(self, size: Size, regime: str) -> str:
        arrays = {name: np.array(values) for name, values in self.seconds.items()}
        cells = [str(size), regime, *(spread(values).show(1e3) for values in arrays.values())]
        cells += [spread(values / arrays[OURS]).show() for name, values in arrays.items() if name != OURS]
        cells += [f"{100 * np.median(np.array(self.floor) / arrays[name]):.0f} %" for name in (OURS, SIX)]
        return "| " + " | ".join(cells) + " |"


def models(size: Size, peers: Peers) -> dict[str, nn.Module]:
    """Every implementation at this size; ours has the six-kernel form's weights."""
    six = SixKernelTimesNet(size.config.to_dict())
    ours = TimesNet(size.config)
    ours.load_state_dict(six.state_dict())
    return {OURS: ours, SIX: six, **{name: build(size.config) for name, build in peers.items()}}


def measure(
    size: Size, regime: str, *, rounds: int, peers: Peers, reference: ReferenceConvolution
) -> tuple[Measured, Measured]:
    """Inference, then training steps."""
    inference, training = Measured(), Measured()
    seeds = OWN_SEEDS if regime == "own" else 1
    for seed in range(seeds):
        torch.manual_seed(seed)
        x = windows("per" if regime == "per" else "rw", size.batch, size.seq_len, FEATURES, seed)
        built = models(size, peers)
        chosen = bins(regime, size.config.total_len, size.top_k)
        with nullcontext() if regime == "own" else forced_bins(chosen):
            operations = sum(_block_operations(size, periods) for periods in _periods(built[OURS], x))
            with torch.no_grad():
                calls = {name: (lambda model=model, x=x: model.eval()(x)) for name, model in built.items()}
                _rounds(inference, calls, operations, reference, max(1, rounds // seeds))
            steps = {name: TrainingStep(model, x) for name, model in built.items()}
            # Backward convolves twice more: for the maps and for the kernel.
            _rounds(training, steps, 3 * operations, reference, max(1, rounds // seeds))
    return inference, training


def _rounds(
    measured: Measured,
    calls: dict[str, Callable[[], object]],
    operations: float,
    reference: ReferenceConvolution,
    rounds: int,
) -> None:
    rates: list[float] = []
    seconds = interleave({**calls, REFERENCE: lambda: rates.append(reference.now())}, rounds=rounds)
    del seconds[REFERENCE]
    measured.add(seconds, rates[-rounds:], operations)


def _periods(model: nn.Module, x: Tensor) -> list[list[int]]:
    """The distinct periods of each block."""
    found: list[list[int]] = [[] for _ in range(BLOCKS)]

    def note(name: str, tensor: Tensor, group: PeriodGroup | None) -> None:
        if group is not None and name.endswith(".fold"):
            found[int(name.split(".")[1])].append(group.period)

    with torch.no_grad():
        model(x, observe=note)
    return found


def _block_operations(size: Size, periods: list[int]) -> float:
    widths = {"batch": size.batch, "d_model": size.d_model, "d_ff": size.d_ff, "num_kernels": KERNELS}
    return block_arithmetic(size.config.total_len, periods, **widths)


def heading(names: list[str]) -> str:
    cells = ["d_model, d_ff, top_k, batch, window", "windows", *(f"{name}, ms" for name in names)]
    cells += [f"{name} / ours" for name in names if name != OURS]
    cells += ["ours, share of the floor", "six kernels, share"]
    return "| " + " | ".join(cells) + " |\n|" + " --- |" * len(cells)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--rounds", type=int, default=None, help="rounds a row (default 30, quick 6)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default="", help="sizes whose name contains this, such as '64, 64'")
    parser.add_argument("--no-peers", action="store_true", help="leave neuralforecast and PyPOTS out")
    parser.add_argument("--no-memory", action="store_true", help="leave the peak memory out")
    options = parser.parse_args(arguments)

    torch.set_num_threads(options.threads)
    rounds = options.rounds or (6 if options.quick else 30)
    sizes = [size for size in (QUICK if options.quick else SIZES) if options.only in str(size)]
    peers = {} if options.no_peers else installed_peers()
    names = [OURS, SIX, *peers]
    reference = ReferenceConvolution(seconds=0.3 if options.quick else 3.0)
    print(f"torch {torch.__version__}, {options.threads} thread(s), {rounds} rounds a row")
    print(f"fastest plain convolution {reference.rate / 1e9:.0f} GFLOP/s on taps that meet data")
    print("medians (10th-90th percentile)")

    training_rows, inference_rows, memory_rows = [], [], []
    for size in sizes:
        for regime in size.regimes:
            inference, training = measure(size, regime, rounds=rounds, peers=peers, reference=reference)
            inference_rows.append(inference.row(size, regime))
            training_rows.append(training.row(size, regime))
            print(training_rows[-1], flush=True)
            if regime != "own" and not options.no_memory:
                chosen = bins(regime, size.config.total_len, size.top_k)
                args = size.config.to_dict()
                ours, six = (peak_megabytes(form, args, size.batch, chosen) for form in ("merged", SIX))
                memory_rows.append(f"| {size} | {regime} | {ours:.1f} | {six:.1f} |")

    print("\nTraining step\n\n" + "\n".join([heading(names), *training_rows]))
    print("\nInference\n\n" + "\n".join([heading(names), *inference_rows]))
    if options.no_memory:
        return
    print("\nPeak memory of a training step, MB above the process before it had the model\n")
    print(f"| d_model, d_ff, top_k, batch, window | windows | {OURS} | {SIX} |\n| --- | --- | --- | --- |")
    print("\n".join(memory_rows))


if __name__ == "__main__":
    main()
