"""How long a study waits for a server or a database that does not answer, told from what never will."""

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import requests
import sqlalchemy.exc
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR, MLFLOW_HTTP_REQUEST_MAX_RETRIES
from mlflow.exceptions import MlflowException, RestException

from study.display import without_secrets
from study.errors import StoreFailed, StudyError

Answer = TypeVar("Answer")
LONGEST_PAUSE = 15.0
# The messages of databases, under SQLAlchemy's one class for all of them, that waiting does not mend.
PERMANENT = (
    "disk is full",
    "readonly database",
    "read-only",
    "unable to open database file",
    "no such table",
    "no such column",
    "malformed",
    "not a database",
    "authentication",
    "does not exist",
    "permission denied",
)


class Retry:
    """Repeats what failed for a passing reason, with growing pauses, and says once that it does.

    Attributes:
        say: prints one line.
        seconds: how long without any answer until it gives up: as long as MLflow's own client would go on,
            which MLFLOW_HTTP_REQUEST_MAX_RETRIES and MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR set (4 minutes by default).
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        factor = MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR.get()
        self.seconds = float(
            sum(min(120, factor * 2**n) for n in range(MLFLOW_HTTP_REQUEST_MAX_RETRIES.get()))
        )

    def call(self, request: Callable[[], Answer], where: str) -> Answer:
        """The request's answer; `where` names who is asked.

        The request may be carried out more than once, so it has to look first what an earlier attempt has left.

        Raises StoreFailed when no answer came in time; what can't be mended by waiting is raised as it is.
        """
        outage = Outage(where, self.say)
        while True:
            try:
                answer = request()
            except Exception as error:
                if not is_passing(error):
                    raise
                pause = outage.failed(error)
                if outage.lasts() + pause > self.seconds:
                    raise StoreFailed(f"{outage}; once it does, the same command goes on") from None
                time.sleep(pause)
            else:
                outage.over()
                return answer

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep MLflow's own client from repeating requests.

        It repeats one whose answer was lost without looking, which makes a second run or model version.
        """
        name = MLFLOW_HTTP_REQUEST_MAX_RETRIES.name
        before = os.environ.get(name)
        os.environ[name] = "0"
        try:
            yield
        finally:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before


class Outage:
    """A stretch of time without an answer: one line when it begins, one when it is over."""

    def __init__(self, where: str, say: Callable[[str], None]) -> None:
        self.where = where
        self.say = say
        self.since: float | None = None
        self._clock = ""
        self._reason = ""
        self._attempts = 0

    def failed(self, error: BaseException) -> float:
        """Note a failed attempt; returns the seconds to wait before the next one."""
        self._attempts += 1
        self._reason = reason(error)
        if self.since is None:
            self.since, self._clock = time.monotonic(), time.strftime("%H:%M:%S")
        if self._attempts == 2:  # one dropped connection is not worth a line
            self.say(f"{self}; retrying")
        return min(0.25 * 2**self._attempts, LONGEST_PAUSE)

    def over(self) -> None:
        """An answer came."""
        if self._attempts >= 2:
            self.say(f"{self.where} answers again, after {self.lasts():.0f} s")
        self.since, self._attempts = None, 0

    def lasts(self) -> float:
        """Seconds since the first failed attempt."""
        return 0.0 if self.since is None else time.monotonic() - self.since

    def __str__(self) -> str:
        return f"{self.where} does not answer since {self._clock} ({self._reason})"


def is_passing(error: BaseException) -> bool:
    """Whether waiting may help: no connection, a timeout, a server's error of its own, a locked database."""
    if isinstance(error, StudyError):
        return False
    chain = list(causes(error))
    for each in chain:
        if isinstance(each, sqlalchemy.exc.DBAPIError):
            known = isinstance(each, (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError))
            text = str(each.orig).lower()
            return each.connection_invalidated or (known and not any(word in text for word in PERMANENT))
        if isinstance(each, requests.HTTPError) and each.response is not None:
            return _is_passing_status(each.response.status_code)
        if isinstance(each, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
            return False
    if any(isinstance(each, (requests.RequestException, ConnectionError, TimeoutError)) for each in chain):
        return True
    if isinstance(error, RestException):
        return _is_passing_status(error.get_http_status_code())
    # MLflow's client marks as internal error whatever it did not expect; an answer of the server says its code.
    return isinstance(error, MlflowException) and "failed with error code 5" in str(error)


def is_out_of_space(error: BaseException) -> bool:
    """Whether a disk is full or can't be written, whichever library says so in whichever words."""
    for each in causes(error):
        if isinstance(each, OSError) and each.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            return True
        if any(words in str(each) for words in ("No space left on device", "database or disk is full")):
            return True
    return False


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, outermost first."""
    following: BaseException | None = error
    while following is not None:
        yield following
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)


def reason(error: BaseException) -> str:
    """What went wrong first, in one short line without secrets."""
    texts = [" ".join(str(each).split()) for each in causes(error)]
    first = next((text for text in reversed(texts) if text), type(error).__name__)
    # urllib3 and the operating system put an object or a number before the words.
    words = first.rpartition(">: ")[2] if first.startswith("<") else first
    return without_secrets(words)[:200]


def _is_passing_status(status: int) -> bool:
    return status in (408, 429) or status >= 500
