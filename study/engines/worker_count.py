"""How many processes of this machine a study uses."""

import joblib
import torch

from study.engines.threads import threads_of_each


def choose_workers(workers: str, *, trials: int) -> tuple[int, str]:
    """The number of processes that `workers` (a number or `auto`) means here, and why in a few words.

    `auto` takes the cores that this process may use (affinity and container limits counted) over the threads of
    each, but one process on a machine with a GPU. More than a quarter of the trials, two apart, it does not take:
    the search draws each trial from what ended 2 x workers trials before it, and would learn too late.
    """
    if workers != "auto":
        return int(workers), f"workers={workers}"
    if torch.cuda.is_available():
        return 1, "this machine has a GPU"
    cores, each = joblib.cpu_count(), threads_of_each()
    useful = min(trials, max(2, trials // 4))
    count = max(1, min(cores // each, useful))
    if count < cores // each:
        return count, f"{trials} trials gain nothing from more"
    each_has = f", each worker {each} threads" if each > 1 else ""
    return count, f"this process may use {cores} core{'s' if cores > 1 else ''}{each_has}"


def choosing_processes(workers: str) -> int:
    """The number of processes that `workers` means where candidates are compared, which no GPU helps with."""
    return max(1, joblib.cpu_count() // threads_of_each() if workers == "auto" else int(workers))
