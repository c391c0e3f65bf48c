"""Project folders that are moved or copied, and then used where they are."""

import multiprocessing
import random
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

from benchmarks.fault_study import TRIALS, prepare_folder, run_command, study_arguments

PLACES = ("plain", "with blanks", "umläute", "deep/er/still", "per%20cent", "brackets [x]")
KINDS = (
    "extract failed there",
    "more trials failed there",
    "addresses lead elsewhere",
    "the original changed",
)


def main(number: int, seed: int) -> int:
    """Move or copy a folder with a finished study so often; prints a table, returns the number of faults."""
    generator = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["study.lifecycle.run_study", "mlflow.pyfunc", "optuna.storages"])
    done: Counter[str] = Counter()
    faults: Counter[str] = Counter()

    def run(folder: Path, *words: str) -> int | None:
        child = context.Process(
            target=run_command, args=(str(folder), words, str(folder / "log"), "sqlite:///mlflow.db")
        )
        child.start()
        child.join()
        return child.exitcode

    with tempfile.TemporaryDirectory(prefix="layer-study-moves-") as scratch:
        home = Path(scratch) / "first"
        prepare_folder(home)
        assert run(home, *study_arguments(), "--workers", "1") == 0, (home / "log").read_text()[-2000:]
        for turn in range(number):
            kind = generator.choice(("moved", "copied"))
            there = Path(scratch) / str(turn) / PLACES[turn % len(PLACES)]
            there.parent.mkdir(parents=True)
            before = _addresses(home)
            (shutil.copytree if kind == "copied" else shutil.move)(home, there)
            found = []
            if run(there, "extract", "--data", "candles.csv", "--output", f"{turn}.parquet"):
                found.append(KINDS[0])
            if turn % 3 == 0 and run(
                there,
                *study_arguments()[:-4],
                "--trials",
                str(TRIALS + 1 + turn),
                "--seq_len",
                "16",
                "--workers",
                "1",
            ):
                found.append(KINDS[1])
            if any(there not in Path(address).parents for address in _addresses(there)):
                found.append(KINDS[2])
            if kind == "copied" and _addresses(home) != before:
                found.append(KINDS[3])
            done[kind] += 1
            faults.update(found)
            if found:
                print(f"{there}: {found}\n{(there / 'log').read_text()[-2000:]}", file=sys.stderr)
            print(f"{turn + 1} of {number}, {faults.total()} faults", file=sys.stderr, flush=True)
            home = there
    print(f"| folders moved or copied | {number} |")
    print("| --- | --- |")
    for kind, count in [*sorted(done.items()), *((kind, faults[kind]) for kind in KINDS)]:
        print(f"| {kind} | {count} |")
    return faults.total()


def _addresses(folder: Path) -> list[str]:
    """Where the store says that its runs' and models' files are."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as database:
        return [
            unquote(urlsplit(address).path)
            for query in ("select artifact_uri from runs", "select artifact_location from logged_models")
            for (address,) in database.execute(query).fetchall()
        ]
