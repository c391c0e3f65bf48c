"""`workers=auto` takes what the machine has and the search can use."""

import joblib
import pytest
import torch

from study.configuration import StudyConfiguration
from study.engines.worker_count import choose_workers, choosing_processes
from study.errors import StudyError


@pytest.mark.parametrize(
    ("cores", "trials", "threads", "gpu", "expected"),
    [
        (1, 20, "1", False, 1),
        (2, 20, "1", False, 2),
        (2, 3, "1", False, 2),
        (64, 20, "1", False, 5),
        (64, 2000, "", False, 64),
        (8, 2000, "4", False, 2),
        (8, 1, "1", False, 1),
        (8, 2000, "1", True, 1),
    ],
)
def test_auto(monkeypatch, cores, trials, threads, gpu, expected):
    monkeypatch.setattr(joblib, "cpu_count", lambda: cores)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    count, why = choose_workers("auto", trials=trials)
    assert count == expected and why


def test_a_number_is_taken_as_it_is():
    assert choose_workers("7", trials=2) == (7, "workers=7")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"workers": "0"}, "workers='0'"),
        ({"workers": "many"}, "workers='many'"),
        ({"workers": "2", "ray": "auto"}, "exclude each other"),
        ({"gpus_per_trial": 0.5}, "ray=auto"),
        ({"ray": "auto", "gpus_per_trial": 1.5}, "whole number"),
        ({"trial_timeout": -1.0}, "trial_timeout"),
    ],
)
def test_what_can_not_be_is_one_line(given, words):
    with pytest.raises(StudyError, match=words) as raised:
        StudyConfiguration(**given)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("workers", "threads", "expected"), [("auto", "1", 8), ("auto", "4", 2), ("3", "1", 3)]
)
def test_the_choice_takes_all_cores_that_the_study_may_use(monkeypatch, workers, threads, expected):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 8)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    assert choosing_processes(workers) == expected
