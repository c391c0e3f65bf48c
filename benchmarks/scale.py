"""How time and memory of a study grow with windows and layers.

    python -m benchmarks.scale            windows 10^3 to 10^6, layers 10 to 100; about ten minutes on 2 cores
    python -m benchmarks.scale --quick    tiny sizes, to see that it runs
    python -m benchmarks.scale --image docs/images/scaling.svg

Prints markdown tables with fitted exponents, t ~ n^exponent, over the sizes from a hundredth of the largest one up,
where fixed costs say little. Each size has processes of its own with one thread, one for the study's phases and one
for each extraction: wall seconds, and the highest resident memory above that before the phase began.

Phases: *load* reads, repairs, labels, splits and scales one Parquet file of minute candles; *epoch* is one pass over
all fit windows, *sampled epoch* one with `windows_per_epoch`; *capture* and *probe* see at most `max_probe_windows`;
*extract* embeds a folder of files of 10,000 candles each, *extract one file* all candles in one.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.capture_memory import peak_above
from study.commands.embed_file import Layout
from study.commands.extract_folder import extract_folder
from study.commands.model import FetchedModel
from study.configuration import StudyConfiguration
from study.data.prepare import prepare
from study.data.study_data import StudyData
from study.trials.network import task_windows
from study.trials.probing import probe_network
from timesnet import (
    Extractor,
    TimesNet,
    TimesNetConfig,
    TrainingSettings,
    freeze_frequencies,
    list_layers,
    train,
)
from timesnet.extractor.files import save_extractor

SEQ_LEN, PER_FILE = 48, 10_000
WINDOWS = (1_000, 10_000, 100_000, 1_000_000)
BLOCKS = (1, 2, 4, 7)
SAMPLED, PROBED = 10_000, 20_000


@dataclass(frozen=True)
class Measured:
    """One figure of a phase: its size (windows or layers), seconds, MB above the start."""

    phase: str
    size: int
    seconds: float
    megabytes: float


def candle_file(path: Path, n: int, seed: int = 0) -> Path:
    """n minute candles of a random walk with a gap every fifty thousand."""
    generator = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(generator.normal(0, 0.0005, n)))
    opening = np.concatenate(([100.0], close[:-1]))
    wide = 1 + generator.exponential(0.0003, (2, n))
    minutes = np.arange(n) + np.arange(n) // 50_000 * 30
    frame = pd.DataFrame(
        {
            "date": pd.Timestamp("2015-01-01", tz="UTC") + pd.to_timedelta(minutes, unit="min"),
            "open": opening,
            "high": np.maximum(opening, close) * wide[0],
            "low": np.minimum(opening, close) / wide[1],
            "close": close,
            "volume": generator.gamma(2, 500, n),
        }
    )
    frame.to_parquet(path, index=False)
    return path


def data_of(path: Path) -> StudyData:
    return prepare(
        StudyConfiguration(
            data=str(path), windows_per_epoch=SAMPLED, max_probe_windows=PROBED, seq_len=SEQ_LEN
        )
    )


def network(blocks: int = 2) -> TimesNet:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TimesNet(
            TimesNetConfig(
                task_name="imputation",
                seq_len=SEQ_LEN,
                enc_in=12,
                c_out=12,
                d_model=8,
                d_ff=8,
                e_layers=blocks,
                top_k=2,
                num_kernels=3,
                freq="t",
            )
        )


def study_by_windows(path: Path, size: int) -> list[Measured]:
    """Load, epochs, capture, probe, one after the other: what a phase leaves behind is not counted to the next."""
    with peak_above() as peak:
        started = time.perf_counter()
        data = data_of(path)
        seconds = time.perf_counter() - started
    found = [Measured("load", size, seconds, peak.megabytes)]
    warm_up(data)
    found.append(epoch("epoch", data, size, 0))
    found.append(epoch("sampled epoch", data, size, SAMPLED))
    return found + capture_and_probe(data, network(), size, "")


def study_by_layers(path: Path, blocks: int) -> list[Measured]:
    data, model = data_of(path), network(blocks)
    warm_up(data)
    size = len(list_layers(model))
    trained = epoch("epoch, by layers", data, size, 0, blocks)
    return [trained, *capture_and_probe(data, model, size, ", by layers")]


def warm_up(data: StudyData) -> None:
    """What torch does once a process is no part of a phase."""
    epoch("warm-up", data, 0, 128)


def epoch(phase: str, data: StudyData, size: int, per_epoch: int, blocks: int = 2) -> Measured:
    model = network(blocks)
    settings = TrainingSettings(train_epochs=1, windows_per_epoch=per_epoch, batch_size=128)
    windows = task_windows(data, model.config)
    fit, tune = windows.select(data.splits.fit), windows.select(data.probed.tune[:200])
    with peak_above() as peak:
        started = time.perf_counter()
        train(model, fit, tune, settings=settings)
    return Measured(phase, size, time.perf_counter() - started, peak.megabytes)


def capture_and_probe(data: StudyData, model: TimesNet, size: int, suffix: str) -> list[Measured]:
    with peak_above() as peak:
        record = probe_network(model, data, metric="auc", seed=0, number=0, variant={})
    return [
        Measured(f"{phase}{suffix}", size, record.seconds[phase], peak.megabytes)
        for phase in ("capture", "probe")
    ]


def extract(folder: Path, warm: Path, size: int, phase: str) -> list[Measured]:
    data = data_of(next(iter(sorted(folder.glob("*.parquet")))))
    model = network()
    windows = task_windows(data, model.config)
    freeze_frequencies(model, lambda: windows.select(data.splits.fit).batches(256))
    model.period_selection = "frozen"
    extractor = Extractor(
        model, "layer_norm#1", "mean", scaler=data.scaler, seq_len=SEQ_LEN, freq="t", interval_seconds=60.0
    )
    with tempfile.TemporaryDirectory() as place:
        saved = save_extractor(extractor, Path(place) / "model")
        fetched = FetchedModel(Path(saved), "benchmark", "benchmark")
        layout = Layout(stride=1, vector="list", batch_size=1024)
        # Reading Parquet and embedding once load what they need once.
        extract_folder(fetched, warm, Path(place) / "warm", layout)
        with peak_above() as peak:
            started = time.perf_counter()
            extract_folder(fetched, folder, Path(place) / "out", layout)
        return [Measured(phase, size, time.perf_counter() - started, peak.megabytes)]


def alone(function: Callable[..., list[Measured]], *arguments: object) -> list[Measured]:
    """Call a measurement in a new process with one thread."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        found = pool.submit(function, *arguments).result()
    for one in found:
        print(f"  {one.phase}: {one.size:,}: {one.seconds:.2f} s, {one.megabytes:.0f} MB", flush=True)
    return found


def measure(folder: Path, sizes: Sequence[int], blocks: Sequence[int]) -> list[Measured]:
    """All figures; files are made as they are needed."""
    found: list[Measured] = []
    warm = folder / "warm"
    warm.mkdir()
    candle_file(warm / "candles.parquet", 600)
    for size in sizes:
        one = folder / f"one-{size}"
        one.mkdir()
        path = candle_file(one / "candles.parquet", size)
        found += alone(study_by_windows, path, size)
        found += extractions(folder, one, warm, size)
    path = candle_file(folder / "layers.parquet", min(3_000, sizes[-1]))
    for number in blocks:
        found += alone(study_by_layers, path, number)
    return found


def extractions(folder: Path, one: Path, warm: Path, size: int) -> list[Measured]:
    many = folder / f"many-{size}"
    many.mkdir()
    for number in range(math.ceil(size / PER_FILE)):
        candle_file(many / f"{number:04d}.parquet", min(size, PER_FILE), seed=number)
    return alone(extract, many, warm, size, "extract") + alone(extract, one, warm, size, "extract one file")


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Slope of log(value) over log(size); nan of fewer than two sizes."""
    if len(set(sizes)) < 2 or min(values) <= 0:
        return math.nan
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def tables(found: Sequence[Measured]) -> str:
    """One markdown table by windows, one by layers."""
    parts = []
    for by_layers in (False, True):
        chosen = [one for one in found if one.phase.endswith("by layers") == by_layers]
        phases = list(dict.fromkeys(one.phase for one in chosen))
        sizes = sorted({one.size for one in chosen})
        head = " | ".join(f"{size:,}" for size in sizes)
        unit = "layers" if by_layers else "windows"
        parts.append(f"| {unit}: seconds (MB) | {head} | exponent of time | of memory |")
        parts.append("| --- " * (len(sizes) + 3) + "|")
        for phase in phases:
            by_size = {one.size: one for one in chosen if one.phase == phase}
            cells = [
                f"{by_size[size].seconds:.2f} ({by_size[size].megabytes:.0f})" if size in by_size else ""
                for size in sizes
            ]
            least = 0 if by_layers else max(by_size) / 100
            big = [one for one in by_size.values() if one.size >= least]
            slopes = [
                exponent([one.size for one in big], [getattr(one, what) for one in big])
                for what in ("seconds", "megabytes")
            ]
            name = phase.removesuffix(", by layers")
            parts.append(f"| {name} | {' | '.join(cells)} | {slopes[0]:.2f} | {slopes[1]:.2f} |")
        parts.append("")
    return "\n".join(parts)


def draw(found: Sequence[Measured], path: Path) -> None:
    """Seconds and megabytes over windows, on logarithmic axes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    chosen = [one for one in found if not one.phase.endswith("by layers")]
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6))
    for axis, what, label in zip(
        axes, ("seconds", "megabytes"), ("seconds", "MB above the start"), strict=True
    ):
        for phase in dict.fromkeys(one.phase for one in chosen):
            points = [(one.size, getattr(one, what)) for one in chosen if one.phase == phase]
            if what == "seconds" or phase != "probe":
                name = "capture + probe" if (what, phase) == ("megabytes", "capture") else phase
                axis.loglog(*zip(*points, strict=True), marker="o", markersize=3, linewidth=1, label=name)
        axis.set_xlabel("windows")
        axis.set_ylabel(label)
        axis.grid(True, which="major", linewidth=0.3)
        axis.legend(fontsize=7, frameon=False)
    figure.tight_layout()
    figure.savefig(path)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    parser.add_argument("--image", type=Path, default=None, help="where to draw the curves (SVG or PNG)")
    options = parser.parse_args(arguments)
    sizes, blocks = ((600, 1_200), (1, 2)) if options.quick else (WINDOWS, BLOCKS)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), sizes, blocks)
    print(f"\n{tables(found)}")
    if options.image is not None:
        draw(found, options.image)
        print(f"drawn: {options.image}")


if __name__ == "__main__":
    main()
