"""What is drawn and pruned is what Optuna decides on a study that holds the earlier trials, put in one by one."""

import optuna
import pytest
from optuna.trial import TrialState, create_trial

from study.search.sampling import ORDINAL, draw, should_prune

DIRECTION = optuna.study.StudyDirection.MAXIMIZE
STATES = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.COMPLETE, TrialState.FAIL)


def sample(trial):
    return trial.suggest_float("a", 0, 1), trial.suggest_categorical("b", ["p", "q", "r"])


@pytest.fixture(scope="module")
def trials():
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    found = []
    for ordinal in range(40):
        asked = study.ask()
        a, _ = sample(asked)
        state = STATES[ordinal % len(STATES)]
        found.append(
            create_trial(
                state=state,
                value=None if state == TrialState.FAIL else a,
                params=asked.params,
                distributions=asked.distributions,
                intermediate_values={epoch: a + epoch * (ordinal % 3) for epoch in range(3)},
                user_attrs={ORDINAL: ordinal},
            )
        )
    return found


def under_way(trial):
    return create_trial(state=TrialState.RUNNING, params=trial.params, distributions=trial.distributions)


@pytest.mark.parametrize("ordinal", [0, 1, 7, 12, 25, 40])
@pytest.mark.parametrize("lag", [4, 8])
def test_the_next_trial_is_the_one_that_optuna_draws(trials, ordinal, lag):
    sampler = optuna.samplers.TPESampler(seed=5, n_startup_trials=8, multivariate=True, constant_liar=True)
    study = optuna.create_study(direction=DIRECTION, sampler=sampler)
    for earlier, trial in enumerate(trials[:ordinal]):
        study.add_trial(under_way(trial) if earlier > ordinal - lag else trial)
    asked = study.ask()
    sample(asked)
    settled = [trial.number for trial in trials]
    drawn = draw(sample, trials=trials[:ordinal], ordinal=ordinal, lag=lag, seed=5, direction=DIRECTION)
    assert drawn == asked.params
    assert [trial.number for trial in trials] == settled, "the trials themselves are left as they were"


def test_a_trial_is_pruned_as_optuna_prunes_it(trials):
    pruner = optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1)
    pruned = []
    for ordinal, trial in enumerate(trials):
        study = optuna.create_study(direction=DIRECTION)
        study.add_trials(
            earlier for earlier in trials[: max(0, ordinal - 3)] if earlier.state == TrialState.COMPLETE
        )
        pruned.append(pruner.prune(study, trial))
        assert pruned[-1] == should_prune(trial, trials=trials, lag=4, pruner=pruner, direction=DIRECTION)
    assert 5 < sum(pruned) < 35
