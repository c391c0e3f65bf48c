"""How many threads the numerical libraries of this process use."""

import os
from contextlib import AbstractContextManager

import joblib
import torch
from threadpoolctl import threadpool_limits


def threads_of_each(processes: int = 1) -> int:
    """How many threads each of so many processes may start: one, or what OMP_NUM_THREADS says, but all of them together
    no more than the cores that this process may use (affinity and container limits counted)."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(int(asked), joblib.cpu_count() // processes)) if asked.isdigit() else 1


def one_thread_each() -> AbstractContextManager[object]:
    """Limit torch and the linear algebra of numpy and scipy to `threads_of_each`.

    Spinning OpenMP threads collapse beside any other load: an epoch took 30 s instead of 2 s with two threads on
    two cores of which one was busy. One thread loses little at these sizes, and sums in the same order everywhere.
    """
    count = threads_of_each()
    torch.set_num_threads(count)
    return threadpool_limits(limits=count)
