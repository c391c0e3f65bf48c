"""A study in MLflow's store has one owner, also where MLflow can't set a tag on a condition."""

import mlflow
import pytest

from study.errors import StudyError
from study.lifecycle.ownership import Ownership, require_same_place
from study.search.read_storage import Peek
from study.stores.retry import Retry
from study.tracking.claim import Claim, StoreClaim


@pytest.fixture
def claim(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    client = mlflow.MlflowClient()
    number = client.create_experiment("x")
    return lambda study="s": StoreClaim(study, Retry(print), number)


def test_of_two_that_claim_at_the_same_moment_the_last_one_has_it(claim):
    first, second = claim(), claim()
    first.take(print)
    nothing_yet = second.require_free
    second.require_free = lambda say: Claim()  # it looked before the first one wrote
    second.take(print)
    second.require_free = nothing_yet
    entered = []
    with pytest.raises(StudyError, match="at the same moment"):
        first.settle("here", entered.append)
    second.settle("there", entered.append)
    assert len(entered) == 1 and claim().read().session == entered[0] and claim().read().storage == "there"
    assert second.keep()
    with pytest.raises(StudyError, match="running in another process"):
        claim().take(print)
    claim("another").take(print)
    second.give_back()
    assert claim().read() == Claim(None, entered[0], "there")
    claim().take(print)


def test_a_claim_is_about_the_store_that_it_was_written_to(claim, tmp_path, monkeypatch):
    claim().take(print)
    number = claim().experiment_id
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mlflow.db").write_bytes((tmp_path / "mlflow.db").read_bytes())
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'copy' / 'mlflow.db'}")
    copied = StoreClaim("s", Retry(print), number)
    copied.take(print)


def test_a_study_is_not_begun_twice_nor_gone_on_with_from_an_older_copy():
    def check(claim, found, runs=True):
        require_same_place("s", claim, found, storage="here", has_runs=lambda: runs)

    last = Claim(None, "c", "a.db of /first")
    check(Claim(), Peek(), runs=False)
    check(last, Peek(), runs=False)  # its runs were deleted
    check(last, Peek(exists=True, sessions=("a", "b", "c")))
    check(last, Peek(exists=True, sessions=("c", "killed before the store knew")))
    check(Claim(), Peek(exists=True))  # begun before sessions were noted
    with pytest.raises(StudyError, match=r"trials in a\.db of /first; here holds no such study"):
        check(last, Peek())
    with pytest.raises(StudyError, match="holds an older copy of it"):
        check(last, Peek(exists=True, sessions=("a", "b")))
    with pytest.raises(StudyError, match="has runs in this MLflow store"):
        check(Claim(), Peek())


def test_an_owner_that_was_taken_over_writes_no_more():
    class Place:
        name = "s"
        mine = True

        def keep(self):
            return self.mine

        def give_back(self):
            pass

    row = Place()
    ownership = Ownership(row, Place())
    ownership.require()
    row.mine = False
    ownership.beat()
    with pytest.raises(StudyError, match="was taken over by another process"):
        ownership.require()
    ownership.close()
