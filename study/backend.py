"""Where trials are evaluated: the seam between the owner of a study and the processes that work for it."""

import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from study.errors import StoreFailed, TrialPruned
from study.patience import is_out_of_space
from study.patience import reason as reason_of
from study.trial import Job, Report
from study.trial_record import TrialRecord
from timesnet import EpochReport

# on_report(trial number, epoch, score, epoch report) -> True when the trial should be pruned
OnReport = Callable[[int, int, float, EpochReport], bool]


@dataclass(frozen=True)
class Done:
    """How a job ended.

    Attributes:
        number: the trial's number.
        state: `complete` (with a record), `pruned` or `error` (with a reason), `lost` (its worker died).
        record: what the trial found.
        reason: one line.
        details: traceback of an error, for the run's artifacts.
    """

    number: int
    state: Literal["complete", "pruned", "error", "lost"]
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


class InProcess:
    """Evaluates one job at a time in the owner's own process."""

    slots = 1

    def __init__(self, evaluate: Callable[[Job, Report], TrialRecord], on_report: OnReport) -> None:
        self._evaluate = evaluate
        self._on_report = on_report
        self._done: deque[Done] = deque()

    def start(self, job: Job) -> None:
        """Evaluate the job before returning."""
        try:
            record = self._evaluate(job, lambda *report: self._on_report(job.number, *report))
        except TrialPruned as pruned:
            self._done.append(Done(job.number, "pruned", reason=str(pruned)))
        except StoreFailed:  # nothing that the trial could have done better
            raise
        except Exception as error:  # one trial's failure must not end the study
            if is_out_of_space(error):  # every trial would fail so
                raise StoreFailed(f"trial {job.number} can't be written: {reason_of(error)}") from error
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            self._done.append(Done(job.number, "error", reason=reason[:500], details=traceback.format_exc()))
        else:
            self._done.append(Done(job.number, "complete", record=record))

    def poll(self) -> list[Done]:
        """All jobs evaluated since the last call."""
        done = list(self._done)
        self._done.clear()
        return done
