"""Work over several processes: the same answers in the same order."""

import pytest

from study.choice import worker_processes as over_cores
from study.choice.worker_processes import Cores
from study.errors import StudyError


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(over_cores, "PAYS", -1.0)


def test_little_work_stays_in_this_process():
    with Cores(2) as cores:
        first, second = cores.each(eval, ["__import__('os').getpid()"] * 2)
    assert first == second


def test_much_work_is_shared_in_order_and_a_dead_process_is_named(at_once):
    with Cores(2) as cores:
        found = list(cores.each(eval, [f"({i}, __import__('os').getpid())" for i in range(6)]))
        assert [i for i, _ in found] == list(range(6))
        assert len({process for _, process in found}) > 1
        with pytest.raises(StudyError, match="workers=1"):
            list(cores.each(eval, ["1", "__import__('os')._exit(1)"]))
