"""Optuna's database, waited for while it does not answer."""

from collections.abc import Callable
from typing import Any

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage

from study.display import without_secrets
from study.errors import StudyError
from study.stores import Patience, make_storage_whole, reason


class PatientStorage(RDBStorage):
    """RDBStorage each of whose operations is repeated while the database is locked or its server is away."""

    def __init__(self, url: str, patience: Patience) -> None:
        self.patience = patience
        self.where = f"Optuna's storage {without_secrets(url)}"
        sqlite = url.startswith("sqlite")
        # A lock held longer than this is worth a line; a server may have closed what the pool holds.
        settings = {"connect_args": {"timeout": 2}} if sqlite else {"pool_pre_ping": True}
        patience.call(lambda: super(PatientStorage, self).__init__(url, engine_kwargs=settings), self.where)

    def set_trial_state_values(self, trial_id: int, *args: Any, **kwargs: Any) -> bool:
        """As Optuna's; a trial that an attempt without an answer has ended already is ended."""
        attempts = 0

        def attempt() -> bool:
            nonlocal attempts
            attempts += 1
            try:
                return RDBStorage.set_trial_state_values(self, trial_id, *args, **kwargs)
            except UpdateFinishedTrialError:
                if attempts == 1:
                    raise
                return True

        return self.patience.call(attempt, self.where)


def _repeated(name: str) -> Callable[..., Any]:
    operation = getattr(RDBStorage, name)

    def method(self: PatientStorage, *args: Any, **kwargs: Any) -> Any:
        return self.patience.call(lambda: operation(self, *args, **kwargs), self.where)

    return method


# What Optuna's cache in front of a database asks of it.
_CACHED = {"_create_new_trial", "_get_trials", "_set_trial_param", "get_trial_id_from_study_id_trial_number"}
for _name in (BaseStorage.__abstractmethods__ | _CACHED) - {"set_trial_state_values"}:
    setattr(PatientStorage, _name, _repeated(_name))


def open_storage(url: str, patience: Patience) -> PatientStorage:
    """The database behind an address.

    Raises StudyError, one line, when it can't be opened.
    """
    try:
        patience.call(lambda: make_storage_whole(url), f"Optuna's storage {without_secrets(url)}")
        return PatientStorage(url, patience)
    except StudyError:
        raise
    except Exception as error:
        raise StudyError(f"storage={without_secrets(url)!r} can't be opened: {reason(error)}") from None
