"""A tracking server that fails at random moments of a study."""

import importlib.util
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from benchmarks.fault_kills import FAULTS, FIRST_LINE, faults_of, outcome_of
from benchmarks.fault_study import prepare_folder, run_command, study_arguments

# Outages that one study suffers.
EACH = 2
LONGEST = 15.0
STOPPED = "stopped"


def main(outages: int, seed: int) -> int:
    """Let studies meet `outages` failures of their server in all; prints a table, returns the number of faults."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["study.lifecycle.run_study", "mlflow.pyfunc", "optuna.storages"])
    faulty = _faulty_server()
    generator = random.Random(seed)
    kinds = (STOPPED, faulty.UNAVAILABLE, faulty.REFUSED, faulty.LOST)
    counts: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    done = studies = 0
    with tempfile.TemporaryDirectory(prefix="layer-study-outages-") as scratch:
        folder = Path(scratch)
        prepare_folder(folder)
        with faulty.MlflowServer(folder) as server:
            lasting = _study(context, folder, server, "undisturbed", [])[1]
            expected = _outcome(folder, server, "undisturbed")
            with suppress(KeyboardInterrupt):  # what was found so far is shown
                while done < outages:
                    name = f"outage-{studies}"
                    moments = sorted(
                        (
                            generator.uniform(0, lasting),
                            generator.choice(kinds),
                            generator.uniform(0.5, LONGEST),
                        )
                        for _ in range(min(EACH, outages - done))
                    )
                    code, _, met = _study(context, folder, server, name, moments)
                    done, studies = done + len(met), studies + 1
                    counts.update(met)
                    found = (
                        [f"exit code {code}"] if code else faults_of(_outcome(folder, server, name), expected)
                    )
                    faults.update(found)
                    print(
                        f"{done} of {outages} outages, {met}: {found or 'no fault'}",
                        file=sys.stderr,
                        flush=True,
                    )
    print(f"| server outages | {done} in {studies} studies, each of 0.5 to {LONGEST:g} s |")
    print("| --- | --- |")
    for kind, count in counts.most_common():
        print(f"| {kind} | {count} |")
    for fault in FAULTS:
        print(f"| {fault} | {sum(number for kind, number in faults.items() if kind.startswith(fault))} |")
    return sum(faults.values())


def _study(context, folder, server, name, moments):  # type: ignore[no-untyped-def]
    """Run a study through the proxy, which fails at those moments; its exit code, seconds and the failures it met."""
    log = folder / f"{name}.txt"
    words = [*study_arguments(name), "--model_name", name]
    child = context.Process(target=run_command, args=(str(folder), words, str(log), server.proxy.uri))
    child.start()
    while child.exitcode is None and not (log.exists() and FIRST_LINE in log.read_text()):
        time.sleep(0.02)
    started = time.monotonic()
    met: list[str] = []
    over = threading.Event()

    def disturb() -> None:
        for moment, kind, seconds in moments:
            if over.wait(max(0.0, started + moment - time.monotonic())):
                return
            met.append(kind)
            if kind == STOPPED:
                server.proxy.stop()
            else:
                server.proxy.fail(kind)
            over.wait(seconds)
            if kind == STOPPED:
                server.proxy.start()
            server.proxy.heal()

    disturber = threading.Thread(target=disturb)
    disturber.start()
    child.join()
    over.set()
    disturber.join()
    return child.exitcode, time.monotonic() - started, met


def _outcome(folder, server, name):  # type: ignore[no-untyped-def]
    return outcome_of(folder, name=name, model=name, uri=server.direct, query=f"tags.study = '{name}'")


def _faulty_server() -> ModuleType:
    """The tests' server that fails on demand."""
    path = Path(__file__).parents[1] / "tests" / "end_to_end" / "faulty_server.py"
    spec = importlib.util.spec_from_file_location("faulty_server", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
