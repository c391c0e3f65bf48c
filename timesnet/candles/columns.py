"""Finding the columns of candles under any usual spelling, by what their cells hold where that is needed."""

import difflib
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ..errors import DataError
from ..tables import BLANK
from .spellings import SPELLINGS
from .time_columns import TimeColumns, choose_time

PRICES = ("open", "high", "low", "close")
NUMBERS = (*PRICES, "volume")
REQUIRED = ("date", *PRICES)
# Rows of a table whose volumes are looked at one candidate after the other.
_CHUNK = 100_000


@dataclass(frozen=True, kw_only=True)
class CandleColumns:
    """Which column of a table plays which part.

    Attributes:
        roles: column label by part: date, open, high, low, close and, where there are any, volume and symbol.
        time_of_day: label of a column that holds the time where `date` holds only the day, or None.
        ignored: the labels of all other columns, as text.
        passed_over: in words, other times and volumes that were found and not taken; empty where there are none.
    """

    roles: Mapping[str, Hashable]
    time_of_day: Hashable | None
    ignored: tuple[str, ...]
    passed_over: str = ""

    @property
    def used(self) -> frozenset[Hashable]:
        """The labels of all columns that play a part."""
        return frozenset({*self.roles.values(), self.time_of_day} - {None})


def plain_name(label: Hashable) -> str:
    """A column label in lower case without spaces, punctuation or byte order mark; Unnamed: 0 is an index."""
    return re.sub(r"[\W_]+", "", str(label)).lower()


_BY_ROLE: dict[str, list[str]] = {}
for _spelling in SPELLINGS:
    _name = plain_name(_spelling.name)
    if _name not in _BY_ROLE.setdefault(_spelling.role, []):
        _BY_ROLE[_spelling.role].append(_name)


def find_columns(frame: pd.DataFrame, *, source: str) -> CandleColumns:
    """Match the columns of `frame` to the parts of a candle.

    Of several columns, and pairs of columns, that may be the time, the one is taken whose values form a grid; of
    several volumes the first that is not zero throughout.

    Raises DataError naming the part that has no column, with the columns whose names come near.
    """
    labels_by_name: dict[str, Hashable] = {}
    for label in frame.columns:
        labels_by_name.setdefault(plain_name(label), label)
    roles: dict[str, Hashable] = {}
    for role in (*PRICES, "symbol"):
        for name in _BY_ROLE[role]:
            if name in labels_by_name and labels_by_name[name] not in roles.values():
                roles[role] = labels_by_name[name]
                break
    volumes = _volumes(labels_by_name, roles)
    volume = next((label for label in volumes if _not_zero(frame, label)), volumes[0] if volumes else None)
    if volume is not None and not _empty(frame, volume):
        roles["volume"] = volume
    others = [label for label in frame.columns if label not in roles.values() and label not in volumes]
    time = choose_time(
        frame,
        others,
        roles.get("symbol"),
        names=_BY_ROLE["date"],
        ends=_BY_ROLE["end"],
        plain=plain_name,
        source=source,
    )
    if time is not None:
        roles["date"] = time.date
    for role in REQUIRED:
        if role not in roles:
            raise DataError(_no_column(role, frame, roles, source=source))
    for used_label in roles.values():
        if (frame.columns == used_label).sum() > 1:
            raise DataError(f"{source}: column {str(used_label)!r} appears more than once; keep one of them")
    time_of_day = None if time is None else time.time_of_day
    used = {*roles.values(), time_of_day}
    return CandleColumns(
        roles={role: roles[role] for role in ("date", *NUMBERS, "symbol") if role in roles},
        time_of_day=time_of_day,
        ignored=tuple(str(label) for label in frame.columns if label not in used),
        passed_over=_passed_over(time, volumes, volume),
    )


def looks_like_header(cells: Sequence[str]) -> int:
    """How many of the parts of a candle a line of text names, 0 where it is fewer than three."""
    names = {plain_name(cell) for cell in cells}
    named = sum(any(name in names for name in _BY_ROLE[role] if name) for role in ("date", *NUMBERS))
    return named if named >= 3 else 0


def _volumes(labels_by_name: Mapping[str, Hashable], roles: Mapping[str, Hashable]) -> list[Hashable]:
    """Labels of all columns that may be the volume, the likeliest first."""
    found = [labels_by_name[name] for name in _BY_ROLE["volume"] if name in labels_by_name]
    # 'Volume BTC' beside 'Volume USD': the first is in units of what is traded.
    found += [label for name, label in labels_by_name.items() if name.startswith("volume")]
    return [label for label in dict.fromkeys(found) if label not in roles.values()]


def _not_zero(frame: pd.DataFrame, label: Hashable) -> bool:
    if (frame.columns == label).sum() > 1:
        return True
    for start in range(0, len(frame), _CHUNK):
        cells = frame[label].iloc[start : start + _CHUNK]
        numbers = pd.to_numeric(cells, errors="coerce")
        if ((numbers != 0) & numbers.notna()).any():
            return True
        text = cells[numbers.isna()].dropna().astype("str").str.strip().str.lower()
        if (~text.isin(BLANK)).any():
            return True
    return len(frame) == 0


def _empty(frame: pd.DataFrame, label: Hashable) -> bool:
    """Whether a column of a table with rows has nothing in it."""
    if len(frame) == 0 or (frame.columns == label).sum() > 1:
        return False
    cells = frame[label]
    if cells.notna().any() and pd.api.types.is_numeric_dtype(cells.dtype):
        return False
    return not any(str(cell).strip().lower() not in BLANK for cell in cells.dropna().unique())


def _passed_over(time: TimeColumns | None, volumes: Sequence[Hashable], volume: Hashable | None) -> str:
    said = [] if time is None or not time.passed_over else [f"times {', '.join(time.passed_over)}"]
    if volumes and volume is not None and volume != volumes[0]:
        zero = volumes[: volumes.index(volume)]
        said.append(f"{', '.join(map(str, zero))}, zero throughout")
    return "; ".join(said)


def _no_column(role: str, frame: pd.DataFrame, roles: Mapping[str, Hashable], *, source: str) -> str:
    free = [str(label) for label in frame.columns if label not in roles.values()]
    close = {
        label
        for label in free
        if difflib.get_close_matches(
            plain_name(label), [name for name in _BY_ROLE[role] if len(name) > 2], cutoff=0.6
        )
    }
    present = ", ".join(str(label) for label in frame.columns[:20])
    ends = [label for label in free if role == "date" and plain_name(label) in _BY_ROLE["end"]]
    if ends:
        return (
            f"{source}: no column for 'date' among: {present}; {ends[0]!r} is when candles close, and they are dated "
            "by their opening: add a column 'date' that is one interval earlier"
        )
    near = [repr(label) for label in free if label in close]
    hint = (
        f"; near it: {', '.join(near)}: rename it to {role!r}" if near else f"; add or rename one to {role!r}"
    )
    return f"{source}: no column for {role!r} among: {present}{hint}"
