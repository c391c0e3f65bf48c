"""A study that is killed goes on as if nothing had happened."""

import re
import signal
import time

import optuna

from tests.forked import STUDY, Forked

from .conftest import QUICK


def start(project, name, trials="3", **more):
    parameters = {"trials": trials, "name": name, "workers": "1", **more}
    words = [word for key, value in parameters.items() for word in (f"--{key}", value)]
    environment = {**project.environment, "MLFLOW_EXPERIMENT_NAME": "Default"}
    return Forked(STUDY, "study", *QUICK, *words, cwd=project.folder, env=environment)


def wait_for(process, text):
    for line in process.stdout:
        if text in line:
            return line
    raise AssertionError(f"{text!r} never came")


def winner(project, name):
    (study,) = project.runs(kind="study", study=name)
    return [study.data.tags[tag] for tag in ("winner_layer", "winner_pooling")]


def trials(project, name):
    """What came of each ordinal in the end."""
    storage = f"sqlite:///{project.folder / 'studies' / name / 'optuna.db'}"
    study = optuna.load_study(study_name=name, storage=storage)
    assert {trial.state.name for trial in study.trials} <= {"COMPLETE", "PRUNED", "FAIL"}
    last = {trial.user_attrs["ordinal"]: trial for trial in study.trials}
    return {
        ordinal: (trial.params, trial.state.name, trial.value, trial.intermediate_values)
        for ordinal, trial in last.items()
    }


def test_a_study_killed_in_every_trial_ends_as_if_nothing_had_happened(finished, project):
    undisturbed, _ = finished
    name = "stopped"
    first_epoch = ""
    kills = ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9))
    for place, (sent, code) in enumerate(kills):
        process = start(project, name)
        if place:
            wait_for(process, "1 trial(s) were cut off")
            # The kill may have come after the second epoch; what was saved is not told as if it were new.
            goes_on = wait_for(process, f"trial {2 * place - 1} goes on after epoch ")
            assert re.search(r"after epoch [12] of 2 \(saved\)", goes_on), goes_on
        wait_for(process, f"trial {2 * place}:")
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
    assert "1 trial(s) were cut off" in text and first_epoch not in text
    assert not (project.folder / "studies" / name / "training").exists()
    runs = project.runs(study=name)
    assert "RUNNING" not in {run.info.status for run in runs}
    found = {run.info.run_name: run for run in project.runs(kind="trial", study=name)}
    assert len(found) == 6
    storage = f"sqlite:///{project.folder / 'studies' / name / 'optuna.db'}"
    study = optuna.load_study(study_name=name, storage=storage)
    states = [trial.state.name for trial in study.trials]
    assert states[::2] == ["FAIL"] * 3 and "RUNNING" not in states and "WAITING" not in states
    for killed in (0, 2, 4):
        run = found[f"trial {killed:02d}"]
        assert run.info.status == "FAILED" and run.data.tags["reason"]
        assert study.trials[killed + 1].params == study.trials[killed].params
    assert trials(project, name) == trials(undisturbed, "small")
    assert winner(project, name) == winner(undisturbed, "small")
    (only,) = project.runs(kind="study", study=name)
    parents = {
        run.data.tags["mlflow.parentRunId"] for run in runs if run.data.tags["kind"] in ("trial", "layer")
    }
    assert parents == {only.info.run_id}


def test_a_second_process_on_the_same_study_is_refused(project):
    first = start(project, "busy")
    wait_for(first, "trial 0:")
    second = start(project, "busy")
    text, _ = second.communicate(timeout=60)
    first.kill()
    first.communicate()
    assert second.returncode == 2
    assert "running in another process" in text
