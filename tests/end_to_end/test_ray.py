"""A study on a Ray cluster of three nodes that loses a worker and a node on the way."""

import contextlib
import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from tests.forked import STUDY, Forked

from .conftest import QUICK
from .test_resume import trials, wait_for, winner

cluster_utils = pytest.importorskip("ray.cluster_utils")


@pytest.fixture
def cluster(monkeypatch):
    """A head without a GPU and two nodes that claim to have one each, all on this machine."""
    folder = tempfile.mkdtemp(prefix="ray-")  # pytest's own are too long for the sockets that lie in it
    monkeypatch.setenv("RAY_TMPDIR", folder)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    # Ray lets its workers give way to everything else, and other tests run beside this one.
    monkeypatch.setenv("RAY_worker_niceness", "0")
    head = {"num_cpus": 1, "num_gpus": 0, "include_dashboard": False, "object_store_memory": 100_000_000}
    opened = cluster_utils.Cluster(initialize_head=True, head_node_args=head)
    for _ in range(2):
        opened.add_node(num_cpus=1, num_gpus=1, object_store_memory=100_000_000)
    yield opened
    opened.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


def busy(nodes):
    """A node that evaluates a trial, and the process id of its worker."""
    raylets = {info.process.pid: node for node in nodes for info in node.all_processes["raylet"]}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent in raylets and b"evaluate_on_node" in (folder / "cmdline").read_bytes():
                return raylets[parent], int(folder.name)
    raise AssertionError("no worker evaluates anything")


def test_a_worker_and_a_node_are_killed_and_nothing_changes(finished, project, cluster):
    undisturbed, _ = finished
    words = ["--trials", "3", "--name", "on ray", "--ray", cluster.address, "--gpus_per_trial", "1"]
    environment = {**project.environment, "MLFLOW_EXPERIMENT_NAME": "Default"}
    process = Forked(STUDY, "study", *QUICK, *words, cwd=project.folder, env=environment)
    wait_for(process, "2 trials at a time, on the Ray cluster")
    wait_for(process, "epoch 1/")
    _, worker = busy(cluster.worker_nodes)
    os.kill(worker, signal.SIGKILL)
    wait_for(process, "its variant is tried again")
    wait_for(process, "epoch 1/")
    node, _ = busy(cluster.worker_nodes)
    cluster.remove_node(node, allow_graceful=False)
    wait_for(process, "its variant is tried again")
    text, _ = process.communicate(timeout=300)
    assert process.returncode == 0, text

    assert trials(project, "on ray") == trials(undisturbed, "small")
    assert winner(project, "on ray") == winner(undisturbed, "small")
    runs = project.runs(study="on ray")
    assert "RUNNING" not in {run.info.status for run in runs}
    statuses = [run.info.status for run in project.runs(kind="trial", study="on ray")]
    assert statuses.count("FINISHED") == 3 and statuses.count("FAILED") >= 2
