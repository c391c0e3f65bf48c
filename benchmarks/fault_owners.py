"""Two people who start one study from two folders at nearly the same moment."""

import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import mlflow

from benchmarks.fault_study import NAME, TRIALS, prepare_folder, run_command, study_arguments

# Seconds by which the second one is later, at most.
LATER = 4.0
REFUSALS = ("is running in another process", "keeps its trials in")


def main(rounds: int, seed: int) -> int:
    """Let two processes want one study, every second time in one Optuna storage; returns the number of faults."""
    generator = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["study.lifecycle.run_study", "mlflow.pyfunc", "optuna.storages"])
    counts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="layer-study-owners-") as scratch:
            folders = [Path(scratch) / name for name in ("first", "second")]
            for folder in folders:
                prepare_folder(folder)
            uri = f"sqlite:///{Path(scratch) / 'mlflow.db'}"
            shared = ["--storage", f"sqlite:///{Path(scratch) / 'optuna.db'}"] if number % 2 else []
            words = [*study_arguments(), "--workers", "1", *shared]
            processes = []
            for folder in folders:
                processes.append(
                    context.Process(target=run_command, args=(str(folder), words, str(folder / "log"), uri))
                )
                processes[-1].start()
                time.sleep(generator.uniform(0, LATER))
            for process in processes:
                process.join()
            codes = sorted(process.exitcode or 0 for process in processes)
            said = [(folder / "log").read_text() for folder in folders]
            counts["one storage" if shared else "a storage each"] += 1
            found = _faults(codes, said, uri)
            if found:
                print(f"round {number}: {found}\n{said[0][-1500:]}\n{said[1][-1500:]}", file=sys.stderr)
            faults.update(found)
            print(f"{number + 1} of {rounds} rounds, {faults.total()} faults", file=sys.stderr, flush=True)
    print(f"| two owners from two folders | {rounds} rounds |")
    print("| --- | --- |")
    for kind, count in [*sorted(counts.items()), *((kind, faults[kind]) for kind in KINDS)]:
        print(f"| {kind} | {count} |")
    return faults.total()


KINDS = (
    "not one finished and one refused",
    "no clear line",
    "traceback",
    "trials doubled or lost",
    "study runs doubled",
)


def _faults(codes: list[int], said: list[str], uri: str) -> list[str]:
    found = []
    if codes != [0, 2]:
        found.append(KINDS[0])
    refusals = [line for text in said for line in text.splitlines() if line.startswith("error: ")]
    if len(refusals) != 1 or not any(words in refusals[0] for words in REFUSALS):
        found.append(KINDS[1])
    if any("Traceback" in text for text in said):
        found.append(KINDS[2])
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiments = [one.experiment_id for one in client.search_experiments()]
    runs = client.search_runs(experiments, f"tags.study = '{NAME}'", max_results=1000)
    kinds = Counter(run.data.tags.get("kind") for run in runs)
    if kinds["trial"] != TRIALS:
        found.append(KINDS[3])
    if kinds["study"] != 1 or kinds["superseded"]:
        found.append(KINDS[4])
    return found
