"""Finding what a logged metric means by its name."""

from study.metrics import names
from study.metrics.definitions import (
    BOUNDS,
    HIGHER,
    LOWER,
    NEITHER,
    OF_LABELS,
    PLACES,
    SCORE,
    SCORES,
    Definition,
)
from study.metrics.other_definitions import OTHERS
from study.metrics.separation_definitions import SEPARATION

SECTIONS = (
    ("Scores", (*SCORES, *OF_LABELS)),
    ("Where a score is taken", PLACES),
    ("Bounds and series", BOUNDS),
    ("Separation of the classes in an embedding, on select", SEPARATION),
    ("Everything else", OTHERS),
)

_EXACT = {definition.name: definition for definition in (*SEPARATION, *OTHERS)}
_SCORES = {definition.name: definition for definition in (*SCORES, *OF_LABELS)}
_PLACES = {definition.name.removesuffix(SCORE): definition for definition in PLACES}
_BEFORE = {names.BY_DEPTH: BOUNDS[2], names.BY_TRIAL: BOUNDS[3], names.PROFILE: BOUNDS[4]}
_AFTER = {names.low(""): BOUNDS[0], names.high(""): BOUNDS[1]}
_PHASE = names.seconds("")


def define(name: str) -> tuple[Definition, ...]:
    """What explains a metric as it is logged, from the outside in: series or bound, place, score.

    Raises KeyError when nothing does.
    """
    for before, definition in _BEFORE.items():
        if name.startswith(before):
            return definition, *define(name.removeprefix(before))
    for after, definition in _AFTER.items():
        if name.endswith(after):
            return definition, *define(name.removesuffix(after))
    if name.startswith(_PHASE):
        return (_EXACT[names.seconds("<phase>")],)
    if name in _EXACT:
        return (_EXACT[name],)
    for place, definition in _PLACES.items():
        if name.startswith(place) and name.removeprefix(place) in _SCORES:
            return definition, _SCORES[name.removeprefix(place)]
    raise KeyError(name)


def in_short(name: str) -> Definition:
    """One line for a metric: the outermost meaning, with the range and direction of what it measures."""
    parts = define(name)
    better = next(part.better for part in reversed(parts) if part.better in (HIGHER, LOWER, NEITHER))
    own = parts[0].better in (HIGHER, LOWER, NEITHER)
    return Definition(
        name, parts[0].meaning, parts[0].range if own else parts[-1].range, parts[0].better if own else better
    )
