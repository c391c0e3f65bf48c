"""The tag in MLflow's store that says who owns a study of it, and where its trials are kept."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import mlflow

from study.errors import StudyError
from study.metrics import names
from study.stores import OwnerRecord, Retry, place_of, read_record, require_dead

# Seconds from a claim until nobody can write over it who had looked before; a server answers later than a file.
SETTLED, SETTLED_ON_SERVER = 1.0, 3.0


@dataclass(frozen=True)
class Claim:
    """What the store says of a study.

    Attributes:
        owner: the process that runs it, None while none does.
        session: token of the last call; the study in Optuna's storage knows it, an older copy of it does not.
        storage: Optuna's storage and the folder of the last call, for people.
    """

    owner: OwnerRecord | None = None
    session: str = ""
    storage: str = ""


@dataclass
class StoreClaim:
    """Takes, keeps and gives back a study of an experiment.

    MLflow sets a tag whatever it was before. So an owner writes its claim, waits until it is settled and looks whether
    it is still its own: of two that claim at once, the last one has the study.
    """

    study: str
    retry: Retry
    experiment_id: str | None
    _mine: OwnerRecord | None = None
    _claim: Claim = field(default_factory=Claim)
    _at: float = 0.0

    def read(self) -> Claim:
        """What the store says now; nothing of the study where there is no experiment yet."""
        if self.experiment_id is None:
            return Claim()
        number = self.experiment_id
        tags = self.retry.call(lambda: self.client.get_experiment(number).tags, "MLflow")
        try:
            values = json.loads(tags.get(self._key, "{}"))
            owner = read_record(json.dumps(values.get("owner")), self._place)
            return Claim(owner, str(values.get("session", "")), str(values.get("storage", "")))
        except (ValueError, AttributeError):
            return Claim()

    def require_free(self, say: Callable[[str], None]) -> Claim:
        """What the store says; raises StudyError, one line, where another owner lives."""
        claim = self.read()
        require_dead(self.study, claim.owner, lambda: self.read().owner, say)
        return claim

    def has_runs(self) -> bool:
        """Whether MLflow holds runs of the study, which another one of its name would take over."""
        if self.experiment_id is None:
            return False
        number, query = self.experiment_id, f"tags.{names.STUDY} = '{self.study}'"
        return bool(
            self.retry.call(lambda: self.client.search_runs([number], query, max_results=1), "MLflow")
        )

    def take(self, say: Callable[[str], None]) -> None:
        """Claim the study, see `settle`."""
        before = self.require_free(say)
        self._mine = OwnerRecord(place=self._place)
        self._at = time.monotonic()
        self._write(self._mine, before.session, before.storage)

    def settle(self, storage: str, enter: Callable[[str], None]) -> None:
        """Be the owner for good; `enter` notes this call's token in the study itself, before the store does.

        Raises StudyError, one line, where another process claimed the study at the same time.
        """
        assert self._mine is not None
        server = mlflow.get_tracking_uri().startswith("http")
        time.sleep(max(0.0, self._at + (SETTLED_ON_SERVER if server else SETTLED) - time.monotonic()))
        if not self._is_mine():
            owner, self._mine = self.read().owner, None
            raise StudyError(
                f"study {self.study!r} is running in another process: {owner}; it claimed the study at the same moment"
            )
        enter(self._mine.token)
        self._write(self._mine, self._mine.token, storage)

    def keep(self) -> bool:
        """Give a sign of life; False where another process has the study."""
        assert self._mine is not None
        if not self._is_mine():
            return False
        self._mine = self._mine.after()
        self._write(self._mine, self._claim.session, self._claim.storage)
        return True

    def give_back(self) -> None:
        """No longer be the owner."""
        with suppress(Exception):  # from a process that is gone it is taken anyway
            if self._mine is not None and self._is_mine():
                self._write(None, self._claim.session, self._claim.storage)
        self._mine = None

    @property
    def client(self) -> mlflow.MlflowClient:
        """Made when it is needed: it builds the tables of a store that does not exist yet."""
        return mlflow.MlflowClient()

    @property
    def _key(self) -> str:
        return f"owner/{self.study}"

    @property
    def _place(self) -> str:
        return place_of(mlflow.get_tracking_uri())

    def _is_mine(self) -> bool:
        owner = self.read().owner
        return self._mine is not None and owner is not None and owner.token == self._mine.token

    def _write(self, owner: OwnerRecord | None, session: str, storage: str) -> None:
        values: dict[str, Any] = {"session": session, "storage": storage}
        values["owner"] = None if owner is None else json.loads(owner.text())
        assert self.experiment_id is not None
        number, text = self.experiment_id, json.dumps(values)
        self.retry.call(lambda: self.client.set_experiment_tag(number, self._key, text), "MLflow")
        self._claim = Claim(owner, session, storage)
