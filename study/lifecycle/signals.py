"""Ctrl-C and SIGTERM as exceptions that are not lost."""

import os
import signal
import sys
import threading
from typing import Any, NoReturn

# A finaliser or weak reference's callback has ended by then.
_AGAIN_AFTER = 0.05


class Terminated(BaseException):
    """SIGTERM came; nothing but the bookkeeping on the way out may catch it."""


def raise_on_signals() -> None:
    """Raise Terminated on SIGTERM, and raise it or KeyboardInterrupt again where Python drops an exception.

    Python calls a signal's handler wherever the main thread happens to be. In a finaliser or in the callback of a
    weak reference an exception goes to `sys.unraisablehook` and the program goes on as if nobody had stopped it.
    """
    signal.signal(signal.SIGTERM, _terminate)
    before = sys.unraisablehook
    if getattr(before, "raises_again", False):
        return

    def again(dropped: Any) -> None:
        for exception, number in ((Terminated, signal.SIGTERM), (KeyboardInterrupt, signal.SIGINT)):
            if issubclass(dropped.exc_type, exception):
                timer = threading.Timer(_AGAIN_AFTER, os.kill, (os.getpid(), number))
                timer.daemon = True
                timer.start()
                return
        before(dropped)

    again.raises_again = True  # type: ignore[attr-defined]
    sys.unraisablehook = again


def _terminate(signum: int, frame: object) -> NoReturn:
    raise Terminated
