"""Outputs that are inputs, in every command that writes and in twelve spellings of one path."""

import contextlib
import io
import os
import sys
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np

from benchmarks.fuzz_inputs import base_candles
from study.cli import main as command_line
from timesnet import Extractor, Scaler, TimesNet, TimesNetConfig
from timesnet.extractor import save_extractor

SPELLINGS = (
    "{name}",
    "./{name}",
    ".//{name}",
    "below/../{name}",
    "./below/.././{name}",
    "../candles/{name}",
    "../link/{name}",
    "{folder}/{name}",
    "{folder}//{name}",
    "{folder}/../link/{name}",
    "soft-{name}",
    "hard-{name}",
)


def main() -> int:
    """Try them all; prints a table, returns the number of faults."""
    faults, counts = 0, dict.fromkeys(COMMANDS, 0)
    for command in COMMANDS:
        for spelling in SPELLINGS:
            with _workplace() as folder:
                words = COMMANDS[command](lambda name, s=spelling, f=folder: s.format(name=name, folder=f))
                before = _contents(folder)
                errors = io.StringIO()
                with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
                    code = command_line(words)
                lines = [line for line in errors.getvalue().splitlines() if line.startswith("error: ")]
                counts[command] += 1
                if code != 2 or len(lines) != 1 or _contents(folder) != before:
                    faults += 1
                    print(f"{command} {spelling}: code {code}, {errors.getvalue()[:300]}", file=sys.stderr)
    print(f"| outputs that are inputs | {len(SPELLINGS)} spellings each |")
    print("| --- | --- |")
    for command, count in counts.items():
        print(f"| {command} | {count} |")
    print(f"| faults (something written, no clear line, another exit code) | {faults} |")
    return faults


EXTRACT = ["extract", "--model", "../model"]
ANYWAY = ["--overwrite", "yes"]
COMMANDS = {
    "extract a file into itself": lambda at: [
        *EXTRACT,
        "--data",
        "in.parquet",
        "--output",
        at("in.parquet"),
        *ANYWAY,
    ],
    "extract beside a link to its output": lambda at: [
        *EXTRACT,
        "--data",
        at("in.parquet"),
        "--output",
        "in.parquet",
        *ANYWAY,
    ],
    "extract into the table to align": lambda at: [
        *EXTRACT,
        "--data",
        "in.parquet",
        "--align",
        "news.parquet",
        "--output",
        at("news.parquet"),
        *ANYWAY,
    ],
    "extract into the table beside": lambda at: [
        *EXTRACT,
        "--data",
        "in.parquet",
        "--beside",
        "news.parquet",
        "--output",
        at("news.parquet"),
        *ANYWAY,
    ],
    "extract with another's file where the projector's belongs": lambda at: [
        *EXTRACT,
        "--data",
        "in.parquet",
        "--projector",
        "yes",
        "--output",
        at("new.parquet"),
    ],
    "extract a folder into one file in it": lambda at: [
        *EXTRACT,
        "--data",
        ".",
        "--output",
        at("new.parquet"),
    ],
    "extract a folder into itself": lambda at: [
        *EXTRACT,
        "--data",
        "folder",
        "--output",
        at("folder"),
        *ANYWAY,
    ],
    "extract over another's file": lambda at: [
        *EXTRACT,
        "--data",
        "in.parquet",
        "--output",
        at("news.parquet"),
    ],
    "fetch over another's file": lambda at: [
        "fetch",
        "--since",
        "2024-01-01",
        "--output",
        at("in.parquet"),
    ],
    "study with its candles as storage": lambda at: [
        "study",
        "--data",
        "in.parquet",
        "--storage",
        f"sqlite:///{at('in.parquet')}",
        "--trials",
        "1",
    ],
}


@contextlib.contextmanager
def _workplace() -> Iterator[Path]:
    """A folder `work` with candles, a table to align, a folder of candles and links to all of them."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="layer-study-outputs-") as scratch:
        folder = Path(scratch) / "candles"
        (folder / "below").mkdir(parents=True)
        (folder / "folder").mkdir()
        (Path(scratch) / "link").symlink_to(folder)
        save_extractor(_small_extractor(), Path(scratch) / "model" / "artifacts" / "extractor")
        for name in ("in.parquet", "news.parquet", "folder/a.parquet"):
            base_candles(60).to_parquet(folder / name, index=False)
        for name in ("in.parquet", "news.parquet"):
            (folder / f"soft-{name}").symlink_to(name)
            os.link(folder / name, folder / f"hard-{name}")
        (folder / "soft-folder").symlink_to("folder")
        (folder / "hard-folder").symlink_to("soft-folder")
        (folder / "soft-new.parquet").symlink_to("new.parquet")
        for name in ("new", "soft-new", "hard-new"):
            (folder / f"{name}.vectors.tsv").write_text("1\t2\n")
        os.chdir(folder)
        ccxt = types.ModuleType("ccxt")
        ccxt.exchanges, ccxt.BaseError = ["binance"], OSError  # type: ignore[attr-defined]
        # Not by mock.patch.dict, which would forget what is imported meanwhile and have it imported anew each time.
        installed = sys.modules.get("ccxt")
        sys.modules["ccxt"] = ccxt
        try:
            with mock.patch.dict(os.environ, {"MLFLOW_TRACKING_URI": f"sqlite:///{scratch}/mlflow.db"}):
                yield folder
        finally:
            os.chdir(before)
            del sys.modules["ccxt"]
            if installed is not None:
                sys.modules["ccxt"] = installed


def _small_extractor() -> Extractor:
    """Of untrained weights, for hourly candles."""
    config = TimesNetConfig(
        task_name="imputation",
        seq_len=16,
        enc_in=12,
        c_out=12,
        d_model=4,
        d_ff=4,
        e_layers=1,
        top_k=1,
        num_kernels=1,
        freq="h",
        period_selection="window",
    )
    scaler = Scaler(np.zeros(12), np.ones(12))
    model = TimesNet(config)
    return Extractor(
        model, "layer_norm", "mean", scaler=scaler, seq_len=16, freq="h", interval_seconds=3600.0
    )


def _contents(folder: Path) -> dict[str, bytes]:
    """All files by name; a link to nothing counts as a file of its own."""
    return {
        str(path): path.read_bytes() if path.exists() else b""
        for path in sorted(folder.rglob("*"))
        if not path.is_dir() and path.name != ".lock"
    }
