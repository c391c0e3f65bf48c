"""What a network may see of each candle: choices of the search space."""

from collections.abc import Iterable

import pandas as pd

from timesnet.windows import calendar_of, history_up_to

CANDLE, CALENDAR, HISTORY = "candle", "candle+calendar", "candle+calendar+history"
INPUTS = (CANDLE, CALENDAR, HISTORY)
# A look-back takes its candles from the beginning and again from each of the three cuts between the splits. Together
# they may take a tenth of the candles.
_SHARE = 1 / 40


def beside_features(
    wanted: Iterable[str], interval: pd.Timedelta, dates: pd.DatetimeIndex
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Channels beside the features, and how many of them each of the `wanted` inputs takes, from the first on.

    Args:
        interval: of the candles; daily ones have no time of day.
        dates: of the candles; how far averages look back depends on how many different ones there are.
    """
    wanted = set(wanted)
    calendar = calendar_of(interval) if wanted & {CALENDAR, HISTORY} else ()
    history = history_up_to(int(dates.nunique() * _SHARE)) if HISTORY in wanted else ()
    takes = {CANDLE: 0, CALENDAR: len(calendar), HISTORY: len(calendar) + len(history)}
    return (*calendar, *history), {name: takes[name] for name in INPUTS if name in wanted | {CANDLE}}
