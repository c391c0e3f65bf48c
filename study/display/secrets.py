"""Addresses of servers and databases as they may be shown: without what lets someone in."""

import logging
import re
from collections.abc import Callable, Mapping

HIDDEN = "***"
# Whatever stands between :// and the @ before the host; a password may hold slashes in a database's address.
_USER = re.compile(r"(?<=://)(?:[^\s/'\"]*|[^\s/:@'\"]*:(?!\d+[/\s])[^\s@'\"]*)@")
_PARAMETER = re.compile(r"(?i)(?<=[?&])([\w-]*(?:password|passwd|pwd|token|secret|api_?key))=[^&\s'\"]+")


def without_secrets(text: object) -> str:
    """The text with users, passwords and tokens of every address in it replaced by `***`."""
    return _PARAMETER.sub(rf"\1={HIDDEN}", _USER.sub(f"{HIDDEN}@", str(text)))


def tell_of_secrets(params: Mapping[str, str], run: str, say: Callable[[str], None]) -> None:
    """Say a line for each secret among the params that `mlflow run` has logged on a run before the study began."""
    for name, value in params.items():
        if without_secrets(value) != value:
            say(
                f"`mlflow run` has logged the secret in the parameter {name} on {run}, where it can't be taken back: "
                "change it, and keep a password in PGPASSWORD or ~/.pgpass"
            )


class SecretFilter(logging.Filter):
    """Takes secrets out of addresses in log records, those of other libraries included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message; every record passes."""
        message = record.getMessage()
        shown = without_secrets(message)
        if shown != message:
            record.msg, record.args = shown, None
        return True
