"""A signal stops the study wherever it finds it."""

import os
import signal
import sys
import time
import weakref

import pytest

from study.lifecycle.signals import Terminated, raise_on_signals


@pytest.fixture(autouse=True)
def signals_as_before(monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def stop(number):
    os.kill(os.getpid(), number)
    time.sleep(0.01)


class Finalised:
    def __init__(self, number):
        self.number = number

    def __del__(self):
        stop(self.number)


class Referenced:
    pass


@pytest.mark.parametrize(
    ("number", "exception"), [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)]
)
@pytest.mark.parametrize("place", ["plain", "finaliser", "callback"])
def test_a_signal_is_raised_wherever_it_comes(number, exception, place):
    raise_on_signals()
    raise_on_signals()
    with pytest.raises(exception):
        if place == "plain":
            stop(number)
        elif place == "finaliser":
            Finalised(number)
        else:
            referenced = Referenced()
            reference = weakref.ref(referenced, lambda _: stop(number))
            del referenced
            assert reference() is None
        for _ in range(200):
            time.sleep(0.01)


def test_other_dropped_exceptions_go_where_they_went(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    raise_on_signals()

    class Broken:
        def __del__(self):
            raise ValueError

    Broken()
    assert [dropped.exc_type for dropped in seen] == [ValueError]
