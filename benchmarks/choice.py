"""How time and memory of choosing the winner grow with the candidates.

    python -m benchmarks.choice                                           2,000 and 20,000 candidates
    python -m benchmarks.choice --candidates 168000 --windows 1300        as many as 2,000 trials have
    python -m benchmarks.choice --candidates 168 336 --windows 300        tiny, to see that it runs

Made-up predictions of 84 candidates a trial, a sixth of them another's numbers, lie on disk as trials leave them. Each
number of candidates has a process of its own: wall seconds, processor seconds of that process (what counts beside
other work), highest resident memory above that before. The last lines extrapolate t ~ n^exponent to 168,000.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.capture_memory import peak_above
from benchmarks.scale import exponent
from study.choice.choose import choose, superiority
from study.choice.leaderboard import leaderboard
from study.trials.record import Candidate, TrialRecord

PER_TRIAL, LARGE = 84, 168_000
# Windows that overlap, of 48 candles with a horizon of 4, as in a study by default.
OVERLAP = 51


@dataclass(frozen=True)
class Measured:
    """Of one phase."""

    phase: str
    size: int
    seconds: float
    processor: float
    megabytes: float


def made_up(windows: int) -> Any:
    """What a choice asks of a study's data; labels that persist, as those of volatility do."""
    generator = np.random.default_rng(0)
    level = np.convolve(generator.standard_normal(windows + 99), np.ones(100) / 10, mode="valid")
    labels = (level + generator.standard_normal(windows) > 0).astype(np.int64)
    split = SimpleNamespace(select=np.arange(windows), tune=np.arange(windows))
    source = SimpleNamespace(overlap=OVERLAP)
    return SimpleNamespace(
        labels=labels, judged=labels, probed=split, overlap=lambda name: OVERLAP, source=source
    )


def write_trial(folder: Path, number: int, y: np.ndarray) -> None:
    """One trial: candidates that share much of their luck, of a trial that is better or worse."""
    generator = np.random.default_rng((1, number))
    shared = np.random.default_rng(2).standard_normal(len(y), dtype=np.float32)
    own = generator.standard_normal((PER_TRIAL, len(y)), dtype=np.float32)
    strength = generator.normal(0.15, 0.1) + generator.normal(0, 0.1, (PER_TRIAL, 1))
    logit = (strength * (2 * y - 1) + 0.5 * shared + 0.5 * own).astype(np.float32)
    logit[5::6] = logit[4::6]
    positive = 1 / (1 + np.exp(-logit))
    scores = dict.fromkeys(("auc", "average_precision", "log_loss", "brier", "mcc"), 0.5)
    chosen = {"C": 1.0, "C_on_edge": False, "k": 5, "k_on_edge": False, "converged": True, "tune_score": 0.5}
    separability = {f"statistic {i}": 0.1 for i in range(12)}
    said = {"scores": scores, "knn_scores": scores, "separability": separability, "unavailable": {}}
    found = [
        Candidate(
            layer=f"layer {row // 2}",
            pooling=("mean", "last")[row % 2],
            depth=row // 2,
            dim=32,
            **chosen,
            **said,
        )
        for row in range(PER_TRIAL)
    ]
    empty = {"layers": (), "epochs": (), "probe_scores": (), "best_epoch": 0, "seconds": {}, "model": None}
    predictions = np.stack([1 - positive, positive], axis=2)
    whole = {"variant": {"d_model": 32}, "seed": 0, "candidates": tuple(found), "predictions": predictions}
    TrialRecord(number=number, **whole, **empty).write(folder)


def measure(folder: Path, trials: int, windows: int, processes: int) -> list[Measured]:
    """Reading, choosing with all its tests, and the leaderboard, one after the other."""
    data, size = made_up(windows), trials * PER_TRIAL
    found: list[Measured] = []

    def timed(phase: str, work: Callable[[], Any]) -> Any:
        with peak_above() as peak:
            wall, processor = time.perf_counter(), time.process_time()
            result = work()
            took = time.perf_counter() - wall, time.process_time() - processor
        found.append(Measured(phase, size, *took, peak.megabytes))
        print(
            f"  {phase}: {size:,}: {took[0]:.1f} s, {took[1]:.1f} s of it here, {peak.megabytes:.0f} MB",
            flush=True,
        )
        return result

    records = timed("read", lambda: {n: TrialRecord.read(folder / str(n)) for n in range(trials)})
    options: dict[str, Any] = {
        "metric": "auc",
        "rule": "best",
        "seed": 0,
        "processes": processes,
        "say": print,
    }
    choice = timed("choose", lambda: choose(records, data, **options))
    timed("superiority", lambda: superiority(choice, np.full((windows, 2), 0.5), data, metric="auc"))
    timed("leaderboard", lambda: leaderboard(records, "auc"))
    return found


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--candidates", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--windows", type=int, default=8_800, help="of the select split")
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args(arguments)
    found: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="layer-study-") as place:
        numbers = [-(-size // PER_TRIAL) for size in sorted(options.candidates)]
        for number in range(numbers[-1]):
            (Path(place) / str(number)).mkdir()
            write_trial(Path(place) / str(number), number, made_up(options.windows).labels)
        for trials in numbers:
            spawn = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, mp_context=spawn) as pool:
                found += pool.submit(
                    measure, Path(place), trials, options.windows, options.processes
                ).result()
    for phase in dict.fromkeys(one.phase for one in found):
        ours = [one for one in found if one.phase == phase]
        slope = exponent([one.size for one in ours], [one.processor for one in ours])
        at_large = ours[-1].processor * (LARGE / ours[-1].size) ** slope
        print(
            f"{phase}: exponent of processor time {slope:.2f}; {LARGE:,} candidates: {at_large:,.0f} s of it"
        )


if __name__ == "__main__":
    main()
