"""What preparing the data of a study takes in time and memory.

    python -m benchmarks.prepare                  10^6, 3 * 10^6, 10^7 minute candles of ten symbols
    python -m benchmarks.prepare --mixed          the same in files that each hold all symbols, as months would
    python -m benchmarks.prepare --more           each size with the targets of the task outcomes, the calendar and the
                                                  history, too: what each costs by itself is the difference

Each size runs in a process of its own, with one thread, that has prepared a few candles before. Bytes a candle are
above what the process had then: *anonymous*, which the system cannot put aside without swapping, at its highest
(sampled) and once the data are ready; *resident*, at its highest, with pages of mapped files. The last column says
what the highest anonymous memory would be at 8.4 * 10^8 candles, 200 coins over eight years.
"""

import argparse
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from benchmarks.capture_memory import peak_above, status
from benchmarks.scale import candle_file
from study.configuration import StudyConfiguration
from study.data import CALENDAR, CANDLE, INPUTS, prepare

SIZES, SYMBOLS, LARGE = (1_000_000, 3_000_000, 10_000_000), 10, 840_000_000
LABELLED = "features and label"
WANTED: dict[str, dict[str, Any]] = {
    LABELLED: {},
    "and targets of outcomes": {"outcomes": True},
    "and calendar": {"inputs": (CANDLE, CALENDAR)},
    "and calendar, history": {"inputs": INPUTS},
}


@dataclass
class Held:
    """Bytes of anonymous memory above that at the start: the most, and at the end."""

    peak: int = 0
    end: int = 0


def candle_folder(folder: Path, candles: int, *, mixed: bool = False) -> Path:
    """A file of minute candles for each symbol; `mixed` divides them anew into as many that hold all symbols."""
    folder.mkdir()
    paths = [folder / f"{number}.parquet" for number in range(SYMBOLS)]
    for number, path in enumerate(paths):
        frame = pd.read_parquet(candle_file(path, candles // SYMBOLS, seed=number))
        frame.assign(symbol=f"COIN{number}USDT").to_parquet(path, index=False)
    if mixed:
        whole = pd.concat(map(pd.read_parquet, paths)).sort_values(["date", "symbol"])
        for number, path in enumerate(paths):
            start, stop = (len(whole) * place // SYMBOLS for place in (number, number + 1))
            whole.iloc[start:stop].to_parquet(path, index=False)
    return folder


@contextmanager
def anonymous_memory() -> Iterator[Held]:
    """Fills in what this process holds within the block, sampled every few milliseconds."""
    held, over, before = Held(), threading.Event(), status("RssAnon")

    def watch() -> None:
        waiting = True
        while waiting:
            waiting = not over.wait(0.003)
            held.end = (status("RssAnon") - before) * 1024
            held.peak = max(held.peak, held.end)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield held
    over.set()
    watcher.join()


def measure(folder: Path, tiny: Path, what: str) -> str:
    """A row of the table."""
    wanted = WANTED[what]
    prepare(StudyConfiguration(data=str(tiny)), **wanted)
    with peak_above() as resident, anonymous_memory() as held:
        started = time.perf_counter()
        data = prepare(StudyConfiguration(data=str(folder)), **wanted)
        seconds = time.perf_counter() - started
    n = len(data.candles)
    each = [f"{size / n:.0f}" for size in (held.peak, held.end, resident.megabytes * 2**20)]
    return f"| {n:,} | {what} | {seconds:.1f} | {' | '.join(each)} | {held.peak / n * LARGE / 1e9:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--candles", type=int, nargs="+", default=SIZES)
    parser.add_argument("--mixed", action="store_true", help="each file holds all symbols")
    parser.add_argument(
        "--more", action="store_true", help="also what a search space may ask for beside the features"
    )
    options = parser.parse_args()
    print("| candles | prepared | seconds | anonymous, peak | at the end | resident, peak | GB at 8.4e8 |")
    print("| --- " * 7 + "|")
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as place:
        tiny = candle_folder(Path(place) / "tiny", 10_000)
        for size in options.candles:
            folder = candle_folder(Path(place) / str(size), size, mixed=options.mixed)
            for what in WANTED if options.more else [LABELLED]:
                with ProcessPoolExecutor(1, spawn, torch.set_num_threads, (1,)) as pool:
                    print(pool.submit(measure, folder, tiny, what).result(), flush=True)


if __name__ == "__main__":
    main()
