"""The loop over the trials: ask, dispatch, tell and prune, in the one process that owns the study."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optuna import Trial
from optuna.trial import TrialState

from study.display import Progress
from study.engines import Backend, Done, open_backend
from study.errors import StoreFailed
from study.lifecycle.console import Console
from study.lifecycle.resume import end_trial_run
from study.metrics import names
from study.publish import progress_note, trial_note
from study.search import LOSSES, ORDINAL, REPEATS, RUN_ID, look_back, training_folder
from study.study import Study
from study.tracking import temporary_folder
from study.trials import (
    Job,
    TrialRecord,
    best_candidate,
    candidate_metrics,
    depth_series,
    probe_network,
    utility,
)
from timesnet import EpochReport, TimesNet, load_checkpoint

# How often a trial is repeated whose worker died.
MAX_REPEATS = 3


class TrialLoop:
    """Runs the trials of one study on a backend and keeps Optuna and MLflow in step."""

    def __init__(self, study: Study, console: Console) -> None:
        """Nothing is read or written yet."""
        self.study = study
        self.console = console
        self._running: dict[int, tuple[Trial, Job]] = {}
        self._best: tuple[float, int] | None = None

    def run_trials(self) -> None:
        """Run trials until the study has as many as asked for, or its time is up."""
        wanted, done = self.study.configuration.trials, self.study.ledger.done()
        self.console.start(done=done, wanted=wanted)
        self._best = self._best_so_far()
        self._note_progress(done)
        if done < wanted:
            self._run_on(
                open_backend(self.study.configuration, self.study.data, self._on_report, self.study.say)
            )
        self.study.say(self.study.ledger.summary())
        if self.study.ledger.done() >= wanted:
            # A kill while a state was written leaves a part of it here.
            shutil.rmtree(training_folder(self.study.name), ignore_errors=True)

    def _run_on(self, backend: Backend) -> None:
        self.console.several = backend.slots > 1
        self.study.ledger.lag = look_back(backend.slots)
        started = time.monotonic()
        wanted, timeout = self.study.configuration.trials, self.study.configuration.timeout
        try:
            while (done := self.study.ledger.done()) < wanted:
                late = timeout and time.monotonic() - started > timeout
                while (
                    not late
                    and len(self._running) < min(backend.slots, wanted - done)
                    and self.study.ledger.ready()
                ):
                    backend.start(self._next_job())
                if late and not self._running:
                    self.study.say(f"timeout of {timeout:g} s reached after {done} of {wanted} trials")
                    break
                for ended in backend.poll():
                    self._finish(ended)
        finally:
            backend.close()
            # Whatever is still open here was interrupted; the next call with the same name repeats it.
            for _, job in self._running.values():
                self._fail_run(job.run_id, "interrupted; resume with the same command")

    def probe_given(self, network: TimesNet) -> None:
        """Probe every layer of a network that is not trained here, as the study's one trial.

        A finished study is left as it is.
        """
        if self.study.ledger.trials(TrialState.COMPLETE):
            return
        self._note_progress(0, wanted=1)
        trial, _ = self.study.ledger.ask(lambda trial: None)
        seed = self.study.seed
        run_id = self.study.tracking.start_run(
            names.TRIAL_RUN,
            f"trial {trial.number:02d}",
            tags={names.TRIAL: trial.number, **self.study.tags},
            params={
                "seed": seed,
                "checkpoint": self.study.configuration.checkpoint,
                **network.config.to_dict(),
            },
        )
        trial.set_user_attr(RUN_ID, run_id)
        state, value = TrialState.FAIL, None
        try:
            record = probe_network(
                network,
                self.study.data,
                metric=self.study.metric,
                seed=seed,
                number=trial.number,
                variant={},
            )
            value = self._log_record(run_id, record)
            state = TrialState.COMPLETE
            self.study.say(f"{len(record.candidates)} candidates from {len(record.layers)} layers probed")
        finally:
            self.study.ledger.tell(trial, value, state)
            end_trial_run(self.study, run_id, state, "")

    @contextmanager
    def records(self) -> Iterator[dict[int, TrialRecord]]:
        """Records of all completed trials, by number; their predictions stay on disk while the context lasts."""
        records = {}
        completed = self.study.ledger.trials(TrialState.COMPLETE)
        progress = Progress(self.study.say, "fetching what was found", total=len(completed), unit="trials")
        with temporary_folder() as folder:
            for trial in completed:
                place = Path(folder) / str(trial.number)
                place.mkdir()
                for name in TrialRecord.FILES:
                    artifact = f"{names.TRIAL_FOLDER}/{name}"
                    found = self.study.tracking.fetch(trial.user_attrs[RUN_ID], artifact, str(place))
                records[trial.number] = TrialRecord.read(found.parent)
                progress(len(records))
            yield records

    def model_of(self, number: int) -> TimesNet:
        """The trained network of a trial."""
        trials = self.study.ledger.trials()
        run_id = next(trial.user_attrs[RUN_ID] for trial in trials if trial.number == number)
        with temporary_folder() as folder:
            fetched = self.study.tracking.fetch(run_id, f"{names.TRIAL_FOLDER}/checkpoint", folder)
            return load_checkpoint(fetched)

    def last_reason(self) -> str:
        """Why the newest trial that did not come through ended; empty where none says."""
        reasons = [run.data.tags.get(names.REASON, "") for run in self.study.tracking.runs(names.TRIAL_RUN)]
        return next(filter(None, reasons), "")

    def _next_job(self) -> Job:
        trial, variant = self.study.ledger.ask(self.study.space.sample, self.study.space.first)
        ordinal = trial.user_attrs[ORDINAL]
        seed = (self.study.seed * 1_000_003 + ordinal) % 2**32
        tags = {names.TRIAL: trial.number, **self.study.tags}
        if REPEATS in trial.user_attrs:
            tags[REPEATS] = trial.user_attrs[REPEATS]
        run_id = self.study.tracking.start_run(
            names.TRIAL_RUN,
            f"trial {trial.number:02d}",
            tags=tags,
            params={"seed": seed, **variant.to_dict()},
        )
        trial.set_user_attr(RUN_ID, run_id)
        state_file = training_folder(self.study.name) / f"{ordinal}.safetensors"
        job = Job(trial.number, seed, variant, run_id, self.study.tracking.uri, state_file)
        self._running[trial.number] = trial, job
        self.console.trial_started(trial.number, variant)
        return job

    def _on_report(self, number: int, epoch: int, score: float, report: EpochReport) -> bool:
        trial, job = self._running[number]
        trial.report(score, epoch)
        self.study.tracking.log_step(
            job.run_id,
            {
                names.TRAIN_LOSS: report.train_loss,
                names.TUNE_LOSS: report.tune_loss,
                names.LEARNING_RATE: report.learning_rate,
                names.epoch_tune(self.study.metric): score,
            },
            epoch,
        )
        self.console.epoch(number, report, job.variant.train_epochs, score)
        return self.study.ledger.should_prune(trial)

    def _finish(self, done: Done) -> None:
        if done.state == "halt":
            raise StoreFailed(done.reason)
        trial, job = self._running[done.number]
        if done.state == "lost" and trial.user_attrs.get(LOSSES, 0) < MAX_REPEATS:
            self.study.ledger.repeat(done.number)
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
                self.study.tracking.text(job.run_id, done.details, "error.txt")
        if (run_id := self.study.tracking.known_id(job.run_id)) != job.run_id:
            trial.set_user_attr(RUN_ID, run_id)
        self.study.ledger.tell(trial, value, state)
        end_trial_run(self.study, job.run_id, state, done.reason)
        del self._running[done.number]
        if job.state_file is not None:
            job.state_file.unlink(missing_ok=True)
        finished = self.study.ledger.done()
        progress = {names.TRIALS_DONE: float(finished)}
        if self._best is not None:
            progress[names.best_select(self.study.metric)] = self._best[0]
        self.study.tracking.log_step(self.study.tracking.run_id, names.rounded(progress), finished)
        self._note_progress(finished)
        self.console.trial_ended(done, finished, self._best)

    def _log_record(self, run_id: str, record: TrialRecord) -> float:
        """Log a completed trial and return its value: the select score of its best candidate."""
        metric = self.study.metric
        best = best_candidate(record.candidates, metric)
        tags = {names.NOTE: trial_note(record, best, metric)}
        if record.notes:
            tags[names.ADJUSTED] = "; ".join(record.notes)
        self.study.tracking.log(
            run_id,
            {
                **candidate_metrics(best, metric),
                **{names.seconds(phase): value for phase, value in record.seconds.items()},
            },
            series=depth_series(record.candidates, metric),
            tags=tags,
        )
        self.study.tracking.params(run_id, {"best_layer": best.layer, "best_pooling": best.pooling})
        with temporary_folder() as folder:
            record.write(Path(folder))
            self.study.tracking.folder(run_id, Path(folder), names.TRIAL_FOLDER)
        return best.scores[metric]

    def _best_so_far(self) -> tuple[float, int] | None:
        metric = self.study.metric
        found = [
            (t.value, t.number) for t in self.study.ledger.trials(TrialState.COMPLETE) if t.value is not None
        ]
        return max(found, key=lambda pair: (utility(metric, pair[0]), -pair[1]), default=None)

    def _note_progress(self, done: int, wanted: int | None = None) -> None:
        note = progress_note(
            done=done,
            wanted=wanted or self.study.configuration.trials,
            metric=self.study.metric,
            best=self._best,
        )
        self.study.tracking.tag(self.study.tracking.run_id, {names.NOTE: note})

    def _is_better(self, value: float, other: float) -> bool:
        metric = self.study.metric
        return utility(metric, value) > utility(metric, other)

    def _fail_run(self, run_id: str, reason: str) -> None:
        end_trial_run(self.study, run_id, TrialState.FAIL, reason)
