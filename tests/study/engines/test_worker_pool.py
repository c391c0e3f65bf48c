"""Worker processes answer for every job, whatever becomes of them."""

import contextlib
import importlib
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from study.engines.deadline import Deadline
from study.engines.worker_pool import WorkerPool
from study.errors import StudyError
from study.trials.job import Job
from timesnet import large_arrays

VALUES = np.arange(100_000, dtype=np.float32)


@contextlib.contextmanager
def pool(what, *, values=VALUES, slots=1, timeout=0.0, on_report=lambda *report: False):
    sys.path.insert(0, str(Path(__file__).parents[1]))  # workers look for modules where their owner does
    try:
        work = getattr(importlib.import_module("pool_jobs"), what)(values)
        opened = WorkerPool(work, on_report, slots=slots, deadline=Deadline(timeout))
        try:
            yield opened
        finally:
            opened.close()
    finally:
        sys.path.pop(0)


def run(opened, *jobs):
    for number, what in enumerate(jobs):
        opened.start(Job(number, 0, what, "run", "uri"))
    done = []
    while len(done) < len(jobs):
        done += opened.poll()
    return sorted(done, key=lambda one: one.number)


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_every_job_is_answered_for():
    heard = []

    def on_report(number, epoch, score, report):
        heard.append((number, epoch, score))
        return epoch == 1

    with pool("Work", slots=2, on_report=on_report) as opened:
        first = run(opened, "sum", "sum")
        pids = [one.record[0] for one in first]
        assert len(set(pids)) == 2 and os.getpid() not in pids
        assert [one.record[1:] for one in first] == [(True, float(VALUES.sum()))] * 2

        pruned, failed = run(opened, "report", "raise")
        assert heard == [(0, 0, 0.5), (0, 1, 0.5), (0, 2, 0.5)]
        assert (pruned.state, pruned.reason) == ("pruned", "[False, True, False]")
        assert (failed.state, failed.reason) == ("error", "RuntimeError: two lines")
        assert "pool_jobs.py" in failed.details

        killed, left = run(opened, "die", "exit")
        assert killed.state == "lost" and "SIGKILL: out of memory?" in killed.reason
        assert left.state == "lost" and "exit code 3" in left.reason
        assert all(map(gone, pids))

        (again,) = run(opened, "sum")
        os.kill(again.record[0], 9)  # while it is idle: nothing is lost
        opened._workers[0].process.wait()
        (other,) = run(opened, "sum")
        assert other.state == "complete" and other.record[0] not in (*pids, again.record[0])
    assert gone(other.record[0])


def test_workers_read_a_large_array_where_it_lies(monkeypatch):
    monkeypatch.setattr(large_arrays, "LARGE", 1)
    values = large_arrays.large_array((100_000,), np.float32)
    values[:] = VALUES
    with pool("Work", values=values) as opened:
        assert os.fstat(opened._data.fileno()).st_size < 100
        (done,) = run(opened, "sum")
    assert done.record[1:] == (True, float(VALUES.sum()))


def test_a_hung_worker_is_ended_and_its_job_lost():
    with pool("Work", timeout=0.5) as opened:
        (hung,) = run(opened, "hang")
    assert hung.state == "lost" and "trial_timeout" in hung.reason


def test_a_worker_that_hangs_before_it_is_ready_is_ended_in_the_same_time():
    with pool("Work", timeout=0.5) as opened:
        opened.start(Job(0, 0, "sum", "run", "uri"))
        os.kill(opened._workers[0].process.pid, signal.SIGSTOP)
        started = time.monotonic()
        done = []
        while not done and time.monotonic() - started < 60:
            done = opened.poll()
    assert done[0].state == "lost" and "trial_timeout" in done[0].reason
    assert time.monotonic() - started < 30


def test_workers_end_with_a_pool_that_is_closed_in_the_middle():
    with pool("Work") as opened:
        opened.start(Job(0, 0, "hang", "run", "uri"))
        pid = opened._workers[0].process.pid
    assert gone(pid)


def test_a_worker_that_cannot_start_ends_the_study():
    with pool("BrokenOnArrival") as opened, pytest.raises(StudyError, match="exit code 7"):
        run(opened, "sum")


def test_the_default_deadline_follows_the_longest_trial():
    deadline = Deadline(0)
    assert deadline.seconds() == 24 * 3600
    deadline.took(1000)
    assert deadline.seconds() == 10_000
    deadline.took(1)
    assert deadline.seconds() == 10_000
    assert Deadline(7).seconds() == 7
