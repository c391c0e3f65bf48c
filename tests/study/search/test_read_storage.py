"""Before a study begins, its storage is looked at and left as it is."""

import sqlite3

import mlflow
import optuna
import pytest
import sqlalchemy

from study.errors import StudyError
from study.search.ledger import TrialLedger
from study.search.owner_row import OwnerRow
from study.search.read_storage import Peek, peek
from study.search.storage import open_storage
from study.stores.retry import Retry


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'optuna.db'}"


def contents(url):
    return open(url.removeprefix("sqlite:///"), "rb").read()


def test_what_does_not_exist_is_not_made(url, tmp_path):
    assert peek(url, "s") == Peek() and not list(tmp_path.iterdir())
    with pytest.raises(StudyError, match="no address"):
        peek("nonsense", "s")


def test_a_study_of_ours_is_read(url):
    storage = open_storage(url, Retry(print))
    assert peek(url, "s") == Peek()
    ledger = TrialLedger("s", storage=storage, direction="maximize", seed=0, definition={"data": "x"})
    ledger.note_code({"network": "a"})
    ledger.enter("token")
    found = peek(url, "s")
    assert found == Peek(True, False, {"data": "x"}, [{"parts": {"network": "a"}, "from": 0}], ("token",))
    ledger.ask(lambda trial: trial.suggest_float("x", 0, 1))
    assert peek(url, "s").begun
    assert peek(url, "another") == Peek()


def test_a_study_that_a_kill_left_without_definition_is_ours_by_its_owner(url):
    storage = open_storage(url, Retry(print))
    OwnerRow(sqlalchemy.create_engine(url), "s", Retry(print)).take(print)
    optuna.create_study(storage=storage, study_name="s")
    assert peek(url, "s") == Peek(exists=True)


def test_a_study_of_another_program_is_refused_and_nothing_written(url):
    optuna.create_study(storage=url, study_name="s").ask()
    before = contents(url)
    with pytest.raises(StudyError, match=r"holds a study 's' that another program made; give name="):
        peek(url, "s")
    assert peek(url, "mine") == Peek() and contents(url) == before


def test_mlflow_s_own_database_is_refused_and_nothing_written(url):
    mlflow.MlflowClient(tracking_uri=url).search_experiments()
    before = contents(url)
    with pytest.raises(StudyError, match="is MLflow's own database"):
        peek(url, "s")
    assert contents(url) == before


def test_another_program_s_database_is_refused_and_nothing_written(url):
    with sqlite3.connect(url.removeprefix("sqlite:///")) as other:
        other.execute("CREATE TABLE letters (a)")
    before = contents(url)
    with pytest.raises(StudyError, match=r"something else than Optuna's studies \(letters"):
        peek(url, "s")
    assert contents(url) == before
