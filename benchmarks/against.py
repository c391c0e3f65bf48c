"""This checkout beside another one: training step, inference, extraction, capture and probes, taken in turns.

    git worktree add ../before COMMIT && python -m benchmarks.against ../before      15 rounds, 15 minutes
    python -m benchmarks.against ../before --only probe knn --rounds 30
    python -m benchmarks.against . --quick                                          tiny, to see that it runs

Each checkout has a process of its own on one thread. In every round both do the same task, now the one first and now
the other; ratios of processor seconds are taken round by round. Goal of a change: no median above 1.05.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent.parent
Task = Callable[[], object]


def tasks(quick: bool) -> dict[str, Task]:
    """What is timed, by name; of the checkout that this process imports from."""
    return {**_network_tasks(quick), **_probe_tasks(quick)}


def _network_tasks(quick: bool) -> dict[str, Task]:
    import torch

    from benchmarks.extract import extractor_at
    from benchmarks.frozen_pair import Shape, build_pair, random_walk_windows
    from benchmarks.regimes import bins, forced_bins, windows
    from benchmarks.train_step import FEATURES, Size
    from benchmarks.training_step import TrainingStep
    from timesnet import TimesNet, capture_layers

    torch.set_num_threads(1)
    found: dict[str, Task] = {}
    sizes = (Size(d_model=32, d_ff=32, top_k=3, batch=64), Size(d_model=64, d_ff=64, top_k=5, batch=32))
    for size in (Size(d_model=4, d_ff=4, top_k=2, batch=2, seq_len=12),) if quick else sizes:
        for regime in ("rw", "per"):
            torch.manual_seed(0)
            x = windows(regime, size.batch, size.seq_len, FEATURES, 0)
            chosen = bins(regime, size.config.total_len, size.top_k)
            step, network = TrainingStep(TimesNet(size.config), x), TimesNet(size.config).eval()

            def train(step: TrainingStep = step, chosen: list[int] = chosen) -> None:
                with forced_bins(chosen):
                    step()

            def infer(network: TimesNet = network, x: torch.Tensor = x, chosen: list[int] = chosen) -> None:
                with forced_bins(chosen), torch.no_grad():
                    network(x)

            found[f"training step, {size}, {regime}"] = train
            found[f"inference, {size}, {regime}"] = infer
    shapes = (Shape(d_model=32, top_k=3, periods="rw"), Shape(d_model=64, top_k=5, periods="mix"))
    for shape in (Shape(d_model=4, top_k=2, periods="rw", seq_len=12),) if quick else shapes:
        merged, _ = build_pair(shape)
        n = 16 if quick else 256
        seen = random_walk_windows(shape, n)
        for layer, pooling in (("layer_norm#1", "mean"), ("layer_norm#1", "last"), ("model.0", "mean")):
            extractor = extractor_at(merged, layer, pooling)
            found[f"extract {layer} {pooling}, {shape.d_model}, {shape.periods}"] = (
                lambda extractor=extractor, seen=seen: extractor.embed_windows(seen)
            )
        found[f"capture, {shape.d_model}, {shape.periods}"] = lambda merged=merged, seen=seen, n=n: (
            capture_layers(merged, seen.batches(128), n)
        )
    return found


def _probe_tasks(quick: bool) -> dict[str, Task]:
    from probes import ProbeData, fit_logistic_path, knn_shares, probe_candidates
    from probes.knn import DEFAULT_KS

    found: dict[str, Task] = {}
    n = 300 if quick else 6_000
    rows = np.split(np.arange(n), [n * 4 // 6, n * 5 // 6])
    for dim in (8,) if quick else (64, 256):
        generator = np.random.default_rng(0)
        mixing = np.eye(dim) + 0.3 * generator.standard_normal((dim, dim)) / np.sqrt(dim)
        X = (generator.standard_normal((n, dim)) @ mixing).astype(np.float32)
        y = (X[:, 0] + 2 * generator.standard_normal(n) > 0).astype(np.int64)
        data = ProbeData(fit_rows=rows[0], tune_rows=rows[1], select_rows=rows[2], labels=y, n_classes=2)
        bank = slice(n // 4)
        found[f"logistic path, {n:,} x {dim}"] = lambda X=X, y=y: fit_logistic_path(X, y, n_classes=2)
        found[f"knn, {n // 4:,} x {dim}"] = lambda X=X, y=y, bank=bank: knn_shares(
            X[bank], y[bank], X[n // 4 : n // 2], DEFAULT_KS, n_classes=2, dtype=np.float32
        )
        found[f"probe one layer, {n:,} x {dim}"] = lambda X=X, data=data: probe_candidates({"": X}, data)
    return found


@contextmanager
def server(checkout: Path, quick: bool) -> Iterator[Callable[[str], float]]:
    """A process that does tasks with the code of a checkout; asked for one by name it answers with its seconds."""
    # This file is run by its path: the other checkout need not have it.
    command = [sys.executable, str(HERE / "benchmarks" / "against.py"), "--serve", *(["--quick"] * quick)]
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=checkout, env=environment
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        into, out = process.stdin, process.stdout

        def seconds(name: str) -> float:
            print(json.dumps(name), file=into, flush=True)
            answer = out.readline()
            if not answer:
                raise SystemExit(f"the process of {checkout} has ended; what it wrote stands above")
            return float(json.loads(answer))

        yield seconds
        into.close()


def serve(quick: bool) -> None:
    """Answer each line with the processor seconds of the task that it names."""
    known = tasks(quick)
    for line in sys.stdin:
        task = known[json.loads(line)]
        began = time.process_time()
        task()
        print(time.process_time() - began, flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkout", nargs="?", type=Path, default=HERE, help="folder of the other checkout")
    parser.add_argument("--rounds", type=int, default=None, help="default 15, quick 2")
    parser.add_argument("--only", nargs="+", default=[""], help="tasks whose name contains one of these")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.serve:
        serve(options.quick)
        return
    rounds = options.rounds or (2 if options.quick else 15)
    with ExitStack() as stack:
        other, ours = (
            stack.enter_context(server(Path(place).resolve(), options.quick))
            for place in (options.checkout, HERE)
        )
        print(
            "| task | other, ms | ours, ms | ours / other (10th-90th percentile) |\n| --- | ---: | ---: | ---: |"
        )
        for name in tasks(options.quick):
            if not any(part in name for part in options.only):
                continue
            other(name), ours(name)
            pairs = [
                (other(name), ours(name)) if number % 2 else (ours(name), other(name))[::-1]
                for number in range(rounds)
            ]
            before, after = np.array(pairs).T
            low, middle, high = np.quantile(after / before, (0.1, 0.5, 0.9))
            print(
                f"| {name} | {np.median(before) * 1e3:.1f} | {np.median(after) * 1e3:.1f} | "
                f"{middle:.2f} ({low:.2f}-{high:.2f}) |",
                flush=True,
            )


if __name__ == "__main__":
    main()
