"""A study in Optuna's database has one owner, from wherever the others look."""

import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import insert

from study.errors import StudyError
from study.search.owner_row import OWNERS, OwnerRow
from study.stores import owner_record
from study.stores.owner_record import OwnerRecord, place_of
from study.stores.retry import Retry

ROOT = Path(__file__).parents[3]
RACER = """
    import sys, time
    import sqlalchemy
    from study.search.owner_row import OwnerRow
    from study.stores.retry import Retry
    row = OwnerRow(sqlalchemy.create_engine(sys.argv[1], connect_args={"timeout": 20}), "s", Retry(print))
    sys.stdin.readline()
    try:
        row.take(print)
        print("owner", flush=True)
    except ValueError as error:
        print(f"refused: {error}", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'optuna.db'}"


@pytest.fixture
def row(url):
    return lambda name="s": OwnerRow(sqlalchemy.create_engine(url), name, Retry(print))


def racer(url, folder):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RACER), url],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_of_several_that_start_at_once_one_gets_it_and_a_dead_owner_is_no_owner(url, row, tmp_path):
    racers = [racer(url, tmp_path) for _ in range(3)]
    for one in racers:
        one.stdin.write("\n")
        one.stdin.flush()
    said = [one.stdout.readline() for one in racers]
    owners = [number for number, line in enumerate(said) if line == "owner\n"]
    assert len(owners) == 1, said
    owner = racers[owners[0]]
    for number, line in enumerate(said):
        if number not in owners:
            assert f"process {owner.pid} on " in line and f"in {tmp_path}, since" in line
            assert "takes over from an owner that is dead" in line
    with pytest.raises(StudyError, match="running in another process"):
        row().take(print)
    owner.kill()
    owner.wait()
    row().take(print)
    for one in racers:
        one.kill()
        one.communicate()


def test_it_is_given_back_and_kept_by_its_owner_alone(row):
    first, second = row(), row()
    first.take(print)
    assert first.keep()
    row("another").take(print)
    with pytest.raises(StudyError):
        second.take(print)
    first.give_back()
    second.take(print)
    assert second.keep()


def stand_in(url, **changes):
    """A row of an owner elsewhere."""
    engine = sqlalchemy.create_engine(url)
    OWNERS.create(engine, checkfirst=True)
    record = replace(OwnerRecord(place=place_of(url)), **changes)
    with engine.begin() as connection:
        connection.execute(insert(OWNERS).values(study_name="s", token=record.token, record=record.text()))
    return record


@pytest.mark.parametrize(
    ("changes", "dead"),
    [
        ({}, False),
        ({"pid": 2**22 - 1}, True),  # no such process
        ({"started": "1"}, True),  # its number was given to another one
        ({"machine": (owner_record._machine()[0], "another start", "")}, True),
        ({"place": "/another/optuna.db"}, True),  # what a copied file says of the original
    ],
)
def test_an_owner_of_this_machine_is_looked_at(url, row, changes, dead):
    stand_in(url, **changes)
    if dead:
        row().take(print)
    else:
        with pytest.raises(StudyError, match="running in another process"):
            row().take(print)


def test_an_owner_of_another_machine_is_watched(url, row, monkeypatch):
    monkeypatch.setattr(owner_record, "WATCH", 0.5)
    monkeypatch.setattr(owner_record, "LOOK", 0.1)
    said = []
    away = stand_in(url, machine=("another machine", "", ""), host="elsewhere")
    beating = row()
    beating._mine = away
    with pytest.raises(StudyError, match="on elsewhere, in "):
        row().take(lambda line: (said.append(line), beating.keep()))
    assert "whether it still lives" in said[0]
    row().take(said.append)
    assert "this process takes over" in said[-1]
    assert not beating.keep()
