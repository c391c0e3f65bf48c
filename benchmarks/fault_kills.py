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
from typing import Any

import mlflow
import optuna
import psutil
from optuna.trial import TrialState

from benchmarks.fault_study import NAME, prepare_folder, run_command, store, study_arguments
from benchmarks.fault_victims import Victims, victims_of

# Kills that one study suffers before it is left to end.
KILLS_EACH = 6
# Those that hit something else than its owner: a trial is given up when its worker dies for the fourth time.
OTHERS_EACH = 3
# How likely a kill hits something else where there is anything; it balances the times when there is nothing.
OTHERS_SHARE = 2 / 3
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


def main(kills: int, seed: int, backend: str) -> int:
    """Kill small studies on a backend `kills` times in all; prints a table, returns the number of faults."""
    faults: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    studies = 0
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="layer-study-kills-") as scratch, victims_of(backend) as victims:
        campaign = _Campaign(victims, random.Random(seed))
        template = Path(scratch) / "template"
        prepare_folder(template)
        undisturbed = Path(scratch) / "undisturbed"
        shutil.copytree(template, undisturbed)
        campaign.undisturbed(undisturbed)
        expected = outcome_of(undisturbed)
        with suppress(KeyboardInterrupt):  # what was found so far is shown
            while (done := hits.total()) < kills:
                folder = Path(scratch) / f"study-{studies}"
                shutil.copytree(template, folder)
                code, suffered, left = campaign.study(folder, kills=min(KILLS_EACH, kills - done))
                studies += 1
                hits.update(suffered)
                found = [f"exit code {code}"] if code else faults_of(outcome_of(folder), expected)
                found += [f"processes left behind: {process}" for process in left]
                if found:
                    kept = Path(tempfile.mkdtemp(prefix="layer-study-fault-"))
                    shutil.copytree(folder, kept / folder.name)
                    print(
                        f"{kept / folder.name}, after {suffered}: {'; '.join(found)}",
                        file=sys.stderr,
                        flush=True,
                    )
                faults.update(found)
                shutil.rmtree(folder)
                done = hits.total()
                minutes = (time.monotonic() - started) / max(done, 1) * (kills - done) / 60
                print(
                    f"{done} of {kills} kills, {studies} studies, {faults.total()} faults, {minutes:.0f} min left",
                    file=sys.stderr,
                    flush=True,
                )
    print(
        f"| kill -9 | {hits.total()} kills of {studies} studies, each left to end after at most {KILLS_EACH} |"
    )
    print("| --- | --- |")
    for hit, count in hits.most_common():
        print(f"| hit: {hit} | {count} |")
    for kind in FAULTS:
        print(f"| {kind} | {sum(number for fault, number in faults.items() if fault.startswith(kind))} |")
    return faults.total()


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
    "processes left behind",
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


class _Campaign:
    """Runs small studies on one backend and kills what belongs to them."""

    def __init__(self, victims: Victims, generator: random.Random) -> None:
        self.victims = victims
        self.generator = generator
        self.lasting = 0.0
        self.context = multiprocessing.get_context("forkserver")
        # Imports happen once: a child is forked ready to go, and is still a process of its own to kill.
        self.context.set_forkserver_preload(
            ["study.lifecycle.run_study", "mlflow.pyfunc", "alembic", "optuna.storages"]
        )

    def undisturbed(self, folder: Path) -> None:
        """Run a study to its end and keep how many seconds it takes from its first line."""
        child = self._start(folder)
        started = time.monotonic()
        child.join()
        assert child.exitcode == 0, _printed(folder / "log.txt", 0)
        self.lasting = time.monotonic() - started

    def study(self, folder: Path, *, kills: int) -> tuple[int | None, list[str], list[psutil.Process]]:
        """Run a study that is hit at most so often, each time begun again.

        Returns its last exit code, what was hit when, and the processes that outlived their owner.
        """
        suffered: list[str] = []
        left: list[psutil.Process] = []
        spare = OTHERS_EACH
        while True:
            begin = _size(folder / "log.txt")
            child = self._start(folder)
            started = time.monotonic()
            while child.exitcode is None and len(suffered) < kills:
                child.join(self.generator.uniform(0, self.lasting))
                if child.exitcode is not None:
                    break
                phase = _phase(_printed(folder / "log.txt", begin))
                targets = self.victims.targets(child.pid) if spare else []
                if targets and self.generator.random() < OTHERS_SHARE:
                    target = self.generator.choice(targets)
                    with suppress(psutil.NoSuchProcess):  # it was through at this very moment
                        target.kill()
                        suffered.append(f"{target.kind} during {phase}")
                        spare -= 1
                    continue
                os.kill(child.pid, signal.SIGKILL)
                suffered.append(f"owner during {phase}")
                child.join()
            child.join()
            if not suffered:  # the machine is less busy than it was at first, or Ray warmer
                self.lasting = min(self.lasting, time.monotonic() - started)
            outlived = self.victims.left_behind(folder)
            for process in outlived:
                process.kill()
            left += outlived
            if child.exitcode != -signal.SIGKILL:
                return child.exitcode, suffered, left

    def _start(self, folder: Path) -> Any:
        """Begin the study, or go on with it; its process, which has printed its first line."""
        log = folder / "log.txt"
        before = _size(log)
        words = [*study_arguments(), *self.victims.words]
        child = self.context.Process(target=run_command, args=(str(folder), words, str(log)))
        child.start()
        while child.exitcode is None and FIRST_LINE not in _printed(log, before):
            time.sleep(0.01)
        return child


def _phase(text: str) -> str:
    return next((name for word, name in PHASES if f"\n{word}" in text), "start")


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _printed(log: Path, start: int) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace")
