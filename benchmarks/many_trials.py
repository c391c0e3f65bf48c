"""What grows faster than the trials: whole studies of made-up trials.

    python -m benchmarks.many_trials                      50, 200 and 800 trials
    python -m benchmarks.many_trials --trials 10 20       tiny, to see that it runs
    python -m benchmarks.many_trials --trials 500 2000    as many as a large study has (about half an hour)
    python -m benchmarks.many_trials --trials 2000 --deepest 8 --keep FOLDER     150 layers, for benchmarks.ui

Everything is as in a study of Bitcoin candles but the trials themselves: each reports six made-up scores and returns
the probes of an untrained network, its probabilities a little changed; every fiftieth network is of the deepest.
Processor seconds of the study's process, its outbox's thread among them, by part of the study, with the exponent of
its growth; a part that grows no faster than the trials has one of 1 or less.
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.capture_memory import peak_above
from benchmarks.scale import exponent
from benchmarks.study_time import REST, ROWS, study_of

EPOCHS = 6
# Blocks of most networks; one in so many is of the deepest.
USUAL, DEEP = 2, 50


class MadeUp:
    """Stands for `evaluate_job`; `deepest` is the number of blocks of every DEEP-th network."""

    def __init__(self, deepest: int) -> None:
        self._deepest = deepest
        self._records: dict[int, Any] = {}

    def __call__(self, job: Any, data: Any, *, metric: str, report: Any) -> Any:
        from probes import score_of_many
        from study.errors import TrialPruned
        from study.trials import probe_network
        from study.trials.network import network_config
        from timesnet import EpochReport, TimesNet

        blocks = USUAL if job.number % DEEP else self._deepest
        if blocks not in self._records:
            small = {"task_name": "imputation", "e_layers": blocks, "d_model": 8, "d_ff": 8, "num_kernels": 6}
            model = TimesNet(network_config(dataclasses.replace(job.variant, **small), data))
            self._records[blocks] = probe_network(model, data, metric=metric, seed=0, number=0, variant={})
        record = self._records[blocks]
        generator = np.random.default_rng(job.seed)
        merit = generator.normal(0.6, 0.03)
        epochs = tuple(EpochReport(epoch, 1.0, 1.0, 1e-3, 1.0) for epoch in range(EPOCHS))
        for epoch in epochs:
            if report(epoch.epoch, merit + generator.normal(0, 0.01), epoch):
                raise TrialPruned("made up")
        predictions = np.asarray(record.predictions).copy()
        predictions[..., 1] = np.clip(
            predictions[..., 1] + generator.normal(0, 0.05, predictions.shape[:2]), 0.01, 0.99
        )
        predictions[..., 0] = 1 - predictions[..., 1]
        found = score_of_many(data.labels[data.probed.select], predictions, metric)
        candidates = tuple(
            dataclasses.replace(one, scores={**one.scores, metric: float(score)})
            for one, score in zip(record.candidates, found, strict=True)
        )
        return dataclasses.replace(
            record,
            number=job.number,
            seed=job.seed,
            variant=job.variant.to_dict(),
            candidates=candidates,
            predictions=predictions,
            epochs=epochs,
            probe_scores=(merit,) * EPOCHS,
            best_epoch=EPOCHS - 1,
            seconds={"train": 1.0, "capture": 1.0, "probe": 1.0},
        )


def measure(trials: int, deepest: int, keep: Path | None) -> tuple[int, dict[str, float], float]:
    """Trials, processor seconds by part, MB at the most."""
    torch.set_num_threads(1)
    with peak_above() as peak:
        clock, _ = study_of("btc-15min", trials, evaluate=MadeUp(deepest), now=time.process_time, keep=keep)
    return trials, dict(clock.seconds), peak.megabytes


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, nargs="+", default=[50, 200, 800])
    parser.add_argument("--deepest", type=int, default=USUAL, help="blocks of the deepest networks")
    parser.add_argument("--keep", type=Path, help="folder, not there yet, in which the largest study is left")
    given = parser.parse_args()
    sizes = sorted(given.trials)
    spawn = multiprocessing.get_context("spawn")
    found = []
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            keep = given.keep if size == sizes[-1] else None
            found.append(pool.submit(measure, size, given.deepest, keep).result())
        print(f"  {size} trials: {sum(found[-1][1].values()):.0f} s", flush=True)
    print("\n| what | " + " | ".join(f"{size:,} trials, s" for size in sizes) + " | exponent |")
    print("| --- |" + " ---: |" * (len(sizes) + 1))
    for row in (*ROWS, REST):
        seconds = [of.get(row, 0.0) for _, of, _ in found]
        if max(seconds) >= 0.1:
            slope = exponent(sizes, [max(second, 1e-3) for second in seconds])
            print(f"| {row} | " + " | ".join(f"{second:.1f}" for second in seconds) + f" | {slope:.2f} |")
    memory = [megabytes for _, _, megabytes in found]
    print(
        "| MB at the most | " + " | ".join(f"{m:.0f}" for m in memory) + f" | {exponent(sizes, memory):.2f} |"
    )


if __name__ == "__main__":
    main()
