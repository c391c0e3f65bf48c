"""Optuna's side of a study: asking, telling and picking up after a crash."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.trial import FrozenTrial, TrialState

from study.errors import StudyError

# User attributes of a trial: its place in an undisturbed study, its MLflow run and the trial that it repeats.
ORDINAL, RUN_ID, REPEATS = "ordinal", "mlflow_run_id", "repeats"
DEFINITION = "definition"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


class TrialLedger:
    """One Optuna study whose trials are drawn the same whether or not it was interrupted.

    A trial that was cut off is enqueued again and keeps its *ordinal*, the place that it would have had without
    the interruption. Sampler and training are seeded by ordinal, so a resumed study draws what an undisturbed
    one would have drawn.
    """

    def __init__(
        self,
        name: str,
        *,
        storage: str,
        direction: Literal["minimize", "maximize"],
        seed: int,
        definition: dict[str, Any],
    ) -> None:
        """Open or create the study.

        Raises StudyError when the name belongs to a study of something else, naming what differs.
        """
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.seed = seed
        try:
            self.study = optuna.create_study(
                storage=storage,
                study_name=name,
                direction=direction,
                load_if_exists=True,
                # Epochs before the second are too early to judge, as are studies of fewer than four finished trials.
                pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
            )
        except Exception as error:
            raise StudyError(
                f"storage={storage!r} can't be opened: {' '.join(str(error).split())[:300]}"
            ) from None
        known = self.study.user_attrs.get(DEFINITION)
        if known is None:
            self.study.set_user_attr(DEFINITION, definition)
        elif known != definition:
            changed = [key for key in definition if known.get(key) != definition[key]]
            differences = ", ".join(
                f"{key} was {known.get(key)!r}, is {definition[key]!r}" for key in changed
            )
            raise StudyError(
                f"study {name!r} exists and is another study ({differences}); give name=... for a new one"
            )

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Trials in any of the states, by number."""
        return self.study.get_trials(deepcopy=False, states=states or None)

    def done(self) -> int:
        """Distinct trials that ended for good; one that was cut off counts when its repetition ends."""
        repeated = self._repeated()
        ended = [trial for trial in self.trials(*FINISHED) if ORDINAL in trial.user_attrs]
        return len([trial for trial in ended if trial.number not in repeated])

    def ask(self) -> optuna.Trial:
        """The next trial: one that waits to be repeated, or a new one."""
        waiting = self.trials(TrialState.WAITING)
        originals = [t for t in self.trials() if ORDINAL in t.user_attrs and REPEATS not in t.user_attrs]
        ordinal = waiting[0].user_attrs[ORDINAL] if waiting else len(originals)
        self.study.sampler = optuna.samplers.TPESampler(
            seed=self.seed * 1_000_003 + ordinal, n_startup_trials=8, multivariate=True, constant_liar=True
        )
        trial = self.study.ask()
        if ORDINAL not in trial.user_attrs:
            trial.set_user_attr(ORDINAL, ordinal)
        return trial

    def tell(self, trial: optuna.Trial | int, value: float | None, state: TrialState) -> None:
        """End a trial; a pruned one keeps its last reported value, as Optuna does."""
        self.study.tell(trial, value if state == TrialState.COMPLETE else None, state=state)

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
            # Without an ordinal it was killed inside ask(): its place is free and the next trial takes it.
            if ORDINAL in orphan.user_attrs and orphan.number not in repeated:
                # Its run is created after sampling: without one the parameters may be incomplete and are drawn anew.
                self.study.enqueue_trial(
                    orphan.params if RUN_ID in orphan.user_attrs else {},
                    user_attrs={ORDINAL: orphan.user_attrs[ORDINAL], REPEATS: orphan.number},
                )
            self.study.tell(orphan.number, state=TrialState.FAIL)
            if RUN_ID in orphan.user_attrs:
                close_run(orphan.user_attrs[RUN_ID])
        return orphans

    def _repeated(self) -> set[int]:
        return {trial.user_attrs[REPEATS] for trial in self.trials() if REPEATS in trial.user_attrs}


def default_storage(name: str) -> str:
    """SQLite file of a study under `studies/` in this directory."""
    return f"sqlite:///{study_folder(name) / 'optuna.db'}"


def study_folder(name: str) -> Path:
    """Folder that keeps a study's Optuna database and lock; created if need be."""
    folder = Path("studies") / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"{folder}: can't be created: {os.strerror(error.errno or 0)}") from None
    return folder


def training_folder(name: str) -> Path:
    """Folder of what a study's unfinished trainings go on from, by ordinal."""
    return (study_folder(name) / "training").absolute()
