"""The one process that owns a study: it asks, dispatches, tells, prunes and recovers."""

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from optuna import Trial
from optuna.trial import TrialState

from study.configuration import StudyConfiguration
from study.data import StudyData
from study.display import Progress
from study.engines import Backend, Done, open_backend
from study.errors import StoreFailed
from study.lifecycle.console import Console
from study.lifecycle.resume import OPEN
from study.metrics import names
from study.publish import ended_note, progress_note, trial_note
from study.search import LOSSES, ORDINAL, REPEATS, RUN_ID, Space, TrialLedger, look_back, training_folder
from study.tracking import Tracking, temporary_folder
from study.trials import Job, TrialRecord, best_candidate, candidate_metrics, depth_series, utility
from timesnet import EpochReport

# How often a trial is repeated whose worker died.
MAX_REPEATS = 3
# What the MLflow run of a trial should say for each of Optuna's states.
RUN_STATUS = {TrialState.COMPLETE: "FINISHED", TrialState.PRUNED: "KILLED", TrialState.FAIL: "FAILED"}


class Owner:
    """Runs the trials of one study on a backend and keeps Optuna and MLflow in step."""

    def __init__(
        self,
        configuration: StudyConfiguration,
        *,
        data: StudyData,
        space: Space,
        ledger: TrialLedger,
        tracking: Tracking,
        console: Console,
        provenance: Mapping[str, Any],
    ) -> None:
        """Everything is opened by the caller; `provenance` goes onto every trial run as tags."""
        self.configuration = configuration
        self.data = data
        self.space = space
        self.ledger = ledger
        self.tracking = tracking
        self.console = console
        self.provenance = provenance
        self._running: dict[int, tuple[Trial, Job]] = {}
        self._best: tuple[float, int] | None = None

    def recover(self) -> None:
        """Pick up what a killed owner left: repeat cut-off trials, close their runs, mend statuses that disagree."""
        orphans = self.ledger.recover(
            lambda run_id: self._fail_run(run_id, "cut off; its variant is tried again")
        )
        if orphans:
            self.console.say(f"{len(orphans)} trial(s) were cut off and are tried again")
        state = {
            self.tracking.id_of(trial.user_attrs[RUN_ID]): trial.state
            for trial in self.ledger.trials()
            if RUN_ID in trial.user_attrs and trial.state in RUN_STATUS
        }
        for run in self.tracking.runs(names.TRIAL_RUN):
            run_id, status = run.info.run_id, run.info.status
            if run_id in state and status != RUN_STATUS[state[run_id]]:
                self.tracking.end_run(run_id, RUN_STATUS[state[run_id]])
            elif run_id not in state and status in OPEN:
                self._fail_run(run_id, "cut off before its trial began")

    def run_trials(self) -> None:
        """Run trials until the study has as many as asked for, or its time is up."""
        wanted, done = self.configuration.trials, self.ledger.done()
        self.console.start(done=done, wanted=wanted)
        self._best = self._best_so_far()
        self._note_progress(done)
        if done < wanted:
            self._run_on(open_backend(self.configuration, self.data, self._on_report, self.console.say))
        self.console.say(self.ledger.summary())
        if self.ledger.done() >= wanted:
            # A kill while a state was written leaves a part of it here.
            shutil.rmtree(training_folder(self.configuration.study_name), ignore_errors=True)

    def _run_on(self, backend: Backend) -> None:
        self.console.several = backend.slots > 1
        self.ledger.lag = look_back(backend.slots)
        started = time.monotonic()
        wanted, timeout = self.configuration.trials, self.configuration.timeout
        try:
            while (done := self.ledger.done()) < wanted:
                late = timeout and time.monotonic() - started > timeout
                while (
                    not late
                    and len(self._running) < min(backend.slots, wanted - done)
                    and self.ledger.ready()
                ):
                    backend.start(self._next_job())
                if late and not self._running:
                    self.console.say(f"timeout of {timeout:g} s reached after {done} of {wanted} trials")
                    break
                for ended in backend.poll():
                    self._finish(ended)
        finally:
            backend.close()
            # Whatever is still open here was interrupted; the next call with the same name repeats it.
            for _, job in self._running.values():
                self._fail_run(job.run_id, "interrupted; resume with the same command")

    def run_given(self, probe: Callable[[int, int], TrialRecord], network: Mapping[str, Any]) -> None:
        """Record a network that is not trained here as the study's one trial: `probe(seed, number)` evaluates it."""
        self._note_progress(0, wanted=1)
        trial, _ = self.ledger.ask(lambda trial: None)
        seed = self.configuration.seed
        run_id = self.tracking.start_run(
            names.TRIAL_RUN,
            f"trial {trial.number:02d}",
            tags={names.TRIAL: trial.number, **self.provenance},
            params={"seed": seed, "checkpoint": self.configuration.checkpoint, **network},
        )
        trial.set_user_attr(RUN_ID, run_id)
        status, state, value = "FAILED", TrialState.FAIL, None
        try:
            record = probe(seed, trial.number)
            value = self._log_record(run_id, record)
            status, state = "FINISHED", TrialState.COMPLETE
            self.console.say(f"{len(record.candidates)} candidates from {len(record.layers)} layers probed")
        finally:
            self.ledger.tell(trial, value, state)
            self.tracking.end_run(run_id, status)

    def records(self, folder: Path) -> dict[int, TrialRecord]:
        """Records of all completed trials, by number, fetched from MLflow into `folder`, where predictions stay."""
        records = {}
        completed = self.ledger.trials(TrialState.COMPLETE)
        progress = Progress(self.console.say, "fetching what was found", total=len(completed), unit="trials")
        for trial in completed:
            place = folder / str(trial.number)
            place.mkdir()
            for name in TrialRecord.FILES:
                artifact = f"{names.TRIAL_FOLDER}/{name}"
                found = self.tracking.fetch(trial.user_attrs[RUN_ID], artifact, str(place))
            records[trial.number] = TrialRecord.read(found.parent)
            progress(len(records))
        return records

    def last_reason(self) -> str:
        """Why the newest trial that did not come through ended; empty where none says."""
        reasons = [run.data.tags.get(names.REASON, "") for run in self.tracking.runs(names.TRIAL_RUN)]
        return next(filter(None, reasons), "")

    def run_of(self, number: int) -> str:
        """MLflow run id of a trial."""
        return str(next(t.user_attrs[RUN_ID] for t in self.ledger.trials() if t.number == number))

    def _next_job(self) -> Job:
        trial, variant = self.ledger.ask(self.space.sample)
        ordinal = trial.user_attrs[ORDINAL]
        seed = self.configuration.seed * 1_000_003 + ordinal
        tags = {names.TRIAL: trial.number, **self.provenance}
        if REPEATS in trial.user_attrs:
            tags[REPEATS] = trial.user_attrs[REPEATS]
        run_id = self.tracking.start_run(
            names.TRIAL_RUN,
            f"trial {trial.number:02d}",
            tags=tags,
            params={"seed": seed, **variant.to_dict()},
        )
        trial.set_user_attr(RUN_ID, run_id)
        state_file = training_folder(self.configuration.study_name) / f"{ordinal}.safetensors"
        job = Job(trial.number, seed, variant, run_id, self.tracking.uri, state_file)
        self._running[trial.number] = trial, job
        self.console.trial_started(trial.number, variant)
        return job

    def _on_report(self, number: int, epoch: int, score: float, report: EpochReport) -> bool:
        trial, job = self._running[number]
        trial.report(score, epoch)
        self.tracking.log_step(
            job.run_id,
            {
                names.TRAIN_LOSS: report.train_loss,
                names.TUNE_LOSS: report.tune_loss,
                names.LEARNING_RATE: report.learning_rate,
                names.epoch_tune(self.configuration.metric): score,
            },
            epoch,
        )
        self.console.epoch(number, report, job.variant.train_epochs, score)
        return self.ledger.should_prune(trial)

    def _finish(self, done: Done) -> None:
        if done.state == "halt":
            raise StoreFailed(done.reason)
        trial, job = self._running[done.number]
        if done.state == "lost" and trial.user_attrs.get(LOSSES, 0) < MAX_REPEATS:
            self.ledger.repeat(done.number)
            self._fail_run(job.run_id, f"{done.reason}; its variant is tried again")
            del self._running[done.number]
            self.console.trial_lost(done)
            return
        if done.state == "complete":
            assert done.record is not None
            value = self._log_record(job.run_id, done.record)
            state = TrialState.COMPLETE
            if self._best is None or self._is_better(value, self._best[0]):
                self._best = value, done.number
        else:
            value, state = None, TrialState.PRUNED if done.state == "pruned" else TrialState.FAIL
            if done.details:
                self.tracking.text(job.run_id, done.details, "error.txt")
        if (run_id := self.tracking.known_id(job.run_id)) != job.run_id:
            trial.set_user_attr(RUN_ID, run_id)
        self.ledger.tell(trial, value, state)
        self._end_trial(job.run_id, RUN_STATUS[state], done.reason)
        del self._running[done.number]
        if job.state_file is not None:
            job.state_file.unlink(missing_ok=True)
        finished = self.ledger.done()
        progress = {names.TRIALS_DONE: float(finished)}
        if self._best is not None:
            progress[names.best_select(self.configuration.metric)] = self._best[0]
        self.tracking.log_step(self.tracking.run_id, names.rounded(progress), finished)
        self._note_progress(finished)
        self.console.trial_ended(done, finished, self._best)

    def _log_record(self, run_id: str, record: TrialRecord) -> float:
        """Log a completed trial and return its value: the select score of its best candidate."""
        metric = self.configuration.metric
        best = best_candidate(record.candidates, metric)
        tags = {names.NOTE: trial_note(record, best, metric)}
        if record.notes:
            tags[names.ADJUSTED] = "; ".join(record.notes)
        self.tracking.log(
            run_id,
            {
                **candidate_metrics(best, metric),
                **{names.seconds(phase): value for phase, value in record.seconds.items()},
            },
            series=depth_series(record.candidates, metric),
            tags=tags,
        )
        self.tracking.params(run_id, {"best_layer": best.layer, "best_pooling": best.pooling})
        with temporary_folder() as folder:
            record.write(Path(folder))
            self.tracking.folder(run_id, Path(folder), names.TRIAL_FOLDER)
        return best.scores[metric]

    def _best_so_far(self) -> tuple[float, int] | None:
        metric = self.configuration.metric
        found = [(t.value, t.number) for t in self.ledger.trials(TrialState.COMPLETE) if t.value is not None]
        return max(found, key=lambda pair: (utility(metric, pair[0]), -pair[1]), default=None)

    def _note_progress(self, done: int, wanted: int | None = None) -> None:
        note = progress_note(
            done=done,
            wanted=wanted or self.configuration.trials,
            metric=self.configuration.metric,
            best=self._best,
        )
        self.tracking.tag(self.tracking.run_id, {names.NOTE: note})

    def _is_better(self, value: float, other: float) -> bool:
        metric = self.configuration.metric
        return utility(metric, value) > utility(metric, other)

    def _fail_run(self, run_id: str, reason: str) -> None:
        self._end_trial(run_id, "FAILED", reason)

    def _end_trial(self, run_id: str, status: str, reason: str) -> None:
        note = ended_note(reason, pruned=status == RUN_STATUS[TrialState.PRUNED])
        self.tracking.end_run(
            run_id, status, tags={names.REASON: reason, names.NOTE: note} if reason else None
        )
