"""A study that is killed goes on as if nothing had happened."""

import re
import signal
import subprocess
import sys
import time

import optuna
import pytest

from .conftest import FEW_WINDOWS


def start(project, name, trials="3", **more):
    few = {"max_probe_windows": str(FEW_WINDOWS)}
    parameters = {"trials": trials, "space": "small.yaml", "name": name, "workers": "1", **few, **more}
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "study",
            "study",
            *(word for k, v in parameters.items() for word in (f"--{k}", v)),
        ],
        cwd=project.folder,
        env={**project.environment, "MLFLOW_EXPERIMENT_NAME": "Default"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell ignores Ctrl-C in what it starts in the background, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def wait_for(process, text):
    for line in process.stdout:
        if text in line:
            return line
    raise AssertionError(f"{text!r} never came")


def winner(project, name):
    (study,) = project.runs(kind="study", study=name)
    return [study.data.tags[tag] for tag in ("winner_layer", "winner_pooling")]


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)]
)
def test_a_killed_study_resumes_and_ends_with_the_same_winner(finished, sent, code):
    project, _ = finished
    name = f"stopped by {sent.name}"
    process = start(project, name)
    wait_for(process, "trial 1:")
    first_epoch = wait_for(process, "epoch 1/")
    time.sleep(0.2)
    process.send_signal(sent)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == code, text
    if sent != signal.SIGKILL:
        assert "the same command resumes" in text
        assert "RUNNING" not in {run.info.status for run in project.runs(study=name)}

    resumed = start(project, name)
    text, _ = resumed.communicate(timeout=300)
    assert resumed.returncode == 0, text
    assert "1 trial(s) were cut off" in text
    # The kill may have come after the second epoch; what was saved is not told as if it were new.
    assert re.search(r"trial 2 goes on after epoch [12] of 2 \(saved\)", text), text
    assert first_epoch not in text
    assert not (project.folder / "studies" / name / "training").exists()
    runs = project.runs(study=name)
    assert "RUNNING" not in {run.info.status for run in runs}
    trials = {run.info.run_name: run for run in project.runs(kind="trial", study=name)}
    assert trials["trial 01"].info.status == "FAILED" and trials["trial 01"].data.tags["reason"]
    assert len(trials) == 4
    storage = f"sqlite:///{project.folder / 'studies' / name / 'optuna.db'}"
    study = optuna.load_study(study_name=name, storage=storage)
    states = [trial.state.name for trial in study.trials]
    assert states[1] == "FAIL" and "RUNNING" not in states and "WAITING" not in states
    assert study.trials[2].params == study.trials[1].params
    assert winner(project, name) == winner(project, "small")
    (only,) = project.runs(kind="study", study=name)
    parents = {
        run.data.tags["mlflow.parentRunId"] for run in runs if run.data.tags["kind"] in ("trial", "layer")
    }
    assert parents == {only.info.run_id}


def test_a_second_process_on_the_same_study_is_refused(finished):
    project, _ = finished
    first = start(project, "busy")
    wait_for(first, "trial 0:")
    second = start(project, "busy")
    text, _ = second.communicate(timeout=60)
    first.kill()
    first.communicate()
    assert second.returncode == 2
    assert "running in another process" in text
