"""What preparing the data of a study takes in time and memory.

    python -m benchmarks.prepare                                  10^6, 3 * 10^6, 10^7 minute candles of ten symbols
    python -m benchmarks.prepare --candles 1000000 --mixed        files that each hold all symbols, as months would

Each size runs in a process of its own with one thread that has prepared a few candles before. Bytes a candle are
above what the process had then: *anonymous*, which the system cannot take back without swapping, at its highest
(sampled) and once the data are ready, and *resident*, which counts pages of mapped files too. The last column says
what the highest anonymous memory would be at 8.4 * 10^8 candles, 200 coins over eight years.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch

from benchmarks.capture_memory import peak_above, status
from benchmarks.scale import candle_file
from study.configuration import StudyConfiguration
from study.prepare import prepare
from study.study_data import windows_digest

SIZES, SYMBOLS, LARGE = (1_000_000, 3_000_000, 10_000_000), 10, 840_000_000


@dataclass
class Held:
    """Kilobytes of anonymous memory above that at the start: the most, and at the end."""

    peak: int = 0
    end: int = 0


def candle_folder(folder: Path, candles: int, *, mixed: bool = False) -> Path:
    """A file of minute candles for each symbol; `mixed` divides them anew into as many files that hold all symbols."""
    folder.mkdir()
    paths = [folder / f"{number}.parquet" for number in range(SYMBOLS)]
    for number, path in enumerate(paths):
        frame = pd.read_parquet(candle_file(path, candles // SYMBOLS, seed=number))
        frame.assign(symbol=f"COIN{number}USDT").to_parquet(path, index=False)
    if mixed:
        whole = pd.concat(map(pd.read_parquet, paths)).sort_values(["date", "symbol"])
        for number, path in enumerate(paths):
            part = slice(len(whole) * number // SYMBOLS, len(whole) * (number + 1) // SYMBOLS)
            whole.iloc[part].to_parquet(path, index=False)
    return folder


@contextmanager
def anonymous_memory() -> Iterator[Held]:
    """Fills in, at the end of the block, what this process held within it, sampled every few milliseconds."""
    held, over, before = Held(), threading.Event(), status("RssAnon")

    def watch() -> None:
        while not over.wait(0.003):
            held.peak = max(held.peak, status("RssAnon") - before)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield held
    over.set()
    watcher.join()
    held.end = status("RssAnon") - before


def measure(folder: Path, tiny: Path) -> tuple[int, float, float, float, float, str]:
    """Candles, seconds, bytes a candle (anonymous at most, at the end; resident at most), the windows' digest."""
    prepare(StudyConfiguration(data=str(tiny)))
    with peak_above() as resident, anonymous_memory() as held:
        started = time.perf_counter()
        data = prepare(StudyConfiguration(data=str(folder)))
        seconds = time.perf_counter() - started
    n = len(data.candles)
    return (
        n,
        seconds,
        held.peak * 1024 / n,
        held.end * 1024 / n,
        resident.megabytes * 2**20 / n,
        windows_digest(data),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--candles", type=int, nargs="+", default=SIZES)
    parser.add_argument("--mixed", action="store_true", help="each file holds all symbols")
    options = parser.parse_args(arguments)
    spawn = multiprocessing.get_context("spawn")
    print(
        "| candles | seconds | anonymous, peak (bytes a candle) | at the end | resident, peak | at 8.4e8, GB |"
    )
    print("| --- " * 6 + "|")
    with tempfile.TemporaryDirectory() as place:
        tiny = candle_folder(Path(place) / "tiny", 10_000)
        for size in options.candles:
            folder = candle_folder(Path(place) / str(size), size, mixed=options.mixed)
            with ProcessPoolExecutor(
                1, mp_context=spawn, initializer=torch.set_num_threads, initargs=(1,)
            ) as pool:
                n, seconds, peak, end, resident, digest = pool.submit(measure, folder, tiny).result()
            cells = f"{peak:.0f} | {end:.0f} | {resident:.0f} | {peak * LARGE / 1e9:.0f}"
            print(f"| {n:,} | {seconds:.1f} | {cells} | windows {digest}", flush=True)


if __name__ == "__main__":
    main()
