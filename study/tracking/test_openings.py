"""The record of when the test split was opened, and for whom."""

import json
from datetime import UTC, datetime

from study.metrics import names
from study.tracking.client import Tracking


def record_opening(tracking: Tracking, candidate: str) -> list[dict[str, str]]:
    """Write onto the study run, before anything is computed, that the test split is opened, for whom and when.

    Opening it again for the same candidate adds nothing; for another one the record keeps both.
    """
    tags = tracking.tags_of(tracking.run_id)
    openings: list[dict[str, str]] = json.loads(tags.get(names.TEST_OPENED, "[]"))
    if not openings or openings[-1]["candidate"] != candidate:
        openings.append({"candidate": candidate, "at": datetime.now(UTC).isoformat(timespec="seconds")})
        tracking.tag(tracking.run_id, {names.TEST_OPENED: openings})
    return openings
