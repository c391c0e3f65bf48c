"""Does the embedding earn its training? One table a file, on the test split, each row beside the simple things.

    python -m benchmarks.embedding --data btc-15min candles.parquet      default studies, 20 trials each
    python -m benchmarks.embedding --data candles.csv --trials 4         a quicker look

Rows: every baseline and the reference, an untrained network of the winner's shape (its best layer by select), the
published tasks trained on candles alone in the known-good shape (best layer by select), and the winner of a default
study. Differences are paired: the same resampled blocks of test windows for both. The test split is opened for every
row, which no study may do and a benchmark must; nothing is chosen by it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from study.baselines import BASELINE, UNTRAINED, probe_baselines, probe_untrained
from study.choice import difference_interval, open_layer, score_interval
from study.conclusion import Conclusion
from study.configuration import StudyConfiguration
from study.data import CANDLE, StudyData
from study.lifecycle.run_study import run_study
from study.search.space import KNOWN_GOOD
from study.trials import (
    FORECAST,
    OUTCOMES,
    TASKS,
    Job,
    TrialRecord,
    Variant,
    best_candidate,
    evaluate_job,
)
from timesnet import TimesNet

METRIC = "auc"
STUDY = "default study"
# The rows that the others are measured against; those that the data have not are left out.
AGAINST = ("raw window", "HAR + calendar", UNTRAINED)
EPOCHS = 6


@dataclass(frozen=True, kw_only=True)
class Row:
    """One vector and what a probe makes of it.

    Attributes:
        name: of the row; layer: what was probed, where it is a network's.
        probability: (n_test, n_classes).
    """

    name: str
    layer: str
    probability: np.ndarray


def rows_of(conclusion: Conclusion, *, tasks: Sequence[str], seed: int) -> list[Row]:
    """Every row of the table of one study."""
    data = conclusion.data
    found = [
        Row(
            name=one.name if one.kind == BASELINE else f"{one.kind}: {one.name}",
            layer="",
            probability=one.test(),
        )
        for one in probe_baselines(data, metric=METRIC, seed=seed)
    ]
    untrained = probe_untrained(conclusion.model.config, data, metric=METRIC, seed=seed)
    found.append(_of_network(UNTRAINED, untrained, data))
    for task in tasks:
        variant = {**KNOWN_GOOD, "task_name": task, "inputs": CANDLE, "pred_len": 1, "train_epochs": EPOCHS}
        job = Job(-1, seed, Variant(**variant), "", "")
        record = evaluate_job(job, data, metric=METRIC, report=lambda *_: False)
        found.append(_of_network(f"{task}, candle", record, data))
    winner = conclusion.outcome.winner
    trial = conclusion.records[conclusion.outcome.trial].variant
    made_by = f"trial {conclusion.outcome.trial} ({trial['task_name']}, {trial['inputs']})"
    layer = f"{made_by}: {winner.layer} {winner.pooling}"
    found.append(Row(name=STUDY, layer=layer, probability=conclusion.opened.probability))
    return found


def _of_network(name: str, record: TrialRecord, data: StudyData) -> Row:
    best = best_candidate(record.candidates, METRIC)
    assert isinstance(record.model, TimesNet)
    opened = open_layer(record.model, best, data)
    return Row(name=name, layer=f"{best.layer} {best.pooling}", probability=opened.probability)


def table(rows: Sequence[Row], data: StudyData, *, seed: int) -> str:
    """Markdown: test score with its interval, and the paired difference to each of AGAINST."""
    known: Mapping[str, Row] = {row.name: row for row in rows}
    against = [name for name in AGAINST if name in known]
    head = ["", f"test {METRIC}", *(f"less {name}" for name in against), "layer"]
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    for row in rows:
        score = score_interval(data, row.probability, "test", metric=METRIC, seed=seed)
        cells = [row.name, str(score)]
        for name in against:
            if name == row.name:
                cells.append("")
                continue
            ahead = difference_interval(
                data, row.probability, known[name].probability, "test", metric=METRIC, seed=seed
            )
            cells.append(f"{ahead.value:+.3f} [{ahead.low:+.3f}, {ahead.high:+.3f}]")
        lines.append("| " + " | ".join([*cells, row.layer]) + " |")
    return "\n".join(lines)


def measure(source: str, *, trials: int, tasks: Sequence[str], seed: int, **parameters: str) -> str:
    """Run a default study on one file in a folder of its own; its table, with how long the study took."""
    path = Path(source)
    data = str(path.absolute()) if path.exists() else source
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
        started = time.perf_counter()
        configuration = StudyConfiguration(data=data, trials=trials, seed=seed, **parameters)  # type: ignore[arg-type]
        conclusion = run_study(configuration)
        minutes = (time.perf_counter() - started) / 60
        found = rows_of(conclusion, tasks=tasks, seed=seed)
        windows = ", ".join(f"{name} {len(rows):,}" for name, rows in conclusion.data.split_rows.items())
        title = f"## {path.stem}: {windows} windows; {conclusion.trials}, {minutes:.1f} min"
        return f"{title}\n\n{table(found, conclusion.data, seed=seed)}\n"


def main() -> None:
    """One table a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", nargs="+", required=True, help="built-in names or files of candles")
    parser.add_argument("--trials", type=int, default=StudyConfiguration.trials)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threshold", default=StudyConfiguration.threshold)
    parser.add_argument("--max_probe_windows", type=int, default=StudyConfiguration.max_probe_windows)
    parser.add_argument(
        "--tasks", nargs="*", default=[task for task in TASKS if task not in (OUTCOMES, FORECAST)]
    )
    given = parser.parse_args()
    tables = [
        measure(
            source,
            trials=given.trials,
            tasks=given.tasks,
            seed=given.seed,
            threshold=given.threshold,
            max_probe_windows=given.max_probe_windows,
        )
        for source in given.data
    ]
    print("\n".join(tables))


if __name__ == "__main__":
    main()
