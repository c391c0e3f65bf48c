"""What Optuna's storage holds of a study, looked at without writing anything."""

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import MetaData, Table, func, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from study.display import without_secrets
from study.errors import StudyError
from study.search.definition import CODES, DEFINITION, SESSIONS
from study.search.owner_row import OWNERS
from study.stores import reason

STUDIES, ATTRIBUTES, TRIALS = "studies", "study_user_attributes", "trials"
# Tables by which MLflow's database is known.
MLFLOW = {"experiments", "runs", "latest_metrics"}


@dataclass(frozen=True)
class Peek:
    """A study in Optuna's storage.

    Attributes:
        exists: whether there is one of this name.
        begun: whether it has trials.
        definition: what it is a study of; None where a kill came before that was noted.
        codes: of its trials, None where they were not noted.
        sessions: tokens of the calls that ran it.
    """

    exists: bool = False
    begun: bool = False
    definition: dict[str, Any] | None = None
    codes: list[dict[str, Any]] | None = None
    sessions: tuple[str, ...] = ()


def peek(url: str, name: str) -> Peek:
    """Look for a study; nothing is written, no file made.

    Raises StudyError, one line, where the database is MLflow's or another program's, or the study is.
    """
    shown = f"storage={without_secrets(url)!r}"
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StudyError(f"{shown} is no address of a database") from None
    if parsed.get_backend_name() == "sqlite" and not (parsed.database and Path(parsed.database).exists()):
        return Peek()
    try:
        engine = sqlalchemy.create_engine(parsed, poolclass=NullPool)
        with closing(_Reader(engine)) as reader:
            return reader.look(shown, name)
    except SQLAlchemyError as error:
        raise StudyError(f"{shown} can't be read: {reason(error)}") from None


class _Reader:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def close(self) -> None:
        self.engine.dispose()

    def look(self, shown: str, name: str) -> Peek:
        tables = set(sqlalchemy.inspect(self.engine).get_table_names())
        if tables >= MLFLOW:
            raise StudyError(f"{shown} is MLflow's own database; give another one, or leave storage out")
        if tables and STUDIES not in tables:
            raise StudyError(
                f"{shown} holds something else than Optuna's studies ({min(tables)}, ...); give an empty database"
            )
        if not tables >= {STUDIES, ATTRIBUTES, TRIALS}:
            return Peek()
        with self.engine.connect() as connection:

            def table(which: str) -> Table:
                return Table(which, MetaData(), autoload_with=connection)

            studies, attributes, trials = table(STUDIES), table(ATTRIBUTES), table(TRIALS)
            number = connection.execute(
                select(studies.c.study_id).where(studies.c.study_name == name)
            ).scalar()
            if number is None:
                return Peek()
            rows = connection.execute(
                select(attributes.c.key, attributes.c.value_json).where(attributes.c.study_id == number)
            )
            found = {key: json.loads(value) for key, value in rows}
            of_study = select(func.count()).select_from(trials).where(trials.c.study_id == number)
            begun = connection.execute(of_study).scalar()
            taken = (
                OWNERS.name in tables
                and connection.execute(select(OWNERS.c.token).where(OWNERS.c.study_name == name)).first()
            )
        # Cut off between the study and its definition, one of ours has no trial yet and an owner's row.
        if DEFINITION not in found and (begun or not taken):
            raise StudyError(f"{shown} holds a study {name!r} that another program made; give name=...")
        return Peek(
            True, bool(begun), found.get(DEFINITION), found.get(CODES), tuple(found.get(SESSIONS, ()))
        )
