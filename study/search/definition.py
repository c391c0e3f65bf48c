"""What makes two calls calls of one study, and how to say that they are not."""

from collections.abc import Mapping
from dataclasses import fields
from itertools import pairwise
from typing import Any

from study.configuration import StudyConfiguration
from study.errors import StudyError
from study.search.code_digest import changed_parts

# User attributes of a study: its definition, the code of its trials and the tokens of the calls that ran it.
DEFINITION, CODES, SESSIONS = "definition", "codes", "sessions"
# Keys of a definition beside the parameters.
SPACE, CANDLES, WINDOWS = "space", "candles", "windows_digest"
_DEFAULTS = {field.name: field.default for field in fields(StudyConfiguration)}


def require_same(name: str, known: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> None:
    """Raise StudyError, one line with what differs, where a study of this name is of something else."""
    found = [] if known is None else differences(known, wanted)
    if found:
        raise StudyError(
            f"study {name!r} exists and is another study ({'; '.join(found)}); give name=... for a new one"
        )


def differences(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """What differs, each in words; of a range or list in the space the keys alone that differ."""
    changed = [key for key in wanted if known.get(key, _DEFAULTS.get(key)) != wanted[key]]
    found = []
    for key in changed:
        was, now = known.get(key, _DEFAULTS.get(key)), wanted[key]
        if key == SPACE and isinstance(was, Mapping):
            found += [
                f"{SPACE}: {entry} was {was.get(entry)!r}, is {now.get(entry)!r}"
                for entry in dict.fromkeys([*was, *now])
                if was.get(entry) != now.get(entry)
            ]
        elif key == CANDLES:
            if was is not None:
                found.append(f"the file holds other candles (was {was}, is {now})")
        elif key != WINDOWS:
            found.append(f"{key} was {was!r}, is {now!r}")
    if not found and WINDOWS in changed:
        found.append(
            "features, labels or splits of the same candles are others: the code that makes them changed"
        )
    return found


def require_same_code(
    name: str, known: list[dict[str, Any]] | None, now: Mapping[str, str], *, begun: bool, mixed: str
) -> None:
    """Raise StudyError, one line, where trials of the study came of other code, unless they may be mixed.

    Args:
        known: the attribute CODES, None in a study that was begun before there was one.
        begun: whether the study has trials.
    """
    if not begun or mixed == "yes" or (known and not changed_parts(known[-1]["parts"], now)):
        return
    changed = ", ".join(changed_parts(known[-1]["parts"], now)) if known else "which parts is not known"
    raise StudyError(
        f"study {name!r} was begun with other code ({changed}): new trials can't be compared with its old ones; "
        "give name=... for a new study, or mixed=yes to go on all the same, which the report will say"
    )


def codes_in_words(codes: list[dict[str, Any]]) -> str:
    """What a report says of trials that come of several codes; empty where all come of one."""
    if len(codes) < 2:
        return ""
    steps = []
    for before, after in pairwise(codes):
        changed = ", ".join(changed_parts(before["parts"], after["parts"])) or "nothing"
        steps.append(f"from trial {after['from']} on with other code ({changed})")
    return f"Its trials come of {len(codes)} versions of the code, {'; '.join(steps)}: their scores may not compare."
