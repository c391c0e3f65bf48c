"""The record of when the test split was opened, and for whom."""

import json
from datetime import UTC, datetime

from study.metrics import names
from study.tracking.client import Tracking

# Tags of the study run by which two studies judge by the same windows and outcomes.
SAME = ("data_digest", "label")


# Other studies that a sentence names.
MOST_NAMED = 5


def openings_elsewhere(tracking: Tracking) -> str:
    """A sentence on other studies of the store that opened the test split of the same candles and label; else empty."""
    own = tracking.tags_of(tracking.run_id)
    same = {key: own[key] for key in SAME if key in own}
    if len(same) < len(SAME):
        return ""
    found: dict[str, str] = {}
    for run in tracking.runs_of_the_store(names.STUDY_RUN, same):
        tags = run.data.tags
        openings = json.loads(tags.get(names.TEST_OPENED, "[]"))
        if openings and tags.get(names.STUDY) != tracking.study:
            found[tags.get(names.STUDY, run.info.run_id)] = openings[-1]["at"]
    if not found:
        return ""
    named = ", ".join(f"{study} ({at})" for study, at in list(found.items())[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return (
        f"The test split of these candles and this label was opened before, or meanwhile, by {len(found)} other "
        f"stud{'y' if len(found) == 1 else 'ies'} of this store: {named}{more}. What was chosen after looking at it is "
        "not judged by unseen data."
    )


def record_opening(tracking: Tracking, candidate: str) -> list[dict[str, str]]:
    """Write onto the study run, before anything is computed, that the test split is opened, for whom and when.

    Opening it again for the same candidate adds nothing; for another one the record keeps both.
    """
    tags = tracking.tags_of(tracking.run_id)
    openings: list[dict[str, str]] = json.loads(tags.get(names.TEST_OPENED, "[]"))
    if not openings or openings[-1]["candidate"] != candidate:
        openings.append({"candidate": candidate, "at": datetime.now(UTC).isoformat(timespec="seconds")})
        tracking.tag(tracking.run_id, {names.TEST_OPENED: openings})
        # Reading it back waits until MLflow has it, so that no other study looks between the writing and the opening.
        openings = json.loads(tracking.tags_of(tracking.run_id)[names.TEST_OPENED])
    return openings
