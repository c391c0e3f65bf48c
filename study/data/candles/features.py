"""What a network sees of each candle, by the names that a person gives."""

from study.display import suggestion
from study.errors import StudyError
from timesnet import FEATURES, OF_VOLUME
from timesnet.windows import LOOK_BACK, PAUSE


def chosen_features(names: str, *, volumes: bool = True, closes: bool = False) -> tuple[str, ...]:
    """Feature names from a comma-separated list; empty means all of them that say something of the market.

    Without `volumes` those of prices alone; where the market `closes`, the time since the candle before, too.
    """
    if not names:
        every = (*FEATURES, PAUSE) if closes else FEATURES
        return every if volumes else tuple(name for name in every if name not in OF_VOLUME)
    chosen = tuple(name.strip() for name in names.split(","))
    for name in chosen:
        if name not in LOOK_BACK:
            raise StudyError(f"features: {name!r} is unknown: {suggestion(name, tuple(LOOK_BACK))}")
    if len(set(chosen)) < len(chosen):
        raise StudyError(f"features={names!r} names a feature twice")
    if not volumes and (empty := [name for name in chosen if name in OF_VOLUME]):
        raise StudyError(f"features: {empty[0]!r} says nothing, the candles have no volumes; leave it out")
    return chosen
