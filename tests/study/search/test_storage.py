"""Optuna's database, locked by another process."""

import sqlite3
from contextlib import closing

import optuna
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from study.errors import StoreFailed, StudyError
from study.search import storage as storage_module
from study.search.storage import open_storage
from study.stores.retry import Retry


@pytest.fixture
def retry():
    said = []
    retry = Retry(said.append)
    retry.said = said
    return retry


@pytest.fixture
def opened(tmp_path, retry, monkeypatch):
    monkeypatch.setattr(storage_module, "LOCKED", 0.2)
    storage = open_storage(f"sqlite:///{tmp_path / 'optuna.db'}", retry)
    return optuna.create_study(storage=storage, study_name="s")


@pytest.fixture
def lock(tmp_path, opened):
    with closing(
        sqlite3.connect(tmp_path / "optuna.db", isolation_level=None, check_same_thread=False)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_lock_is_waited_for_and_said(opened, lock, retry):
    def say(line):
        retry.said.append(line)
        if lock.in_transaction:
            lock.execute("ROLLBACK")

    retry.say = say
    opened.set_user_attr("x", 1)
    assert len(retry.said) == 2
    assert "database is locked" in retry.said[0] and "answers again" in retry.said[1]
    assert opened.user_attrs == {"x": 1}


def test_a_lock_that_stays_is_one_line(opened, lock, retry):
    retry.seconds = 1.0
    with pytest.raises(StoreFailed, match=r"optuna.db does not answer since .*database is locked"):
        opened.set_user_attr("x", 1)


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE trials", "CREATE UNIQUE INDEX", "INSERT INTO alembic_version"]
)
def test_a_storage_that_is_cut_off_while_it_is_made_is_made_anew(tmp_path, retry, statement):
    url = f"sqlite:///{tmp_path / 'optuna.db'}"

    class Killed(BaseException):
        pass

    def kill(connection, cursor, words, *others):
        if words.strip().startswith(statement):
            raise Killed

    event.listen(Engine, "before_cursor_execute", kill)
    try:
        with pytest.raises(Killed):
            open_storage(url, retry)
    finally:
        event.remove(Engine, "before_cursor_execute", kill)
    for _ in range(2):
        study = optuna.create_study(storage=open_storage(url, retry), study_name="s", load_if_exists=True)
        study.ask()
    assert len(study.trials) == 2 and len(optuna.get_all_study_names(url)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["optuna.db"]


def test_a_storage_that_is_none_is_one_line_without_secrets():
    with pytest.raises(StudyError, match=r"storage='nonsense://\*\*\*@host/db' can't be opened"):
        open_storage("nonsense://me:s3cret@host/db", Retry(print))
