"""Optuna's side of a study: asking, telling and picking up after a crash."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import optuna
from optuna.storages import BaseStorage
from optuna.trial import BaseTrial, FrozenTrial, TrialState

from study.errors import StoreFailed, StudyError
from study.search import sampling
from study.search.code_digest import changed_parts
from study.search.definition import CODES, DEFINITION, SESSIONS, require_same
from study.search.sampling import DRAWN, ORDINAL
from study.stores import reason

# User attributes of a trial: its MLflow run, the trial that it repeats and how often its worker had died before.
RUN_ID, REPEATS, LOSSES = "mlflow_run_id", "repeats", "losses"
ENDED = {TrialState.COMPLETE: "completed", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
FINISHED = tuple(ENDED)
MOST_SESSIONS = 200
# Where studies keep their databases and locks, in the working directory.
STUDIES = Path("studies")

Sampled = TypeVar("Sampled")


class TrialLedger:
    """One Optuna study whose trials are drawn the same whether or not it was interrupted.

    A trial has an *ordinal*, its place in an undisturbed study. Its parameters are drawn as `sampling` says,
    put into the study with the ordinal by one transaction, and only then asked for: a trial that was cut off at any
    moment is enqueued again with the same ordinal and parameters.

    Attributes:
        study: the Optuna study.
        lag: how far back a trial's decisions look, see `sampling.look_back`; to be set before trials are asked for.
    """

    def __init__(
        self,
        name: str,
        *,
        storage: str | BaseStorage,
        direction: Literal["minimize", "maximize"],
        seed: int,
        definition: dict[str, Any],
    ) -> None:
        """Open or create the study.

        Raises StudyError when the name belongs to a study of something else, naming what differs.
        """
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.seed = seed
        self.lag = sampling.look_back(1)
        try:
            self.study = optuna.create_study(
                storage=storage,
                study_name=name,
                direction=direction,
                load_if_exists=True,
                # Every trial comes with its parameters; those are drawn elsewhere.
                sampler=optuna.samplers.RandomSampler(),
                # Epochs before the second are too early to judge, as are studies of fewer than four finished trials.
                pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
            )
        except StoreFailed:
            raise
        except Exception as error:
            raise StudyError(f"study {name!r} can't be opened in Optuna's storage: {reason(error)}") from None
        known = self.study.user_attrs.get(DEFINITION)
        require_same(name, known, definition)
        if known is None:
            self.study.set_user_attr(DEFINITION, definition)

    def enter(self, session: str) -> None:
        """Note that a call runs the study; a copy that is made of it from now on knows so."""
        known = self.study.user_attrs.get(SESSIONS, [])
        self.study.set_user_attr(SESSIONS, [*known, session][-MOST_SESSIONS:])

    def note_code(self, parts: dict[str, str]) -> None:
        """Note the code of the trials to come, where it is not that of the last ones."""
        codes, trials = self.codes(), self.trials()
        if not codes and trials:
            codes = [{"parts": {}, "from": 0}]  # begun before the code was noted
        if not codes or changed_parts(codes[-1]["parts"], parts):
            self.study.set_user_attr(CODES, [*codes, {"parts": parts, "from": len(trials)}])

    def codes(self) -> list[dict[str, Any]]:
        """The codes that trials come of, in order, see `definition.codes_in_words`."""
        return list(self.study.user_attrs.get(CODES, []))

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Trials in any of the states, by number."""
        return self.study.get_trials(deepcopy=False, states=states or None)

    def done(self) -> int:
        """Distinct trials that ended for good; one that was cut off counts when its repetition ends."""
        return len(self._ended())

    def summary(self) -> str:
        """What came of these, as `20 trials: 13 completed, 7 pruned`."""
        ended = Counter(ENDED[trial.state] for trial in self._ended())
        parts = ", ".join(f"{ended[word]} {word}" for word in ENDED.values() if ended[word])
        return f"{ended.total()} trial{'' if ended.total() == 1 else 's'}: {parts or 'none'}"

    def ready(self) -> bool:
        """Whether all trials have ended that the next one may look at; one to be repeated waits for none."""
        trials = self.trials()
        if any(trial.state == TrialState.WAITING for trial in trials):
            return True
        attempts = sampling.latest(trials)
        return all(
            trial.state in FINISHED
            for ordinal, trial in attempts.items()
            if ordinal <= len(attempts) - self.lag
        )

    def ask(
        self,
        sample: Callable[[BaseTrial], Sampled],
        first: Callable[[int], dict[str, Any] | None] = lambda ordinal: None,
    ) -> tuple[optuna.Trial, Sampled]:
        """The next trial and what `sample` draws for it: one that waits to be repeated, or a new one.

        A new one takes the parameters that `first` has for its ordinal; where that is None they are drawn. Call it only
        when `ready()`.
        """
        if not self.trials(TrialState.WAITING):
            trials = self.trials()
            ordinal = len(sampling.latest(trials))
            drawn = first(ordinal)
            if drawn is None:
                drawn = sampling.draw(
                    sample,
                    trials=trials,
                    ordinal=ordinal,
                    lag=self.lag,
                    seed=(self.seed * 1_000_003 + ordinal) % 2**32,
                    direction=self.study.direction,
                )
            self._enqueue(drawn, {ORDINAL: ordinal})
        trial = self.study.ask()
        return trial, sample(trial)

    def should_prune(self, trial: optuna.Trial) -> bool:
        """Whether what the trial reported so far is worse than what earlier trials had reported by then."""
        trials = self.trials()
        return sampling.should_prune(
            trials[trial.number],
            trials=trials,
            lag=self.lag,
            pruner=self.study.pruner,
            direction=self.study.direction,
        )

    def tell(self, trial: optuna.Trial | int, value: float | None, state: TrialState) -> None:
        """End a trial; a pruned one keeps its last reported value, as Optuna does."""
        self.study.tell(trial, value if state == TrialState.COMPLETE else None, state=state)

    def repeat(self, number: int) -> None:
        """Enqueue a trial again whose worker died, then mark it failed."""
        trial = self.trials()[number]
        self._enqueue_again(trial, losses=trial.user_attrs.get(LOSSES, 0) + 1)
        self.tell(number, None, TrialState.FAIL)

    def recover(self, close_run: Callable[[str], None]) -> list[FrozenTrial]:
        """Enqueue every cut-off trial again, then mark it failed, in this order, so that a crash in between loses none.

        Args:
            close_run: called with the MLflow run id of each cut-off trial.

        Returns:
            The cut-off trials.
        """
        orphans = self.trials(TrialState.RUNNING)
        repeated = self._repeated()
        for orphan in orphans:
            if orphan.number not in repeated:
                self._enqueue_again(orphan, losses=orphan.user_attrs.get(LOSSES, 0))
            self.tell(orphan.number, None, TrialState.FAIL)
            if RUN_ID in orphan.user_attrs:
                close_run(orphan.user_attrs[RUN_ID])
        return orphans

    def _enqueue_again(self, trial: FrozenTrial, *, losses: int) -> None:
        attributes = {ORDINAL: trial.user_attrs[ORDINAL], REPEATS: trial.number}
        if losses:
            attributes[LOSSES] = losses
        self._enqueue(trial.user_attrs[DRAWN], attributes)

    def _enqueue(self, drawn: dict[str, Any], attributes: dict[str, Any]) -> None:
        self.study.enqueue_trial(drawn, user_attrs={**attributes, DRAWN: drawn})

    def _ended(self) -> list[FrozenTrial]:
        repeated = self._repeated()
        ended = [trial for trial in self.trials(*FINISHED) if ORDINAL in trial.user_attrs]
        return [trial for trial in ended if trial.number not in repeated]

    def _repeated(self) -> set[int]:
        return {trial.user_attrs[REPEATS] for trial in self.trials() if REPEATS in trial.user_attrs}


def default_storage(name: str) -> str:
    """SQLite file of a study under `studies/` in this directory."""
    return f"sqlite:///{STUDIES / name / 'optuna.db'}"


def study_folder(name: str) -> Path:
    """Folder that keeps a study's Optuna database and lock; created if need be."""
    folder = STUDIES / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"{folder}: can't be created: {os.strerror(error.errno or 0)}") from None
    return folder


def training_folder(name: str) -> Path:
    """Folder of what a study's unfinished trainings go on from, by ordinal."""
    return (study_folder(name) / "training").absolute()
