"""A study draws and prunes the same trials, interrupted or not, one after the other or several at once."""

import random

import optuna
import pytest
from optuna.trial import TrialState

from study.errors import StudyError
from study.search.ledger import LOSSES, REPEATS, RUN_ID, TrialLedger
from study.search.sampling import DRAWN, ORDINAL, look_back

EPOCHS = 2


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


def score(sampled, epoch):
    return sampled[0] * (epoch + 1) + "pqr".index(sampled[1]) * (EPOCHS - epoch)


def run(opened, count, *, slots=1, order=None):
    """Finish trials up to `count`; of those under way, `order` says which reports next."""
    choose = order or (lambda numbers: numbers[0])
    opened.lag = look_back(slots)
    running = {}
    while (done := opened.done()) < count:
        while len(running) < min(slots, count - done) and opened.ready():
            trial, sampled = opened.ask(sample)
            trial.set_user_attr(RUN_ID, f"run {trial.number}")
            running[trial.number] = trial, sampled, iter(range(EPOCHS))
        number = choose(sorted(running))
        trial, sampled, epochs = running[number]
        epoch = next(epochs, None)
        if epoch is None:
            opened.tell(trial, score(sampled, EPOCHS), TrialState.COMPLETE)
            del running[number]
            continue
        trial.report(score(sampled, epoch), epoch)
        if opened.should_prune(trial):
            opened.tell(trial, None, TrialState.PRUNED)
            del running[number]


def outcome(opened):
    """What came of each trial that counts, by ordinal."""
    trials = {t.user_attrs[ORDINAL]: t for t in opened.trials()}
    return [
        (trial.params, trial.state, trial.value, trial.intermediate_values)
        for _, trial in sorted(trials.items())
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    opened = ledger(tmp_path_factory.mktemp("undisturbed") / "a.db")
    run(opened, 15)
    return outcome(opened)


def test_one_seed_gives_one_sequence(tmp_path, undisturbed):
    states = [state for _, state, _, _ in undisturbed]
    assert states.count(TrialState.PRUNED) >= 2 and states.count(TrialState.COMPLETE) >= 2
    other = ledger(tmp_path / "c.db", seed=1)
    run(other, 15)
    assert [drawn for drawn, *_ in outcome(other)] != [drawn for drawn, *_ in undisturbed]


@pytest.mark.parametrize("shuffle", range(2))
def test_two_at_once_draw_and_prune_what_one_does(tmp_path, undisturbed, shuffle):
    opened = ledger(tmp_path / "a.db")
    run(opened, 15, slots=2, order=random.Random(shuffle).choice)
    assert outcome(opened) == undisturbed


def test_five_at_once_do_not_depend_on_who_is_fast(tmp_path):
    first, second = ledger(tmp_path / "a.db"), ledger(tmp_path / "b.db")
    run(first, 15, slots=5, order=random.Random(0).choice)
    run(second, 15, slots=5, order=max)
    assert outcome(first) == outcome(second)


def test_a_trial_waits_for_those_that_it_looks_at(tmp_path):
    opened = ledger(tmp_path / "a.db")
    trials = []
    while opened.ready():
        trials.append(opened.ask(sample)[0])
    assert len(trials) == opened.lag
    for trial in trials[1:]:
        opened.tell(trial, 1.0, TrialState.COMPLETE)
    assert not opened.ready()
    opened.tell(trials[0], 1.0, TrialState.COMPLETE)
    assert opened.ready()


class Killed(BaseException):
    pass


@pytest.mark.parametrize("killed_at", [0, 9])
@pytest.mark.parametrize("moment", ["before ask", "inside ask", "while sampling", "in training"])
def test_a_killed_study_goes_on_as_if_undisturbed(tmp_path, undisturbed, killed_at, moment, monkeypatch):
    def killed():
        if moment == "inside ask":
            optuna.Study.ask(opened.study)
        raise Killed

    def cut_off(trial):
        if isinstance(trial, optuna.Trial) and trial.study.sampler is opened.study.sampler:
            trial.suggest_float("a", 0, 1)
            raise Killed
        return sample(trial)

    opened = ledger(tmp_path / "killed.db")
    run(opened, killed_at)
    if moment in ("before ask", "inside ask"):
        monkeypatch.setattr(opened.study, "ask", killed)
    if moment == "in training":
        trial, _ = opened.ask(sample)
        trial.set_user_attr(RUN_ID, "cut off")
        trial.report(0.5, 0)
    else:
        with pytest.raises(Killed):
            opened.ask(cut_off)

    resumed = ledger(tmp_path / "killed.db")
    closed = []
    assert len(resumed.recover(closed.append)) == (0 if moment == "before ask" else 1)
    assert closed == (["cut off"] if moment == "in training" else [])
    assert resumed.done() == killed_at
    run(resumed, 15)
    assert outcome(resumed) == undisturbed
    assert not resumed.trials(TrialState.RUNNING, TrialState.WAITING)


def test_several_cut_off_at_once_are_all_repeated(tmp_path, undisturbed):
    opened = ledger(tmp_path / "a.db")
    run(opened, 7, slots=2)
    for _ in range(2):
        trial, _ = opened.ask(sample)
        trial.set_user_attr(RUN_ID, str(trial.number))
    resumed = ledger(tmp_path / "a.db")
    assert len(resumed.recover(lambda run_id: None)) == 2
    run(resumed, 15, slots=2, order=random.Random(1).choice)
    assert outcome(resumed) == undisturbed


def test_recovering_twice_repeats_once(tmp_path):
    opened = ledger(tmp_path / "a.db")
    trial, _ = opened.ask(sample)
    trial.set_user_attr(RUN_ID, "x")
    # A rescuer that died between enqueueing the successor and marking the orphan failed.
    drawn = trial.user_attrs[DRAWN]
    opened.study.enqueue_trial(drawn, user_attrs={ORDINAL: 0, DRAWN: drawn, REPEATS: trial.number})
    ledger(tmp_path / "a.db").recover(lambda run_id: None)
    assert len(opened.trials(TrialState.WAITING)) == 1


def test_a_trial_whose_worker_died_is_repeated_at_once_and_its_losses_are_counted(tmp_path, undisturbed):
    opened = ledger(tmp_path / "a.db")
    run(opened, 10)
    for losses in (1, 2):
        trial, drawn = opened.ask(sample)
        opened.repeat(trial.number)
        (waiting,) = opened.trials(TrialState.WAITING)
        assert waiting.user_attrs[LOSSES] == losses and waiting.user_attrs[REPEATS] == trial.number
        assert opened.done() == 10 and opened.ready()
    trial, again = opened.ask(sample)
    assert again == drawn
    # The death of the owner is not the worker's.
    resumed = ledger(tmp_path / "a.db")
    resumed.recover(lambda run_id: None)
    assert resumed.trials(TrialState.WAITING)[0].user_attrs[LOSSES] == 2
    run(resumed, 15)
    assert outcome(resumed) == undisturbed


def test_a_failed_trial_counts_and_is_not_repeated(tmp_path):
    opened = ledger(tmp_path / "a.db")
    opened.tell(opened.ask(sample)[0], None, TrialState.FAIL)
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


def test_the_summary_says_how_many_trials_ended_how_and_counts_a_repeated_one_once(tmp_path):
    opened = ledger(tmp_path / "optuna.db")
    assert opened.summary() == "0 trials: none"
    states = [TrialState.COMPLETE, TrialState.PRUNED, TrialState.COMPLETE, TrialState.FAIL]
    for state in states:
        trial, _ = opened.ask(sample)
        opened.tell(trial, 0.5, state)
    trial, _ = opened.ask(sample)
    opened.repeat(trial.number)
    assert opened.summary() == "4 trials: 2 completed, 1 pruned, 1 failed"
    trial, _ = opened.ask(sample)
    opened.tell(trial, 0.5, TrialState.COMPLETE)
    assert opened.summary() == "5 trials: 3 completed, 1 pruned, 1 failed"
    assert opened.done() == 5
