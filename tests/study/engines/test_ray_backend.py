"""Ray tasks answer for every job, whatever becomes of their workers."""

import importlib
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from study.engines.deadline import Deadline
from study.errors import StudyError
from study.trials.job import Job

pytest.importorskip("ray")
VALUES = np.arange(100_000, dtype=np.float32)


@pytest.fixture(scope="module")
def ray_of_two_cores():
    """A Ray of this machine alone, whose workers find the tests' modules."""
    import ray

    from study.engines.ray_cluster import connect

    folder = tempfile.mkdtemp(prefix="ray-")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", folder)
        patch.setenv("RAY_AUTH_MODE", "disabled")
        # Ray lets its workers give way to everything else, and other tests run beside this one.
        patch.setenv("RAY_worker_niceness", "0")
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
        patch.syspath_prepend(str(Path(__file__).parents[1]))
        connect("local")
        yield
        ray.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def opened(ray_of_two_cores):
    from study.engines.ray_backend import RayBackend

    work = importlib.import_module("pool_jobs").Work(VALUES)
    return RayBackend(work, on_report, slots=2, gpus_per_trial=0, deadline=Deadline(0))


def on_report(number, epoch, score, report):
    return epoch == 1


def run(backend, *jobs):
    for number, what in enumerate(jobs):
        backend.start(Job(number, 0, what, "run", "uri"))
    done = []
    while len(done) < len(jobs):
        done += backend.poll()
    return sorted(done, key=lambda one: one.number)


def test_every_job_is_answered_for(opened):
    first, pruned, failed = run(opened, "sum", "report", "raise")
    assert first.state == "complete" and first.record[1:] == (True, float(VALUES.sum()))
    assert (pruned.state, pruned.reason) == ("pruned", "[False, True, False]")
    assert (failed.state, failed.reason) == ("error", "RuntimeError: two lines")

    (killed,) = run(opened, "die")
    assert killed.state == "lost" and "worker was lost" in killed.reason
    assert run(opened, "sum")[0].state == "complete"


def test_a_hung_worker_is_ended_and_its_job_lost(opened):
    opened.start(Job(0, 0, "hang", "run", "uri"))
    while not opened._began:
        assert opened.poll() == []
    opened._deadline = Deadline(0.1)
    time.sleep(0.2)
    (hung,) = opened.poll()
    assert hung.state == "lost" and "trial_timeout" in hung.reason
    assert run(opened, "sum", "sum")[1].state == "complete"


def test_an_address_without_a_cluster_is_one_line(monkeypatch):
    import ray

    from study.engines.ray_cluster import connect

    def refused(*_, **__):
        raise ConnectionError("nobody\nanswers")

    monkeypatch.setattr(ray, "init", refused)
    with pytest.raises(StudyError, match=r"ray='10.0.0.1:6379': .* nobody answers"):
        connect("10.0.0.1:6379")
