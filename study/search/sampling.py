"""What sampler and pruner see when they decide about a trial: the same, however many trials run at once."""

import copy
from collections.abc import Callable, Container, Iterable
from typing import Any, TypeVar

import optuna
from optuna.pruners import BasePruner
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import BaseTrial, FrozenTrial, TrialState

# User attributes of a trial: its place in an undisturbed study and the parameters that were drawn for it.
ORDINAL, DRAWN = "ordinal", "drawn"

Sampled = TypeVar("Sampled")


def look_back(slots: int) -> int:
    """How far back the newest trial lies that a trial's decisions may depend on, where `slots` trials run at once.

    Twice the slots keeps them busy while the slowest trial of the last few ends. No less than four, so that one
    process and two draw and prune the very same trials.
    """
    return max(4, 2 * slots)


def latest(trials: Iterable[FrozenTrial]) -> dict[int, FrozenTrial]:
    """The last attempt at each ordinal; a trial that was repeated has several."""
    return {trial.user_attrs[ORDINAL]: trial for trial in trials if ORDINAL in trial.user_attrs}


def draw(
    sample: Callable[[BaseTrial], Sampled],
    *,
    trials: Iterable[FrozenTrial],
    ordinal: int,
    lag: int,
    seed: int,
    direction: StudyDirection,
) -> dict[str, Any]:
    """Parameters of the trial with this ordinal, by TPE.

    It sees how the trials up to `ordinal - lag` ended, and of those in between only what was drawn, as if they
    were all under way: TPE keeps away from them.
    """
    attempts = latest(trials)
    seen = []
    for earlier in range(ordinal):
        trial = attempts[earlier]
        if earlier > ordinal - lag:
            trial = optuna.trial.create_trial(
                state=TrialState.RUNNING, params=trial.params, distributions=trial.distributions
            )
        seen.append(trial)
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=8, multivariate=True, constant_liar=True)
    asked = optuna.create_study(storage=_Seen(seen), direction=direction, sampler=sampler).ask()
    sample(asked)
    return asked.params


def should_prune(
    trial: FrozenTrial,
    *,
    trials: Iterable[FrozenTrial],
    lag: int,
    pruner: BasePruner,
    direction: StudyDirection,
) -> bool:
    """Whether the pruner would end the trial, judged by the trials up to its ordinal less `lag`."""
    newest = trial.user_attrs[ORDINAL] - lag
    seen = [attempt for ordinal, attempt in sorted(latest(trials).items()) if ordinal <= newest]
    return pruner.prune(optuna.create_study(storage=_Seen(seen), direction=direction), trial)


class _Seen(InMemoryStorage):
    """Optuna's memory, in which earlier trials stand before its own.

    They are looked at as they are. Put in with `add_trial` each would be copied as deep as it goes at every decision,
    which takes four fifths of the time that two thousand trials take to decide on the next.
    """

    def __init__(self, earlier: Iterable[FrozenTrial]) -> None:
        super().__init__()
        self._earlier = [copy.copy(trial) for trial in earlier]
        for number, trial in enumerate(self._earlier, start=1):
            # Samplers order trials by number, and know the one that they draw for by it: that is number 0 here.
            trial.number = number

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        own = super().get_all_trials(study_id, deepcopy=deepcopy, states=states)
        return [trial for trial in self._earlier if states is None or trial.state in states] + own
