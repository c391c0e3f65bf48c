"""Peak memory of a capture of all layers, measured in a process of its own."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.frozen_pair import Shape, build_pair, random_walk_windows
from timesnet import capture_layers


def capture_memory(shape: Shape, n: int, batch: int) -> tuple[float, float]:
    """Megabytes of the result, and of the highest resident memory above that before the capture."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measure, shape, n, batch).result()


def _measure(shape: Shape, n: int, batch: int) -> tuple[float, float]:
    torch.set_num_threads(1)
    merged, _ = build_pair(shape)
    windows = random_walk_windows(shape, n)
    # The libraries' own one-time memory is no part of a capture.
    capture_layers(merged, windows.select(slice(0, 2 * batch)).batches(batch), min(n, 2 * batch))
    with peak_above() as peak:
        captured = capture_layers(merged, windows.batches(batch), n)
    distinct = {id(vectors): vectors.nbytes for vectors in captured.values()}
    return sum(distinct.values()) / 2**20, peak.megabytes


@dataclass
class Peak:
    """The highest resident memory above that at the start."""

    megabytes: float = 0.0


@contextmanager
def peak_above() -> Iterator[Peak]:
    """Fills in, at the end of the block, how far this process's resident memory rose within it."""
    peak = Peak()
    before = status("VmRSS")
    # 5 resets the high-water mark (proc(5)).
    Path("/proc/self/clear_refs").write_text("5")
    yield peak
    peak.megabytes = (status("VmHWM") - before) / 1024


def status(field: str) -> int:
    """A figure of this process in kilobytes, as proc(5) names it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no {field}")
