"""How much of a study's wall time goes into MLflow.

    python -m benchmarks.tracking                a default study on SQLite, another against a server on this machine
    python -m benchmarks.tracking --trials 4     shorter ones
    python -m benchmarks.tracking --stores server

Every call of MLflow's client that the study's process makes is timed, uploads and the registration of the model among
them, and so is every wait for the outbox, whose thread makes most of them beside the study. What the study waits for
is its cost. Goal: under 5 % of a default study's wall time.
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

from study.tracking.outbox import Outbox

Seconds = dict[str, list[float]]
STORES = ("SQLite", "server")


def main() -> None:
    """Run both studies in folders of their own, print the table as markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    given = parser.parse_args()
    trials = given.trials
    print("| store | study, s | it waits, s | share | calls beside it | in them, s | costliest waits |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- |")
    for store in given.stores:
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
    from study.lifecycle.run_study import run_study

    mlflow.set_tracking_uri(uri)
    # The store creates its tables once, before any study.
    MlflowClient().search_experiments()
    seconds: dict[str, Seconds] = {"waits": defaultdict(list), "beside": defaultdict(list)}
    console = sys.stdout
    with timed(seconds), open(os.devnull, "w") as quiet:
        sys.stdout = quiet
        started = time.perf_counter()
        try:
            run_study(StudyConfiguration(trials=trials))
        finally:
            sys.stdout = console
        whole = time.perf_counter() - started
    waits, beside = seconds["waits"], seconds["beside"]
    spent = sum(map(sum, waits.values()))
    costliest = sorted(waits, key=lambda name: -sum(waits[name]))[:4]
    named = ", ".join(f"{name} {sum(waits[name]):.1f} s in {len(waits[name])}" for name in costliest)
    calls, elsewhere = sum(map(len, beside.values())), sum(map(sum, beside.values()))
    return (
        f"| {store} | {whole:.0f} | {spent:.1f} | {spent / whole:.1%} | {calls} | {elsewhere:.1f} | {named} |"
    )


@contextmanager
def timed(seconds: dict[str, Seconds]) -> Iterator[None]:
    """Note how long each call of MLflow's client, `log_model` and the outbox takes; calls within calls count once.

    Those of the main thread are `waits`, all others `beside`.
    """
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
                main = threading.current_thread() is threading.main_thread()
                seconds["waits" if main else "beside"][name].append(time.perf_counter() - started)

        return watch

    public = [name for name in vars(MlflowClient) if not name.startswith("_")]
    places = [(MlflowClient, name) for name in public if callable(getattr(MlflowClient, name))]
    places += [(Outbox, name) for name in ("put", "keep_files", "flush", "wait_for", "close")]
    kept = [(place, name, getattr(place, name)) for place, name in places]
    log_model = mlflow.pyfunc.log_model
    try:
        for place, name, value in kept:
            setattr(place, name, watched(name, value))
        mlflow.pyfunc.log_model = watched("log_model", log_model)
        yield
    finally:
        for place, name, value in kept:
            setattr(place, name, value)
        mlflow.pyfunc.log_model = log_model


@contextmanager
def server(folder: Path, *, database: str = "server.db", artifacts: str = "files") -> Iterator[str]:
    """`mlflow server` with one worker on a folder's SQLite and artifacts, on a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    stores = [
        "--backend-store-uri",
        f"sqlite:///{folder}/{database}",
        "--artifacts-destination",
        f"{folder}/{artifacts}",
    ]
    process = subprocess.Popen(
        [*command, *stores, "--workers", "1"],
        env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
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
