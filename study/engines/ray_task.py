"""One trial on a node of a Ray cluster."""

from typing import Any

import numpy as np
import ray

from study.engines.backend import Done, Work, attempt
from study.engines.shared_arrays import Packed, as_writable
from study.engines.threads import one_thread_each
from study.trials import Job

# What arrived in this process, with the node's one copy of the arrays that it lies on.
_arrived: dict[str, tuple[np.ndarray, Work]] = {}


def evaluate_on_node(key: str, packed: Packed, memory: np.ndarray, job: Job, mailbox: Any) -> Done:
    """Evaluate the job; its epochs go through the mailbox, whose answers it waits for.

    Args:
        key: of the work; a process that serves several trials unpacks it once.
        packed, memory: the work, its arrays in the node's object store.
    """
    mailbox.began.remote(job.number)  # first, so that one that hangs while it unpacks is noticed
    if key not in _arrived:
        _arrived[key] = memory, packed.unpack(as_writable(memory))

    def report(*epoch: Any) -> bool:
        return bool(ray.get(mailbox.report.remote(job.number, *epoch)))

    with one_thread_each():
        return attempt(_arrived[key][1], job, report)
