"""One small study through the real `mlflow run`, shared by the end-to-end tests."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from study.cli import main
from study.stores import make_store_whole

ROOT = Path(__file__).parents[2]
SMALL_SPACE = """
task_name: [imputation, classification]
d_model: [4, 8]
d_ff: 8
e_layers: 2
top_k: 2
num_kernels: 2
dropout: 0.1
use_norm: [true, false]
pred_len: 1
learning_rate: {low: 0.001, high: 0.01, log: true}
weight_decay: 0.01
batch_size: 128
train_epochs: 2
"""

# Probing all windows would be most of a small study's time.
FEW_WINDOWS = 1200
# One process: test_workers.py holds two to what it finds.
SMALL = ("trials=3", "space=small.yaml", f"max_probe_windows={FEW_WINDOWS}", "workers=1")
# Words of a study that is to find what that one finds, less the other labels that are asked about at its end.
QUICK = ("--space", "small.yaml", "--max_probe_windows", str(FEW_WINDOWS), "--also", "none")
# What the study printed, kept beside it.
SAID = "said.txt"
# Ends the name of the folder that the others are copied from.
WHOLE = "whole"


@dataclass(frozen=True)
class Project:
    """A copy of the project with a store of its own."""

    folder: Path
    space: Path

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
        return {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MLFLOW_TRACKING_URI": self.uri,
            "OMP_NUM_THREADS": "1",
        }

    def mlflow_run(self, entry: str, *parameters: str, **environment: str) -> subprocess.CompletedProcess:
        arguments = [word for parameter in parameters for word in ("-P", parameter)]
        return subprocess.run(
            ["mlflow", "run", ".", "-e", entry, "--env-manager", "local", *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=600,
        )

    def command(self, *arguments: str) -> int:
        """`layer-study` in this process, in the project's folder and store, which spares seconds of imports."""
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
                patch.delenv(name)
            patch.setenv("MLFLOW_TRACKING_URI", self.uri)
            patch.setenv("MLFLOW_EXPERIMENT_NAME", "Default")  # as `mlflow run` has it
            patch.chdir(self.folder)
            mlflow.set_tracking_uri(self.uri)
            # What ends the tests' own process is not the command's to say.
            before = signal.getsignal(signal.SIGTERM)
            try:
                return main(arguments)
            finally:
                signal.signal(signal.SIGTERM, before)

    @property
    def client(self) -> mlflow.MlflowClient:
        return mlflow.MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)

    def runs(self, experiment: str = "Default", **tags: str) -> list:
        found = self.client.get_experiment_by_name(experiment)
        query = " and ".join(f"tags.{key} = '{value}'" for key, value in tags.items())
        return list(self.client.search_runs([found.experiment_id], query, max_results=1000))


def write_empty_store(folder: Path) -> None:
    """MLflow's tables, which take it seconds to make, with the one experiment whose artifacts go beside them."""
    (folder / "mlflow.db").write_bytes(_empty_store())
    with closing(sqlite3.connect(folder / "mlflow.db")) as store, store:
        store.execute("UPDATE experiments SET artifact_location = ?", (str(folder / "mlruns" / "0"),))


@cache
def _empty_store() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        make_store_whole(f"sqlite:///{folder}/mlflow.db")
        return (Path(folder) / "mlflow.db").read_bytes()


def copy_project(folder: Path) -> Project:
    """The files of the project, without its environment and studies, and an empty store in an empty folder."""
    for name in (
        "study",
        "timesnet",
        "probes",
        "Makefile",
        "MLproject",
        "conda.yaml",
        "requirements.lock",
        "pyproject.toml",
    ):
        source = ROOT / name
        if source.is_dir():
            # With what Python has compiled of them: it would take the first process seconds.
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    space = folder / "small.yaml"
    space.write_text(SMALL_SPACE)
    write_empty_store(folder)
    return Project(folder, space)


def write_news(path: Path) -> None:
    """Two numbers every twenty minutes of the built-in candles' time."""
    at = pd.date_range("2021-09-27", "2021-12-30", freq="20min", tz="UTC")
    numbers = np.random.default_rng(0).normal(size=(len(at), 2))
    pd.DataFrame({"published_at": at, "vector": list(numbers)}).to_parquet(path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """(project, what `mlflow run` printed) of a finished study of three trials.

    Where several processes share the tests, the first that needs it runs it and each has a copy of its own.
    """
    base, one = tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER", WHOLE)
    shared = base if one == WHOLE else base.parent
    # Names of one length: a path can take another's place in a database then.
    first, own = (shared / f"project-{name:_>{len(WHOLE)}}" for name in (WHOLE, one))
    with FileLock(shared / "project.lock"):
        if not (first / SAID).exists():
            _finish_study(first)
        if not own.exists():
            _copy_of(first, own)
    return Project(own, own / "small.yaml"), (own / SAID).read_text()


@pytest.fixture
def project(tmp_path):
    """A project without any study, so that nothing is left in that of the finished one."""
    return copy_project(tmp_path)


def _finish_study(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # an attempt that failed
    folder.mkdir()
    project = copy_project(folder)
    write_news(folder / "news.parquet")
    done = project.mlflow_run("study", *SMALL, "name=small", "beside=news.parquet", "on=published_at")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / SAID).write_text(done.stdout + done.stderr)


def _copy_of(folder: Path, other: Path) -> None:
    """As if the study had been run in the other folder: its path, as long as the first one's, stands for that one."""
    shutil.copytree(folder, other)
    was, now = os.fsencode(folder), os.fsencode(other)
    assert len(was) == len(now)
    for path in other.rglob("*"):
        if path.is_file() and was in (content := path.read_bytes()):
            path.write_bytes(content.replace(was, now))
