"""Two worker processes find what one process finds, whoever is killed on the way."""

import os
import signal
import time
from pathlib import Path

from .test_resume import start, trials, wait_for, winner


def workers(owner):
    """Process ids of an owner's workers."""
    return [int(pid) for pid in Path(f"/proc/{owner}/task/{owner}/children").read_text().split()]


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def all_gone(pids):
    for _ in range(200):
        if all(map(gone, pids)):
            return True
        time.sleep(0.1)
    return False


def test_workers_and_owners_are_killed_and_nothing_changes(finished, project):
    undisturbed, _ = finished
    name = "two workers"
    for sent, code in ((signal.SIGTERM, 143), (signal.SIGKILL, -9)):
        process = start(project, name, workers="2")
        # A first epoch, or the line that says after which one a trial goes on.
        wait_for(process, "epoch ")
        pids = workers(process.pid)
        assert len(pids) == 2
        if sent == signal.SIGTERM:
            os.kill(pids[0], signal.SIGKILL)
            wait_for(process, "SIGKILL: out of memory?; its variant is tried again")
            wait_for(process, "epoch ")
            pids = workers(process.pid)
        process.send_signal(sent)
        text, _ = process.communicate(timeout=60)
        assert process.returncode == code, text
        assert all_gone(pids), "a worker outlived its owner"

    resumed = start(project, name, workers="2")
    text, _ = resumed.communicate(timeout=300)
    assert resumed.returncode == 0 and "2 trial(s) were cut off" in text, text
    assert trials(project, name) == trials(undisturbed, "small")
    assert winner(project, name) == winner(undisturbed, "small")
    assert "RUNNING" not in {run.info.status for run in project.runs(study=name)}
    kinds = [run.info.status for run in project.runs(kind="trial", study=name)]
    assert kinds.count("FINISHED") == 3 and set(kinds) == {"FINISHED", "FAILED"}
