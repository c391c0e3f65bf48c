"""Whom the fault campaign finds to kill, and what it finds left behind."""

import subprocess
import sys

import psutil
import pytest

from benchmarks import fault_victims
from benchmarks.fault_victims import processes, victims_of

SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def owner(tmp_path):
    """A process with two children of which one is a worker by its name, all in one folder."""
    child = f"subprocess.Popen([sys.executable, '-c', {SLEEP!r}, *words])"
    program = f"import subprocess, sys\nfor words in (['study.engines.worker'], ['other']): {child}\n{SLEEP}"
    with subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path) as process:
        while len(psutil.Process(process.pid).children()) < 2:
            assert process.poll() is None
        yield process
        process.kill()
        for each in processes(tmp_path):
            each.kill()


def test_workers_are_found_and_those_that_outlive_their_owner(owner, tmp_path, monkeypatch):
    monkeypatch.setattr(fault_victims, "GRACE", 0.1)
    with victims_of("process") as victims:
        assert victims.targets(owner.pid) == []
    with victims_of("workers") as victims:
        (target,) = victims.targets(owner.pid)
        assert target.kind == "worker"
        target.kill()
        owner.kill()
        owner.wait()
        (left,) = victims.left_behind(tmp_path)
        left.kill()
        assert victims.left_behind(tmp_path) == []
        assert victims.targets(owner.pid) == []
