"""Where trials are evaluated: the seam between the owner of a study and the processes that work for it."""

from __future__ import annotations

import os
import sys
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from study.errors import StoreFailed, TrialPruned

if TYPE_CHECKING:  # a worker imports what its work needs, when that arrives
    from study.trials import Job, Report, TrialRecord
    from timesnet import EpochReport

# work(job, report) -> what the trial found; raises TrialPruned
Work: TypeAlias = "Callable[[Job, Report], TrialRecord]"
# on_report(trial number, epoch, score, epoch report) -> True when the trial should be pruned
OnReport: TypeAlias = "Callable[[int, int, float, EpochReport], bool]"


@dataclass(frozen=True)
class Done:
    """How a job ended.

    Attributes:
        number: the trial's number.
        state: `complete` (with a record), `pruned` or `error` (with a reason), `lost` (its worker died), `halt`
            (nothing can be written any more, which no other trial will do better).
        record: what the trial found.
        reason: one line.
        details: traceback of an error, for the run's artifacts.
    """

    number: int
    state: Literal["complete", "pruned", "error", "lost", "halt"]
    record: TrialRecord | None = None
    reason: str = ""
    details: str = ""


class Backend(Protocol):
    """Evaluates jobs somewhere; it never talks to Optuna or MLflow, which belong to the owner."""

    slots: int

    def start(self, job: Job) -> None:
        """Begin a job; called only while fewer than `slots` are under way."""

    def poll(self) -> list[Done]:
        """Jobs that ended since the last call; waits a moment when there are none."""

    def close(self) -> None:
        """End what is still under way, at once; nothing may be called afterwards."""


class InProcess:
    """Evaluates one job at a time in the owner's own process."""

    slots = 1

    def __init__(self, work: Work, on_report: OnReport) -> None:
        self._work = work
        self._on_report = on_report
        self._done: deque[Done] = deque()

    def start(self, job: Job) -> None:
        """Evaluate the job before returning."""
        self._done.append(attempt(self._work, job, lambda *report: self._on_report(job.number, *report)))

    def poll(self) -> list[Done]:
        """All jobs evaluated since the last call."""
        done = list(self._done)
        self._done.clear()
        return done

    def close(self) -> None:
        """Nothing is under way between the calls."""


def module_path() -> str:
    """PYTHONPATH of a process of this machine that is to find the modules that this one finds."""
    return os.pathsep.join(path or os.getcwd() for path in sys.path)


def attempt(work: Work, job: Job, report: Report) -> Done:
    """Evaluate a job in this process; how it ended, if by an exception of its own."""
    try:
        record = work(job, report)
    except TrialPruned as pruned:
        return Done(job.number, "pruned", reason=str(pruned))
    except StoreFailed as error:
        return Done(job.number, "halt", reason=str(error))
    except Exception as error:  # one trial's failure must not end the study
        from study.stores.retry import is_out_of_space, reason  # with it MLflow, which workers do without

        if is_out_of_space(error):  # every trial would fail so
            return Done(job.number, "halt", reason=f"trial {job.number} can't be written: {reason(error)}")
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return Done(job.number, "error", reason=said[:500], details=traceback.format_exc())
    return Done(job.number, "complete", record=record)
