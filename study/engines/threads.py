"""How many threads the numerical libraries of this process use."""

import os
from contextlib import AbstractContextManager

import torch
from threadpoolctl import threadpool_limits


def one_thread_each() -> AbstractContextManager[object]:
    """Limit torch and the linear algebra of numpy and scipy to one thread, unless OMP_NUM_THREADS says otherwise.

    Spinning OpenMP threads collapse beside any other load: an epoch took 30 s instead of 2 s with two threads on
    two cores of which one was busy. One thread loses little at these sizes, and sums in the same order everywhere.
    """
    threads = os.environ.get("OMP_NUM_THREADS", "")
    count = int(threads) if threads.isdigit() and int(threads) > 0 else 1
    torch.set_num_threads(count)
    return threadpool_limits(limits=count)
