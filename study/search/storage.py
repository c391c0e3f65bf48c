"""Optuna's database, waited for while it does not answer."""

import abc
from collections.abc import Callable
from typing import Any

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage, get_storage
from sqlalchemy.engine import Engine

from study.display import without_secrets
from study.errors import StudyError
from study.stores import Retry, make_storage_whole, reason

# Seconds that SQLite waits for another's lock; one that is held longer is worth a line.
LOCKED = 2.0


class RetryingStorage(BaseStorage):
    """An RDBStorage, with Optuna's cache before it, each of whose operations is repeated while it does not answer.

    Attributes:
        engine: SQLAlchemy's, of the database.
        retry: how long it is repeated.
        where: the database as it may be shown, without secrets.
        guard: called before each operation; raises where this process must not write any more.
    """

    def __init__(self, url: str, retry: Retry) -> None:
        self.retry = retry
        self.guard: Callable[[], None] = lambda: None
        self.where = f"Optuna's storage {without_secrets(url)}"
        sqlite = url.startswith("sqlite")
        # A server may have closed what the pool holds.
        settings = {"connect_args": {"timeout": LOCKED}} if sqlite else {"pool_pre_ping": True}
        database = retry.call(lambda: RDBStorage(url, engine_kwargs=settings), self.where)
        self.engine: Engine = database.engine
        self._inner = get_storage(database)

    def set_trial_state_values(self, trial_id: int, *args: Any, **kwargs: Any) -> bool:
        """As Optuna's; a trial that an attempt without an answer has ended already is ended."""
        attempts = 0
        self.guard()

        def attempt() -> bool:
            nonlocal attempts
            attempts += 1
            try:
                return self._inner.set_trial_state_values(trial_id, *args, **kwargs)
            except UpdateFinishedTrialError:
                if attempts == 1:
                    raise
                return True

        return self.retry.call(attempt, self.where)


def _repeated(name: str) -> Callable[..., Any]:
    def method(self: RetryingStorage, *args: Any, **kwargs: Any) -> Any:
        self.guard()
        return self.retry.call(lambda: getattr(self._inner, name)(*args, **kwargs), self.where)

    return method


for _name in dir(BaseStorage):
    if not _name.startswith("_") and _name not in vars(RetryingStorage):
        setattr(RetryingStorage, _name, _repeated(_name))
abc.update_abstractmethods(RetryingStorage)  # type: ignore[type-abstract]


def open_storage(url: str, retry: Retry) -> RetryingStorage:
    """The database behind an address.

    Raises StudyError, one line, when it can't be opened.
    """
    try:
        retry.call(lambda: make_storage_whole(url), f"Optuna's storage {without_secrets(url)}")
        return RetryingStorage(url, retry)  # type: ignore  # the loop above makes the others
    except StudyError:
        raise
    except Exception as error:
        raise StudyError(f"storage={without_secrets(url)!r} can't be opened: {reason(error)}") from None
