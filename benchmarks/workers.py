"""Trials a minute with one process and with two: `python -m benchmarks.workers`."""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TRIALS = 8
SPACE = """
task_name: [imputation, classification]
d_model: [8, 16]
d_ff: 16
e_layers: 2
top_k: 2
num_kernels: 3
dropout: 0.1
use_norm: [true, false]
pred_len: 1
learning_rate: {low: 0.001, high: 0.01, log: true}
weight_decay: 0.01
batch_size: 128
train_epochs: 3
"""


def seconds_of_trials(workers: int) -> float:
    """From the first trial's start to the last one's end, start of the worker processes counted in."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "space.yaml").write_text(SPACE)
        words = ["--trials", str(TRIALS), "--space", "space.yaml", "--workers", str(workers)]
        process = subprocess.Popen(
            [sys.executable, "-m", "study", "study", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"}
            | {"MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        started = ended = 0.0
        for line in process.stdout:
            if line.startswith("trial 0:"):
                started = time.perf_counter()
            if re.search(rf"{TRIALS} of {TRIALS} trials done", line):
                ended = time.perf_counter()
                process.kill()
        process.wait()
        return ended - started


def main() -> None:
    """Print both and their ratio, and how busy the machine was with other things before."""
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load before {load:.1f}")
    took = {workers: seconds_of_trials(workers) for workers in (1, 2)}
    for workers, seconds in took.items():
        print(f"workers={workers}: {TRIALS} trials in {seconds:.1f} s, {60 * TRIALS / seconds:.1f} a minute")
    print(f"ratio {took[1] / took[2]:.2f}")


if __name__ == "__main__":
    main()
