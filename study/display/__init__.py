"""How things are shown: suggestions, secrets, markdown, progress, colours, lengths of time, differences."""

from study.display.durations import duration
from study.display.markdown import as_text, code
from study.display.palette import (
    ALIKE,
    BASELINE,
    BLUE,
    CLASSES,
    GREEN,
    ORANGE,
    OTHER,
    VERMILLION,
    WINNER,
    beside,
    readable_on,
    shade,
)
from study.display.progress import Progress
from study.display.secrets import SecretFilter, tell_of_secrets, without_secrets
from study.display.signs import signed
from study.display.suggest import suggestion

__all__ = [
    "ALIKE",
    "BASELINE",
    "BLUE",
    "CLASSES",
    "GREEN",
    "ORANGE",
    "OTHER",
    "VERMILLION",
    "WINNER",
    "Progress",
    "SecretFilter",
    "as_text",
    "beside",
    "code",
    "duration",
    "readable_on",
    "shade",
    "signed",
    "suggestion",
    "tell_of_secrets",
    "without_secrets",
]
