"""The tasks' training beside each other: what a step costs whatever the network learns by it.

    python -m benchmarks.task_step             the default study's shape on the built-in candles, one thread
    python -m benchmarks.task_step --quick     a smoke run

An epoch of `timesnet.train` on as many windows for each task, the same network but for its head, in turns.
Goal: `outcomes` within 5 % of classification.
"""

import argparse
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.interleaved import interleave, spread
from study.configuration import StudyConfiguration
from study.data import StudyData, prepare
from study.trials import TASKS, Variant
from study.trials.network import learnt_outcomes, network_config, task_windows
from timesnet import TimesNet, TrainingSettings, train

TUNE_WINDOWS = 64


def variant_of(task: str) -> Variant:
    """The shape that the default search begins with, learning another task."""
    return Variant(
        task_name=task, inputs="candle", d_model=32, d_ff=32, e_layers=2, top_k=2, num_kernels=3, dropout=0.1,
        use_norm=False, pred_len=1, learning_rate=1e-3, weight_decay=0.01, batch_size=64, train_epochs=1,
    )  # fmt: skip


def epoch(data: StudyData, task: str, n_windows: int) -> Callable[[], object]:
    """An epoch of so many windows of the task, ready to be run again and again."""
    variant = variant_of(task)
    config = network_config(variant, data)
    torch.manual_seed(0)
    model, windows = TimesNet(config), task_windows(data, config)
    fit, tune = data.splits.fit[:n_windows], data.splits.tune[:TUNE_WINDOWS]
    learnt, weights = data.labels, None
    if task == "outcomes":
        assert data.outcomes is not None
        columns = learnt_outcomes(variant, data)
        learnt, weights = data.outcomes.values[:, columns], data.outcomes.weights[columns]
    settings = TrainingSettings(train_epochs=1, batch_size=variant.batch_size, learning_rate=1e-4)

    def run() -> object:
        return train(
            model,
            windows.select(fit),
            windows.select(tune),
            settings=settings,
            fit_labels=learnt[fit],
            tune_labels=learnt[tune],
            target_weights=weights,
        )

    return run


def main(arguments: list[str] | None = None) -> None:
    """Print the table as markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    quick = parser.parse_args(arguments).quick
    torch.set_num_threads(1)
    n_windows, rounds = (64, 1) if quick else (1920, 12)
    data = prepare(StudyConfiguration(), outcomes=True)
    seconds = interleave(
        {task: epoch(data, task, n_windows) for task in TASKS}, rounds=rounds, warm_up=0 if quick else 1
    )
    steps = -(-n_windows // variant_of(TASKS[0]).batch_size)
    print("| task | a step, ms | beside classification |\n| --- | ---: | ---: |")
    for task, each in seconds.items():
        ratio = spread(np.asarray(each) / np.asarray(seconds["classification"]))
        print(f"| {task} | {spread(each / steps).show(1000)} | {ratio.show(digits=2)} |")


if __name__ == "__main__":
    main()
