"""What grows faster than the trials: whole studies of made-up trials.

    python -m benchmarks.many_trials                      50, 200 and 800 trials
    python -m benchmarks.many_trials --trials 10 20       tiny, to see that it runs
    python -m benchmarks.many_trials --trials 500 2000    as many as a large study has (about half an hour)

Everything is as in a study of Bitcoin candles but the trials themselves: each reports six made-up scores and returns
the probes of one untrained network, its probabilities a little changed. Seconds by part of the study, with the
exponent of its growth; a part that grows no faster than the trials has one of 1 or less.
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
import torch

from benchmarks.capture_memory import peak_above
from benchmarks.scale import exponent
from benchmarks.study_time import REST, ROWS, study_of

EPOCHS = 6


class MadeUp:
    """Stands for `evaluate_job`."""

    def __init__(self) -> None:
        self._record: Any = None

    def __call__(self, job: Any, data: Any, *, metric: str, report: Any) -> Any:
        from probes import score_of_many
        from study.errors import TrialPruned
        from study.trials import probe_network
        from study.trials.network import network_config
        from timesnet import EpochReport, TimesNet

        if self._record is None:
            small = dataclasses.replace(job.variant, task_name="imputation", e_layers=2, d_model=8, d_ff=8)
            model = TimesNet(network_config(small, data))
            self._record = probe_network(model, data, metric=metric, seed=0, number=0, variant={})
        generator = np.random.default_rng(job.seed)
        merit = generator.normal(0.6, 0.03)
        epochs = tuple(EpochReport(epoch, 1.0, 1.0, 1e-3, 1.0) for epoch in range(EPOCHS))
        for epoch in epochs:
            if report(epoch.epoch, merit + generator.normal(0, 0.01), epoch):
                raise TrialPruned("made up")
        predictions = np.asarray(self._record.predictions).copy()
        predictions[..., 1] = np.clip(
            predictions[..., 1] + generator.normal(0, 0.05, predictions.shape[:2]), 0.01, 0.99
        )
        predictions[..., 0] = 1 - predictions[..., 1]
        found = score_of_many(data.labels[data.probed.select], predictions, metric)
        candidates = tuple(
            dataclasses.replace(one, scores={**one.scores, metric: float(score)})
            for one, score in zip(self._record.candidates, found, strict=True)
        )
        return dataclasses.replace(
            self._record,
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


def measure(trials: int) -> tuple[int, dict[str, float], float]:
    """Trials, seconds by part, MB at the most."""
    torch.set_num_threads(1)
    with peak_above() as peak:
        clock, _ = study_of("btc-15min", trials, evaluate=MadeUp())
    return trials, dict(clock.seconds), peak.megabytes


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, nargs="+", default=[50, 200, 800])
    sizes = sorted(parser.parse_args().trials)
    spawn = multiprocessing.get_context("spawn")
    found = []
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            found.append(pool.submit(measure, size).result())
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
