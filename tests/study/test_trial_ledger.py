"""An interrupted study draws and keeps what an undisturbed one would have."""

import optuna
import pytest
from optuna.trial import TrialState

from study.errors import StudyError
from study.trial_ledger import ORDINAL, REPEATS, RUN_ID, TrialLedger


def ledger(path, *, seed=0, definition=None):
    return TrialLedger(
        "s",
        storage=f"sqlite:///{path}",
        direction="maximize",
        seed=seed,
        definition=definition or {"data": "x"},
    )


def sample(trial):
    return trial.suggest_float("a", 0, 1), trial.suggest_categorical("b", ["p", "q", "r"])


def value(sampled):
    return sampled[0] + len(sampled[1])


def run(opened, count):
    drawn = []
    while opened.done() < count:
        trial = opened.ask()
        sampled = sample(trial)
        trial.set_user_attr(RUN_ID, f"run {trial.number}")
        opened.tell(trial, value(sampled), TrialState.COMPLETE)
        drawn.append(sampled)
    return drawn


def test_one_seed_gives_one_sequence(tmp_path):
    first = run(ledger(tmp_path / "a.db"), 12)
    assert run(ledger(tmp_path / "b.db"), 12) == first
    assert run(ledger(tmp_path / "c.db", seed=1), 12) != first


@pytest.mark.parametrize("killed_at", [0, 5, 9, 11])
@pytest.mark.parametrize("moment", ["inside ask", "before sampling", "while sampling", "in training"])
def test_a_killed_study_goes_on_as_if_undisturbed(tmp_path, killed_at, moment):
    undisturbed = run(ledger(tmp_path / "undisturbed.db"), 12)

    opened = ledger(tmp_path / "killed.db")
    run(opened, killed_at)
    if moment == "inside ask":
        optuna.load_study(study_name="s", storage=f"sqlite:///{tmp_path / 'killed.db'}").ask()
    else:
        trial = opened.ask()
        if moment == "while sampling":
            trial.suggest_float("a", 0, 1)
        if moment == "in training":
            sample(trial)
            trial.set_user_attr(RUN_ID, "cut off")
    del opened

    resumed = ledger(tmp_path / "killed.db")
    closed = []
    assert len(resumed.recover(closed.append)) == 1
    assert closed == (["cut off"] if moment == "in training" else [])
    assert resumed.done() == killed_at
    run(resumed, 12)
    kept = {
        t.user_attrs[ORDINAL]: (t.params["a"], t.params["b"]) for t in resumed.trials(TrialState.COMPLETE)
    }
    assert [kept[ordinal] for ordinal in range(12)] == undisturbed
    assert not resumed.trials(TrialState.RUNNING, TrialState.WAITING)


def test_recovering_twice_repeats_once(tmp_path):
    opened = ledger(tmp_path / "a.db")
    trial = opened.ask()
    sample(trial)
    trial.set_user_attr(RUN_ID, "x")
    # A rescuer that died between enqueueing the successor and marking the orphan failed.
    opened.study.enqueue_trial(trial.params, user_attrs={ORDINAL: 0, REPEATS: trial.number})
    ledger(tmp_path / "a.db").recover(lambda run_id: None)
    assert len(opened.trials(TrialState.WAITING)) == 1


def test_a_failed_trial_counts_and_is_not_repeated(tmp_path):
    opened = ledger(tmp_path / "a.db")
    opened.tell(opened.ask(), None, TrialState.FAIL)
    assert opened.done() == 1
    assert opened.recover(lambda run_id: None) == []


def test_another_study_of_the_same_name_is_refused(tmp_path):
    ledger(tmp_path / "a.db")
    with pytest.raises(StudyError, match=r"data was 'x', is 'y'.*name="):
        ledger(tmp_path / "a.db", definition={"data": "y"})


def test_a_storage_that_is_no_database_is_one_line(tmp_path):
    (tmp_path / "a.db").write_text("not a database, but long enough to be looked at" * 100)
    with pytest.raises(StudyError) as raised:
        ledger(tmp_path / "a.db")
    assert "\n" not in str(raised.value)
