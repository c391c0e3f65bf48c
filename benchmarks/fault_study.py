"""The small study that the fault campaign disturbs."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

SPACE = """
task_name: [imputation, classification]
d_model: [4, 8]
d_ff: 8
e_layers: 1
top_k: 2
num_kernels: 1
dropout: 0.1
use_norm: [true, false]
pred_len: 1
learning_rate: {low: 0.001, high: 0.01, log: true}
weight_decay: 0.01
batch_size: 128
train_epochs: 2
"""
NAME, TRIALS = "small", 3


def prepare_folder(folder: Path) -> None:
    """Write 800 made-up candles and a search space of tiny networks."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(0)
    # Quiet and wild weeks take turns, so that there is something to find.
    spread = 0.01 * np.exp(np.sin(np.arange(800) / 40))
    close = 100 * np.exp(np.cumsum(generator.normal(0, spread)))
    frame = pd.DataFrame(
        {
            "date": pd.date_range("2024-01-01", periods=len(close), freq="h", tz="UTC"),
            "open": close,
            "high": close * (1 + spread),
            "low": close * (1 - spread),
            "close": close,
            "volume": generator.lognormal(0, 1, len(close)),
        }
    )
    frame.to_csv(folder / "candles.csv", index=False)
    (folder / "space.yaml").write_text(SPACE)


def study_arguments(name: str = NAME) -> list[str]:
    """Command-line words of the study, 3 trials on windows of 16 candles."""
    words = f"study --data candles.csv --space space.yaml --name {name} --trials {TRIALS} --seq_len 16"
    return words.split()


def store(folder: Path) -> str:
    """Tracking URI of the folder's own database."""
    return f"sqlite:///{folder / 'mlflow.db'}"


def run_command(folder: str, arguments: Sequence[str], log: str, uri: str = "") -> None:
    """Run a command in this process, a child, with that store or one of its own; what it prints goes to `log`.

    Exits with the command's code.
    """
    os.chdir(folder)
    os.environ["MLFLOW_TRACKING_URI"] = uri or store(Path(folder))
    os.environ.pop("MLFLOW_RUN_ID", None)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(target, 1)
    os.dup2(target, 2)
    from study.cli import main

    sys.exit(main(arguments))
