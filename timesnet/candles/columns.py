"""Finding the columns of candles under any usual spelling."""

import difflib
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from ..errors import DataError

PRICES = ("open", "high", "low", "close")
NUMBERS = (*PRICES, "volume")
REQUIRED = ("date", *NUMBERS)

# Spellings without case, spaces or punctuation; the first one present wins. The open time stands before
# every other time, because a candle is dated by its opening.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "date": (
        "opentime",
        "timeopen",
        "opentimestamp",
        "datetime",
        "datetimeutc",
        "dateutc",
        "timestamp",
        "timestamputc",
        "timeutc",
        "gmttime",
        "ts",
        "date",
        "time",
        "unix",
        "unixtime",
        "unixtimestamp",
        "epoch",
        "starttime",
        "timestart",
        "timeperiodstart",
        "start",
        "begin",
        "t",
        "index",
        "unnamed0",
        "",
    ),
    "open": ("open", "o", "openprice", "priceopen", "opening"),
    "high": ("high", "h", "highprice", "pricehigh", "max"),
    "low": ("low", "l", "lowprice", "pricelow", "min"),
    "close": ("close", "c", "closeprice", "priceclose", "closing", "last", "price"),
    "volume": (
        "volume",
        "vol",
        "v",
        "basevolume",
        "volumebase",
        "volumefrom",
        "volumetraded",
        "tickvolume",
        "tickvol",
    ),
    "symbol": (
        "symbol",
        "ticker",
        "pair",
        "tradingpair",
        "instrument",
        "asset",
        "coin",
        "productid",
        "tic",
        "sym",
    ),
}
_TIME_OF_DAY = "time"


@dataclass(frozen=True, kw_only=True)
class CandleColumns:
    """Which column of a table plays which part.

    Attributes:
        roles: column label by part: date, open, high, low, close, volume and, where there is one, symbol.
        time_of_day: label of a column that holds the time where `date` holds only the day, or None.
        ignored: the labels of all other columns, as text.
    """

    roles: Mapping[str, Hashable]
    time_of_day: Hashable | None
    ignored: tuple[str, ...]

    @property
    def used(self) -> frozenset[Hashable]:
        """The labels of all columns that play a part."""
        return frozenset({*self.roles.values(), self.time_of_day} - {None})


def plain_name(label: Hashable) -> str:
    """A column label in lower case without spaces, punctuation or byte order mark."""
    return re.sub(r"[\W_]+", "", str(label)).lower()


def find_columns(frame: pd.DataFrame, *, source: str) -> CandleColumns:
    """Match the columns of `frame` to the parts of a candle.

    Raises DataError naming the part that has no column, with the columns whose names come near.
    """
    labels_by_name: dict[str, Hashable] = {}
    for label in frame.columns:
        labels_by_name.setdefault(plain_name(label), label)
    roles: dict[str, Hashable] = {}
    for role, spellings in _SPELLINGS.items():
        for name in spellings:
            if name in labels_by_name:
                roles[role] = labels_by_name[name]
                break
    if "volume" not in roles:
        # 'Volume BTC' beside 'Volume USD': the first is in units of what is traded.
        volumes = [label for name, label in labels_by_name.items() if name.startswith("volume")]
        if volumes:
            roles["volume"] = volumes[0]
    for role in REQUIRED:
        if role not in roles:
            raise DataError(_no_column(role, frame, roles, source=source))
    for used_label in roles.values():
        if (frame.columns == used_label).sum() > 1:
            raise DataError(f"{source}: column {str(used_label)!r} appears more than once; keep one of them")
    time_of_day = _time_of_day_column(frame, roles, labels_by_name)
    used = {*roles.values(), time_of_day}
    return CandleColumns(
        roles=roles,
        time_of_day=time_of_day,
        ignored=tuple(str(label) for label in frame.columns if label not in used),
    )


def looks_like_header(cells: list[str]) -> bool:
    """Whether a line of text names at least three of the parts of a candle."""
    names = {plain_name(cell) for cell in cells}
    return sum(any(name in names for name in _SPELLINGS[role] if name) for role in REQUIRED) >= 3


def _time_of_day_column(
    frame: pd.DataFrame, roles: Mapping[str, Hashable], labels_by_name: Mapping[str, Hashable]
) -> Hashable | None:
    """The `time` column beside a `date` column that holds days only, as trading terminals write them."""
    label = labels_by_name.get(_TIME_OF_DAY)
    if label is None or plain_name(roles["date"]) != "date" or len(frame) == 0:
        return None
    first_time, first_date = str(frame[label].iloc[0]).strip(), str(frame[roles["date"]].iloc[0])
    is_time = re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", first_time) is not None
    return label if is_time and ":" not in first_date else None


def _no_column(role: str, frame: pd.DataFrame, roles: Mapping[str, Hashable], *, source: str) -> str:
    free = [str(label) for label in frame.columns if label not in roles.values()]
    close = {
        label
        for label in free
        if difflib.get_close_matches(
            plain_name(label), [name for name in _SPELLINGS[role] if len(name) > 2], cutoff=0.6
        )
    }
    near = [repr(label) for label in free if label in close]
    hint = (
        f"; near it: {', '.join(near)}: rename it to {role!r}" if near else f"; add or rename one to {role!r}"
    )
    present = ", ".join(str(label) for label in frame.columns[:20])
    return f"{source}: no column for {role!r} among: {present}{hint}"
