"""How much of a study's wall time goes into MLflow.

    python -m benchmarks.tracking                a default study on SQLite, another against a server on this machine
    python -m benchmarks.tracking --trials 4     shorter ones

Every call of MLflow's client that the study's process makes is timed, uploads and the registration of the model among
them. Goal: under 5 % of a default study's wall time.
"""

import argparse
import functools
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient

Seconds = dict[str, list[float]]


def main() -> None:
    """Run both studies in folders of their own, print the table as markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=20)
    trials = parser.parse_args().trials
    print("| store | study, s | calls | in MLflow, s | share | costliest calls |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for store in ("SQLite", "server"):
        with tempfile.TemporaryDirectory(prefix="layer-study-") as folder:
            os.chdir(folder)
            if store == "server":
                with server(Path(folder)) as uri:
                    print(row(store, uri, trials), flush=True)
            else:
                print(row(store, f"sqlite:///{folder}/mlflow.db", trials), flush=True)
            os.chdir("/")


def row(store: str, uri: str, trials: int) -> str:
    """One study against one store."""
    from study.configuration import StudyConfiguration
    from study.run_study import run_study

    mlflow.set_tracking_uri(uri)
    # The store creates its tables once, before any study.
    MlflowClient().search_experiments()
    seconds: Seconds = defaultdict(list)
    console = sys.stdout
    with timed(seconds), open(os.devnull, "w") as quiet:
        sys.stdout = quiet
        started = time.perf_counter()
        try:
            run_study(StudyConfiguration(trials=trials))
        finally:
            sys.stdout = console
        whole = time.perf_counter() - started
    spent = sum(map(sum, seconds.values()))
    costliest = sorted(seconds, key=lambda name: -sum(seconds[name]))[:5]
    named = ", ".join(f"{name} {sum(seconds[name]):.1f} s in {len(seconds[name])}" for name in costliest)
    calls = sum(map(len, seconds.values()))
    return f"| {store} | {whole:.0f} | {calls} | {spent:.1f} | {spent / whole:.1%} | {named} |"


@contextmanager
def timed(seconds: Seconds) -> Iterator[None]:
    """Note how long each public call of MLflow's client and of `log_model` takes; calls within calls count once."""
    inside = threading.local()

    def watched(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def watch(*arguments: Any, **options: Any) -> Any:
            if getattr(inside, "call", False):
                return call(*arguments, **options)
            inside.call, started = True, time.perf_counter()
            try:
                return call(*arguments, **options)
            finally:
                inside.call = False
                seconds[name].append(time.perf_counter() - started)

        return watch

    kept = {
        name: value
        for name, value in vars(MlflowClient).items()
        if callable(value) and not name.startswith("_")
    }
    log_model = mlflow.pyfunc.log_model
    try:
        for name, value in kept.items():
            setattr(MlflowClient, name, watched(name, value))
        mlflow.pyfunc.log_model = watched("log_model", log_model)
        yield
    finally:
        for name, value in kept.items():
            setattr(MlflowClient, name, value)
        mlflow.pyfunc.log_model = log_model


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """`mlflow server` with one worker on SQLite, on a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    stores = [
        "--backend-store-uri",
        f"sqlite:///{folder}/server.db",
        "--artifacts-destination",
        f"{folder}/files",
    ]
    process = subprocess.Popen(
        [*command, *stores, "--workers", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    uri = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{uri}/health", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        yield uri
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
