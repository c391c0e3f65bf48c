"""The labels that the layers of the winner's network are probed for as well, as a person writes them."""

import re

from study.configuration.values import NO_OTHER_LABELS
from study.errors import StudyError


def parse_other_labels(also: str) -> tuple[tuple[str, int | None], ...]:
    """The labels of `also`, each with its horizon, None where none is given.

    Raises StudyError where a horizon is no number.
    """
    if also == NO_OTHER_LABELS:
        return ()
    found: list[tuple[str, int | None]] = []
    for one in also.split(","):
        kind, colon, horizon = one.strip().partition(":")
        if colon and not re.fullmatch(r"[0-9]{1,9}", horizon):
            raise StudyError(f"also={also!r}: {one.strip()!r} is no label with a horizon; write volume:16")
        found.append((kind, int(horizon) if colon else None))
    return tuple(dict.fromkeys(found))
