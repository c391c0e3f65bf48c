"""No process starts more threads than it was asked for or has cores."""

import joblib
import pytest
import torch

from study.engines.threads import one_thread_each, threads_of_each


@pytest.mark.parametrize(
    ("asked", "cores", "processes", "expected"),
    [
        ("", 8, 1, 1),
        ("none", 8, 1, 1),
        ("0", 8, 1, 1),
        ("4", 8, 1, 4),
        ("4", 8, 2, 4),
        ("4", 8, 4, 2),
        ("4", 1, 1, 1),
        ("2", 2, 3, 1),
    ],
)
def test_all_together_start_no_more_than_there_are_cores(monkeypatch, asked, cores, processes, expected):
    monkeypatch.setattr(joblib, "cpu_count", lambda: cores)
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert threads_of_each(processes) == expected


def test_one_core_never_runs_two_threads(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.setattr(joblib, "cpu_count", lambda: 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    try:
        with one_thread_each():
            assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
