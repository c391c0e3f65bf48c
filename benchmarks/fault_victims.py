"""What a kill of the campaign can hit: a study's own process, its workers or the nodes of its Ray cluster."""

import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

# Seconds in which what a killed owner leaves has to go by itself.
GRACE = 30.0
# Names of the processes that do a study's work on Ray.
RAY_WORK = ("ray::evaluate_on_node", "ray::Mailbox")


@dataclass(frozen=True)
class Target:
    """Something beside the owner that can be killed."""

    kind: str
    kill: Callable[[], None]


@dataclass(frozen=True)
class Victims:
    """One backend's.

    Attributes:
        words: the command-line words that choose the backend.
        targets: what evaluates a trial at this moment for the owner with this process id.
        folders: working directories of the backend's processes, beside the study's own.
    """

    words: tuple[str, ...]
    targets: Callable[[int], list[Target]]
    folders: tuple[Path, ...] = ()

    def left_behind(self, folder: Path) -> list[psutil.Process]:
        """Processes that work for the study in `folder` although its owner is gone, after a time of grace."""
        end = time.monotonic() + GRACE
        while (found := self._at_work(folder)) and time.monotonic() < end:
            time.sleep(0.2)
        return found

    def _at_work(self, folder: Path) -> list[psutil.Process]:
        own = processes(folder)
        return own + [one for place in self.folders for one in processes(place) if _name(one) in RAY_WORK]


@contextmanager
def victims_of(backend: str) -> Iterator[Victims]:
    """Those of `process`, `workers` or `ray`, whose cluster lives as long as this context."""
    if backend == "process":
        yield Victims(("--workers", "1"), lambda owner: [])
    elif backend == "workers":
        yield Victims(("--workers", "2"), _worker_processes)
    else:
        with _ray_cluster() as victims:
            yield victims


def processes(folder: Path) -> list[psutil.Process]:
    """Living processes whose working directory is this folder."""
    found = psutil.process_iter(["cwd", "status"])
    return [
        one for one in found if one.info["cwd"] == str(folder) and one.info["status"] != psutil.STATUS_ZOMBIE
    ]


def _worker_processes(owner: int) -> list[Target]:
    with suppress(psutil.Error):
        children = psutil.Process(owner).children()
        return [
            Target("worker", child.kill) for child in children if "study.engines.worker" in child.cmdline()
        ]
    return []


@contextmanager
def _ray_cluster() -> Iterator[Victims]:
    """A head without a GPU and two nodes that claim to have one each, on addresses of this machine's loopback."""
    folder = Path(tempfile.mkdtemp(prefix="ray-"))  # short, for the sockets that lie in it
    os.environ.update(RAY_TMPDIR=str(folder), RAY_AUTH_MODE="disabled", RAY_USAGE_STATS_ENABLED="0")
    before = Path.cwd()
    os.chdir(folder)  # Ray's processes stay there, by which they are found
    from ray.cluster_utils import Cluster

    memory = {"object_store_memory": 100_000_000}
    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "num_gpus": 0, "include_dashboard": False, **memory},
    )
    addresses = (f"127.0.0.{last}" for last in itertools.cycle(range(2, 255)))

    def add() -> None:
        cluster.add_node(num_cpus=1, num_gpus=1, node_ip_address=next(addresses), **memory)

    def replace(node: Any) -> None:
        cluster.remove_node(node, allow_graceful=False)
        add()
        # The head misses the dead node after some seconds only; a study that began before would count it.
        cluster.wait_for_nodes(timeout=120)

    def targets(owner: int) -> list[Target]:
        workers = [one for one in processes(folder) if _name(one) == RAY_WORK[0]]
        nodes = list(cluster.worker_nodes) if workers else []
        return [
            *(Target("Ray worker", worker.kill) for worker in workers),
            *(Target("node", lambda node=node: replace(node)) for node in nodes),  # type: ignore[misc]
        ]

    try:
        for _ in range(2):
            add()
        words = ("--ray", cluster.address, "--gpus_per_trial", "1")
        yield Victims(words, targets, (folder,))
    finally:
        cluster.shutdown()
        os.chdir(before)


def _name(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline()).strip()
    return ""
