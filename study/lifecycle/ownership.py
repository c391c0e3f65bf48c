"""One owner at a time: a study is taken in Optuna's storage and in MLflow's store, and kept while it runs."""

import threading
from collections.abc import Callable
from contextlib import suppress

from study.errors import StoreFailed, StudyError
from study.search import OwnerRow, Peek
from study.stores import BEAT
from study.tracking import Claim, StoreClaim


class Ownership:
    """Gives signs of life in both places until it is closed, and notices when another process has taken over."""

    def __init__(self, row: OwnerRow, claim: StoreClaim) -> None:
        self._row, self._claim = row, claim
        self._ended = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._keep, name="owner", daemon=True)
        self._thread.start()

    def require(self) -> None:
        """Raise StoreFailed where this process is no longer the owner: what it did since is not written."""
        if self._lost:
            raise StoreFailed(
                f"study {self._row.name!r} was taken over by another process while this one gave no sign of life"
            )

    def close(self) -> None:
        """Give the study back, as far as the stores answer; from a process that is gone it is taken anyway."""
        self._ended.set()
        self._thread.join()
        for place in (self._row, self._claim):
            place.give_back()

    def beat(self) -> None:
        """One sign of life in both places."""
        for place in (self._row, self._claim):
            with suppress(Exception):  # an outage, through which nobody else can take it either
                self._lost |= not place.keep()

    def _keep(self) -> None:
        while not self._ended.wait(BEAT):
            self.beat()


def require_same_place(
    name: str, claim: Claim, found: Peek, *, storage: str, has_runs: Callable[[], bool]
) -> None:
    """Refuse to begin a study anew whose runs MLflow holds, or to go on with an older copy of its trials.

    Raises StudyError, one line that says where its trials are.
    """
    known = found.exists and (not claim.session or claim.session in found.sessions)
    if known or not has_runs():
        return
    what = "an older copy of it" if found.exists else "no such study"
    kept = claim.storage or "another place, which it did not note"
    raise StudyError(
        f"study {name!r} has runs in this MLflow store and keeps its trials in {kept}; {storage} holds {what}. "
        "Run the same command there, bring its studies/ folder here, or give name=... for a new study"
    )
