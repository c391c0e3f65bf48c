"""The row in Optuna's database that says who owns a study: one process at a time, wherever the others look from."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from sqlalchemy import Column, MetaData, String, Table, Text, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from study.stores import OwnerRecord, Retry, place_of, read_record, require_dead

OWNERS = Table(
    "layer_study_owners",
    MetaData(),
    Column("study_name", String(512), primary_key=True),
    Column("token", String(32), nullable=False),
    Column("record", Text, nullable=False),
)


class OwnerRow:
    """Takes, keeps and gives back a study in the database, each by one statement that two processes can't both do.

    Attributes:
        place: the database as owners name it; a copied SQLite file is another one.
    """

    def __init__(self, engine: Engine, name: str, retry: Retry) -> None:
        self.name = name
        self.place = place_of(engine.url.render_as_string(hide_password=False))
        self._engine = engine
        self._patience = retry
        self._mine: OwnerRecord | None = None

    def take(self, say: Callable[[str], None]) -> None:
        """Become the owner; raises StudyError, one line, where another one lives."""
        self._patience.call(lambda: OWNERS.create(self._engine, checkfirst=True), "Optuna's storage")
        mine = OwnerRecord(place=self.place)
        while True:
            token, owner = self._read()
            if token == mine.token:
                # Only the answer to an earlier attempt was lost.
                self._mine = mine
                return
            require_dead(self.name, owner, lambda: self._read()[1], say)
            if self._patience.call(partial(self._swap, token, mine), "Optuna's storage"):
                self._mine = mine
                return

    def keep(self) -> bool:
        """Give a sign of life; False where another process has taken the study meanwhile."""
        assert self._mine is not None
        self._mine = self._mine.after()
        return self._swap(self._mine.token, self._mine)

    def give_back(self) -> None:
        """No longer be the owner."""
        if self._mine is not None:
            mine, self._mine = self._mine, None
            # From a process that is gone it is taken anyway.
            with suppress(SQLAlchemyError), self._engine.begin() as connection:
                row = (OWNERS.c.study_name == self.name) & (OWNERS.c.token == mine.token)
                connection.execute(update(OWNERS).where(row).values(token=""))

    def _read(self) -> tuple[str | None, OwnerRecord | None]:
        """The row's token, None where there is no row and empty where nobody owns the study, and the owner."""

        def read() -> tuple[str | None, str]:
            with self._engine.connect() as connection:
                query = select(OWNERS.c.token, OWNERS.c.record).where(OWNERS.c.study_name == self.name)
                found = connection.execute(query).first()
            return (found.token, found.record) if found else (None, "")

        token, text = self._patience.call(read, "Optuna's storage")
        return token, read_record(text, self.place) if token else None

    def _swap(self, seen: str | None, mine: OwnerRecord) -> bool:
        values = {"token": mine.token, "record": mine.text()}
        try:
            with self._engine.begin() as connection:
                if seen is None:
                    connection.execute(insert(OWNERS).values(study_name=self.name, **values))
                    return True
                row = (OWNERS.c.study_name == self.name) & (OWNERS.c.token == seen)
                return connection.execute(update(OWNERS).where(row).values(**values)).rowcount == 1
        except IntegrityError:  # another process was quicker
            return False
