"""What passes is waited for, what does not is raised at once."""

import pytest
import requests
import sqlalchemy.exc
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES
from mlflow.exceptions import MlflowException, RestException

from study.errors import StoreFailed, StudyError
from study.stores.retry import Retry, is_passing


def wrapped(inner):
    """As MLflow's client and SQLAlchemy hand an error on."""
    try:
        try:
            raise inner
        except Exception as error:
            raise MlflowException(f"API request failed with exception {error}") from error
    except MlflowException as outer:
        return outer


def database(text):
    return wrapped(sqlalchemy.exc.OperationalError("INSERT", {}, Exception(text)))


def answer(status):
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError(str(status), response=response)


@pytest.mark.parametrize(
    "error",
    [
        wrapped(requests.ConnectionError("refused")),
        wrapped(requests.Timeout("slow")),
        wrapped(requests.exceptions.RetryError("too many 503 error responses")),
        database("database is locked"),
        database("connection to server at 127.0.0.1 failed: Connection refused"),
        answer(503),
        answer(429),
        RestException({"error_code": "INTERNAL_ERROR", "message": "?"}),
        RestException({"error_code": "TEMPORARILY_UNAVAILABLE", "message": "?"}),
        MlflowException("API request to endpoint x failed with error code 502 != 200"),
    ],
)
def test_what_passes(error):
    assert is_passing(error)


@pytest.mark.parametrize(
    "error",
    [
        database("database or disk is full"),
        database("attempt to write a readonly database"),
        database("unable to open database file"),
        database('password authentication failed for user "me"'),
        answer(403),
        RestException({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "?"}),
        RestException({"error_code": "INVALID_PARAMETER_VALUE", "message": "?"}),
        MlflowException("something of the client's own"),
        StudyError("bad input"),
        PermissionError(13, "no"),
        KeyError("x"),
    ],
)
def test_what_does_not_pass(error):
    assert not is_passing(error)


@pytest.fixture
def retry(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "2")
    said = []
    retry = Retry(said.append)
    retry.said = said
    return retry


def test_it_repeats_until_an_answer_comes(retry):
    failures = [requests.ConnectionError("refused")] * 2

    def request():
        if failures:
            raise failures.pop()
        return "answer"

    retry.seconds = 60.0
    assert retry.call(request, "MLflow") == "answer"
    assert len(retry.said) == 2
    assert "MLflow does not answer since" in retry.said[0] and "refused" in retry.said[0]
    assert "answers again" in retry.said[1]


def test_it_gives_up_in_one_line_without_secrets(retry):
    def request():
        raise requests.ConnectionError("http://me:s3cret@host refused")

    with pytest.raises(StoreFailed, match=r"http://\*\*\*@host refused"):
        retry.call(request, "MLflow")


def test_what_can_not_be_mended_is_raised_as_it_is(retry):
    with pytest.raises(KeyError):
        retry.call(lambda: {}["x"], "MLflow")
    assert retry.said == []


def test_by_default_it_waits_about_as_long_as_mlflow_would(monkeypatch):
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", raising=False)
    assert 200 < Retry(print).seconds < 300


def test_mlflow_repeats_nothing_by_itself_meanwhile(retry):
    before = MLFLOW_HTTP_REQUEST_MAX_RETRIES.get()
    with retry.alone():
        assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.get() == 0
    assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.get() == before
