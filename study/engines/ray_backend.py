"""Trials evaluated by tasks on a Ray cluster."""

import time
import uuid
from dataclasses import replace
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError, RuntimeEnvSetupError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from study.engines.backend import Done, OnReport, Work
from study.engines.deadline import Deadline
from study.engines.ray_mailbox import Mailbox
from study.engines.ray_task import evaluate_on_node
from study.engines.shared_arrays import block, pack
from study.errors import StudyError
from study.trials import Job


class RayBackend:
    """Up to `slots` tasks at a time on the cluster that this process has joined.

    The arrays of `work` are put into the object store once, from where each node that gets a task fetches one
    copy. A task whose worker or node dies, or that does not end in time, is `lost`; Ray itself repeats nothing.
    """

    def __init__(
        self, work: Work, on_report: OnReport, *, slots: int, gpus_per_trial: float, deadline: Deadline
    ) -> None:
        self.slots = slots
        self._on_report = on_report
        self._deadline = deadline
        packed, buffers = pack(work)
        self._work = uuid.uuid4().hex, ray.put(packed), ray.put(block(packed, buffers))
        self._task = ray.remote(evaluate_on_node).options(
            num_cpus=1, num_gpus=gpus_per_trial, max_retries=0, scheduling_strategy="SPREAD"
        )
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        actor: Any = ray.remote(Mailbox)
        self._mailbox = actor.options(num_cpus=0, scheduling_strategy=here).remote()
        self._letters = self._mailbox.collect.remote()
        self._numbers: dict[Any, int] = {}
        self._began: dict[int, float] = {}

    def start(self, job: Job) -> None:
        """Submit the job; it waits where no node has room."""
        # Nodes share no disk, so there is nowhere to go on from.
        reference = self._task.remote(*self._work, replace(job, state_file=None), self._mailbox)
        self._numbers[reference] = job.number

    def poll(self) -> list[Done]:
        """Answer the reports that came, for a second at most, and return what ended."""
        ready, _ = ray.wait([self._letters, *self._numbers], num_returns=1, timeout=1.0)
        if self._letters in ready:
            self._read()
        done = [self._end(reference) for reference in ready if reference in self._numbers]
        limit = self._deadline.seconds()
        for reference, number in list(self._numbers.items()):
            if time.monotonic() - self._began.get(number, time.monotonic()) > limit:
                ray.cancel(reference, force=True)
                self._forget(reference)
                done.append(Done(number, "lost", reason=self._deadline.exceeded()))
        return done

    def close(self) -> None:
        """Leave the cluster, which ends all that this process has started on it."""
        ray.shutdown()

    def _read(self) -> None:
        try:
            letters = ray.get(self._letters)
        except RayError as error:
            raise StudyError(f"Ray lost the study's mailbox: {_in_short(error)}") from None
        self._letters = self._mailbox.collect.remote()
        for kind, number, *epoch in letters:
            if number not in self._numbers.values():
                continue
            if kind == "began":
                self._began[number] = time.monotonic()
            else:
                self._mailbox.answer.remote(number, self._on_report(number, *epoch))

    def _end(self, reference: Any) -> Done:
        number = self._numbers[reference]
        try:
            done: Done = ray.get(reference)
        except RayTaskError as error:
            done = Done(number, "error", reason=_in_short(error.cause or error), details=str(error))
        except RuntimeEnvSetupError as error:
            raise StudyError(
                f"Ray could not bring this project's code to a node: {_in_short(error)}"
            ) from None
        except RayError as error:
            done = Done(number, "lost", reason=f"its Ray worker was lost: {_in_short(error)}")
        if done.state == "complete" and number in self._began:
            self._deadline.took(time.monotonic() - self._began[number])
        self._forget(reference)
        return done

    def _forget(self, reference: Any) -> None:
        self._began.pop(self._numbers.pop(reference), None)


def _in_short(error: BaseException) -> str:
    sentence = " ".join(str(error).split()).split(". ")[0]
    return f"{type(error).__name__}: {sentence}"[:300]
