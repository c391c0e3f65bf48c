"""No secret of an address is shown."""

import logging

import pytest

from study.display.secrets import SecretFilter, without_secrets


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://host:5000/path", "http://host:5000/path"),
        ("sqlite:////home/me/mlflow.db", "sqlite:////home/me/mlflow.db"),
        ("http://me:s3cret@host:5000", "http://***@host:5000"),
        ("https://s3cret@host/x", "https://***@host/x"),
        ("postgresql+psycopg://me:s3cret@host:5432/db", "postgresql+psycopg://***@host:5432/db"),
        ("postgresql://me:s3/cret@host/db", "postgresql://***@host/db"),
        ("postgresql://me:s3@cret@host/db", "postgresql://***@host/db"),
        ("postgresql://host/db?user=me&password=s3cret", "postgresql://host/db?user=me&password=***"),
        ("API request to http://me:s3cret@host/api failed", "API request to http://***@host/api failed"),
        ("two: http://a:s3cret@x http://b:s3cret@y", "two: http://***@x http://***@y"),
        ("http://host:5000/mail?to=me@home", "http://host:5000/mail?to=me@home"),
        ("write to me@home", "write to me@home"),
    ],
)
def test_what_is_shown_of_an_address(address, shown):
    assert without_secrets(address) == shown
    assert without_secrets(shown) == shown


def test_log_records_lose_their_secrets(caplog):
    log = logging.getLogger("somewhere")
    caplog.handler.addFilter(SecretFilter())
    log.warning("can't reach %s", "http://me:s3cret@host")
    assert caplog.messages == ["can't reach http://***@host"]
