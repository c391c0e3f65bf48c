"""Where a study's time goes, in one table.

    python -m benchmarks.study_time                  the default study on Bitcoin candles, one process, 20 trials
    python -m benchmarks.study_time --trials 4       a quicker look

All trials run in this process on one thread, and each function below is timed by a clock that stops while another one
of them runs, so that the rows add up. Goal: all that is not training takes less than a quarter of the study.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import io
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from typing import Any

import mlflow
import torch

# Row of the table -> functions that belong to it, as module:function or module:class.method.
ROWS: dict[str, tuple[str, ...]] = {
    "training": ("timesnet.training.train:train",),
    "epoch's quick score": ("study.trials.probing:quick_score",),
    "freezing of periods": ("timesnet.network.freeze:freeze_frequencies",),
    "capture": ("timesnet.capture.capture:capture_layers",),
    "probes": ("study.trials.probing:probe_distinct",),
    "rest of a trial": ("study.trials.evaluate:evaluate_job",),
    "asking, telling, pruning": (
        "study.search.ledger:TrialLedger.ask",
        "study.search.ledger:TrialLedger.tell",
        "study.search.ledger:TrialLedger.should_prune",
        "study.search.ledger:TrialLedger.done",
        "study.search.ledger:TrialLedger.ready",
        "optuna.trial:Trial.report",
    ),
    "handing to MLflow": (
        "study.tracking.outbox:Outbox.put",
        "study.tracking.outbox:Outbox.keep_files",
        "study.tracking.outbox:Outbox.flush",
        "study.tracking.outbox:Outbox.wait_for",
        "study.tracking.outbox:Outbox.close",
        "study.lifecycle.trial_loop:TrialLoop._log_record",
    ),
    "opening: data, stores, claims": ("study.lifecycle.open_study:open_study",),
    "fetching what was found": ("study.lifecycle.trial_loop:TrialLoop.records",),
    "baselines": ("study.baselines.probe:probe_baselines",),
    "choosing": ("study.choice.choose:choose",),
    "untrained network": ("study.baselines.probe:probe_untrained",),
    "other labels": ("study.choice.layers_by_label:find_purposes",),
    "opening the test split": ("study.choice.test_split:open_layer", "study.lifecycle.conclude:_outcome"),
    "tables and runs": ("study.publish.runs:log_conclusion",),
    "registering": ("study.publish.register:register_winner",),
    "report and views": ("study.lifecycle.presentation:present",),
}
REST, TRAINING = "everything else", "training"
# Rows to which all that happens within them belongs, be it a row of its own elsewhere.
WHOLE = (
    "epoch's quick score",
    "baselines",
    "untrained network",
    "other labels",
    "opening the test split",
    "report and views",
)


class Clock:
    """Seconds by row, as `now` tells them; the row that was entered last runs, all others stand still."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)
        self._rows = [REST]
        self._since = now()

    def start(self) -> None:
        self.seconds.clear()
        self._since = self._now()

    def stop(self) -> None:
        self._note()

    def enter(self, row: str) -> None:
        self._note()
        self.calls[row] += 1
        self._rows.append(self._rows[-1] if self._rows[-1] in WHOLE else row)

    def leave(self) -> None:
        self._note()
        self._rows.pop()

    def _note(self) -> None:
        now = self._now()
        self.seconds[self._rows[-1]] += now - self._since
        self._since = now


@contextmanager
def timed(clock: Clock) -> Iterator[None]:
    """Time the functions of ROWS, wherever they were imported to."""
    undo: list[tuple[Any, str, Any]] = []
    for row, addresses in ROWS.items():
        for address in addresses:
            module, _, path = address.partition(":")
            *outer, name = path.split(".")
            owner = functools.reduce(getattr, outer, importlib.import_module(module))
            original = getattr(owner, name)
            watched = _watched(original, row, clock)
            places = [owner] if outer else [m for m in list(sys.modules.values()) if _has(m, name, original)]
            for place in places:
                undo.append((place, name, original))
                setattr(place, name, watched)
    try:
        yield
    finally:
        for place, name, original in reversed(undo):
            setattr(place, name, original)


def _has(module: Any, name: str, value: Any) -> bool:
    return getattr(module, "__dict__", {}).get(name) is value


def _watched(call: Callable[..., Any], row: str, clock: Clock) -> Callable[..., Any]:
    @functools.wraps(call)
    def watch(*arguments: Any, **options: Any) -> Any:
        clock.enter(row)
        try:
            found = call(*arguments, **options)
        finally:
            clock.leave()
        return _Watched(found, row, clock) if hasattr(found, "__enter__") and hasattr(found, "gen") else found

    return watch


class _Watched:
    """A context manager made of a generator, whose beginning and end belong to a row and what lies between does not."""

    def __init__(self, manager: Any, row: str, clock: Clock) -> None:
        self._manager, self._row, self._clock = manager, row, clock

    def __enter__(self) -> Any:
        self._clock.enter(self._row)
        try:
            return self._manager.__enter__()
        finally:
            self._clock.leave()

    def __exit__(self, *error: Any) -> Any:
        self._clock.enter(self._row)
        try:
            return self._manager.__exit__(*error)
        finally:
            self._clock.leave()


def study_of(
    data: str,
    trials: int,
    *,
    evaluate: Callable[..., Any] | None = None,
    now: Callable[[], float] = time.perf_counter,
    keep: Path | None = None,
) -> tuple[Clock, str]:
    """Run a study in a folder of its own; where its time went, and its line on how the trials ended.

    Args:
        evaluate: stands for `evaluate_job`, where given.
        now: the clock.
        keep: a folder, made here, in which the study is left; a temporary one where none is given.
    """
    from study.configuration import StudyConfiguration
    from study.engines import choose
    from study.lifecycle.run_study import run_study

    clock, console, evaluate_job = Clock(now), sys.stdout, choose.evaluate_job
    with ExitStack() as stack:
        if keep is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="layer-study-"))
        else:
            folder = str(keep.resolve())
            keep.mkdir(parents=True)
        stack.enter_context(chdir(folder))
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        # The store creates its tables once, before any study.
        mlflow.MlflowClient().search_experiments()
        said = io.StringIO()
        with timed(clock):
            choose.evaluate_job, sys.stdout = evaluate or choose.evaluate_job, said
            try:
                clock.start()
                run_study(StudyConfiguration(data=data, trials=trials, workers=1))
                clock.stop()
            finally:
                choose.evaluate_job, sys.stdout = evaluate_job, console
    return clock, next(line for line in said.getvalue().splitlines() if " trials: " in line)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--data", default="btc-15min")
    options = parser.parse_args()
    torch.set_num_threads(1)
    clock, said = study_of(options.data, options.trials)
    whole = sum(clock.seconds.values())
    print(f"{said}\n\n| what | s | share | calls |")
    print("| --- | ---: | ---: | ---: |")
    for row in (*ROWS, REST):
        print(
            f"| {row} | {clock.seconds[row]:.1f} | {clock.seconds[row] / whole:.1%} | {clock.calls[row] or ''} |"
        )
    print(f"| **whole** | {whole:.1f} | not training: {1 - clock.seconds[TRAINING] / whole:.0%} | |")


if __name__ == "__main__":
    main()
