"""Studies killed at random moments, against one that nobody disturbed."""

import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import mlflow
import optuna
from optuna.trial import TrialState

from benchmarks.fault_study import NAME, prepare_folder, run_command, store, study_arguments

# Kills that one study suffers before it is left to end.
KILLS_EACH = 8
FIRST_LINE = "rows read"
# The last line that a killed process printed tells where it was.
PHASES = (
    ("registered models", "report and links"),
    ("  baseline  ", "registering"),
    ("choosing the winner", "choosing the winner"),
    ("trial", "trials"),
    ("", "opening the stores"),
)


@dataclass(frozen=True)
class Outcome:
    """What a finished study left: trials by place, winner, versions, champion, open runs, layer and baseline runs."""

    trials: dict[int, list[tuple]]
    winner: tuple
    versions: list[str]
    champion: str | None
    running: int
    unfinished_trials: int
    finished_trial_runs: int
    results: list[str]


def main(kills: int, seed: int) -> int:
    """Kill small studies `kills` times in all; prints a table, returns the number of faults."""
    context = multiprocessing.get_context("forkserver")
    # Imports happen once: a child is forked ready to go, and is still a process of its own to kill.
    context.set_forkserver_preload(["study.run_study", "mlflow.pyfunc", "alembic", "optuna.storages"])
    generator = random.Random(seed)
    faults: Counter[str] = Counter()
    phases: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="layer-study-kills-") as scratch:
        template = Path(scratch) / "template"
        prepare_folder(template)
        undisturbed = Path(scratch) / "undisturbed"
        shutil.copytree(template, undisturbed)
        lasting = _run(context, undisturbed, kill_after=None)[1]
        expected = outcome_of(undisturbed)
        done = studies = 0
        started = time.monotonic()
        with suppress(KeyboardInterrupt):  # what was found so far is shown
            while done < kills:
                folder = Path(scratch) / f"study-{studies}"
                shutil.copytree(template, folder)
                code: int | None = -signal.SIGKILL
                suffered: list[str] = []
                for _ in range(min(KILLS_EACH, kills - done)):
                    code, _, phase = _run(context, folder, kill_after=generator.uniform(0, lasting))
                    if code != -signal.SIGKILL:
                        break
                    suffered.append(phase)
                if code == -signal.SIGKILL:
                    code, _, _ = _run(context, folder, kill_after=None)
                studies, done = studies + 1, done + len(suffered)
                phases.update(suffered)
                found = [f"exit code {code}"] if code else faults_of(outcome_of(folder), expected)
                if found:
                    kept = Path(tempfile.mkdtemp(prefix="layer-study-fault-"))
                    shutil.copytree(folder, kept / folder.name)
                    print(f"{kept / folder.name}: {'; '.join(found)}", file=sys.stderr, flush=True)
                faults.update(found)
                shutil.rmtree(folder)
                left = (time.monotonic() - started) / max(done, 1) * (kills - done) / 60
                print(
                    f"{done} of {kills} kills, {studies} studies, {sum(faults.values())} faults, {left:.0f} min left",
                    file=sys.stderr,
                    flush=True,
                )
    print(f"| kill -9 | {done} kills of {studies} studies, each left to end after at most {KILLS_EACH} |")
    print("| --- | --- |")
    for phase, count in phases.most_common():
        print(f"| hit during: {phase} | {count} |")
    for kind in FAULTS:
        print(f"| {kind} | {sum(number for fault, number in faults.items() if fault.startswith(kind))} |")
    return sum(faults.values())


FAULTS = (
    "exit code",
    "trials lost",
    "trials done twice",
    "runs left RUNNING",
    "versions other than one",
    "champion missing",
    "another winner",
    "layer or baseline runs missing or doubled",
    "Optuna trials unfinished",
)


def faults_of(found: Outcome, expected: Outcome) -> list[str]:
    """What differs from the undisturbed study, one phrase for each kind."""
    faults = []
    if any(found.trials.get(place, [None])[:1] != runs[:1] for place, runs in expected.trials.items()):
        faults.append(f"trials lost: {found.trials}, not {expected.trials}")
    if any(len(runs) > 1 for runs in found.trials.values()) or found.finished_trial_runs != len(found.trials):
        faults.append(f"trials done twice: {found.trials}, {found.finished_trial_runs} finished trial runs")
    if found.running:
        faults.append(f"runs left RUNNING: {found.running}")
    if found.versions != expected.versions:
        faults.append(f"versions other than one: {found.versions}")
    if found.champion != expected.champion:
        faults.append(f"champion missing: {found.champion}")
    if found.winner != expected.winner:
        faults.append(f"another winner: {found.winner}, not {expected.winner}")
    if found.results != expected.results:
        faults.append(f"layer or baseline runs missing or doubled: {found.results}")
    if found.unfinished_trials:
        faults.append(f"Optuna trials unfinished: {found.unfinished_trials}")
    return faults


def outcome_of(
    folder: Path, *, name: str = NAME, model: str = "timesnet-embedder", uri: str = "", query: str = ""
) -> Outcome:
    """Read what a study left in its folder's stores, or in that of `uri`, among the runs of the query."""
    uri = uri or store(folder)
    client = mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = list(client.search_runs(experiments, query, max_results=5000))
    (main_run,) = [run for run in runs if run.data.tags.get("kind") == "study"]
    tags, metrics = main_run.data.tags, main_run.data.metrics
    study = optuna.load_study(study_name=name, storage=f"sqlite:///{folder / 'studies' / name / 'optuna.db'}")
    trials: dict[int, list[tuple]] = {}
    for trial in study.trials:
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
            result = (trial.state.name, trial.value, tuple(sorted(trial.params.items())))
            trials.setdefault(trial.user_attrs["ordinal"], []).append(result)
    winning = study.trials[int(tags["winner_trial"])].user_attrs["ordinal"]
    versions = client.search_model_versions(f"name = '{model}'")
    try:
        champion = str(client.get_model_version_by_alias(model, "champion").version)
    except mlflow.exceptions.MlflowException:
        champion = None
    return Outcome(
        trials=trials,
        winner=(
            winning,
            tags["winner_layer"],
            tags["winner_pooling"],
            metrics["select_auc"],
            metrics["test_auc"],
        ),
        versions=sorted(str(version.version) for version in versions),
        champion=champion,
        running=sum(run.info.status in ("RUNNING", "SCHEDULED") for run in runs),
        unfinished_trials=sum(not trial.state.is_finished() for trial in study.trials),
        finished_trial_runs=sum(
            run.data.tags.get("kind") == "trial" and run.info.status in ("FINISHED", "KILLED") for run in runs
        ),
        results=sorted(
            run.data.params["layer"] for run in runs if run.data.tags.get("kind") in ("layer", "baseline")
        ),
    )


def _run(context: object, folder: Path, *, kill_after: float | None) -> tuple[int | None, float, str]:
    """Run the study, killed so many seconds after its first line; its exit code, seconds and last phase."""
    log = folder / "log.txt"
    before = log.stat().st_size if log.exists() else 0
    child = context.Process(target=run_command, args=(str(folder), study_arguments(), str(log)))  # type: ignore
    child.start()
    assert child.pid is not None
    while child.exitcode is None and FIRST_LINE not in _printed(log, before):
        time.sleep(0.01)
    started = time.monotonic()
    child.join(kill_after)
    if child.exitcode is None:
        os.kill(child.pid, signal.SIGKILL)
        child.join()
    text = _printed(log, before)
    phase = next((name for word, name in PHASES if f"\n{word}" in text), "start")
    return child.exitcode, time.monotonic() - started, phase


def _printed(log: Path, start: int) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace")
