"""Addresses of servers and databases as they may be shown: without what lets someone in."""

import logging
import re

HIDDEN = "***"
# Whatever stands between :// and the @ before the host; a password may hold slashes in a database's address.
_USER = re.compile(r"(?<=://)(?:[^\s/'\"]*|[^\s/:@'\"]*:(?!\d+[/\s])[^\s@'\"]*)@")
_PARAMETER = re.compile(r"(?i)(?<=[?&])([\w-]*(?:password|passwd|pwd|token|secret|api_?key))=[^&\s'\"]+")


def without_secrets(text: object) -> str:
    """The text with users, passwords and tokens of every address in it replaced by `***`."""
    return _PARAMETER.sub(rf"\1={HIDDEN}", _USER.sub(f"{HIDDEN}@", str(text)))


class SecretFilter(logging.Filter):
    """Takes secrets out of addresses in log records, those of other libraries included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record's message; every record passes."""
        message = record.getMessage()
        shown = without_secrets(message)
        if shown != message:
            record.msg, record.args = shown, None
        return True
