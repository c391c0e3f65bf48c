"""Candles of rows that stand on no grid, in the order of their dates."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from ..tables import RowNames, check_zone
from .built_in import BUILT_IN, built_in_paths, no_such_source
from .clean import Candles
from .columns import NUMBERS
from .durations import in_words
from .sources import SourceTable, read_source
from .table import parse_table


@dataclass(frozen=True, kw_only=True)
class RowsQuality:
    """What reading rows without a grid found.

    Attributes:
        source: as it was asked for; rows: all of them kept; first, last: dates, UTC.
        interval: the middle of all steps from one row to the next; repeated: rows with the date of the one before.
    """

    source: str
    rows: int
    first: pd.Timestamp
    last: pd.Timestamp
    interval: pd.Timedelta
    repeated: int

    def summary(self) -> str:
        """Two lines for a console."""
        return (
            f"{self.source}: {self.rows:,} rows, {self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M} UTC, "
            "all kept\n"
            f"  grid: none; windows are made of rows, whatever lies between them (in the middle "
            f"{in_words(self.interval)}; {self.repeated:,} repeat the date before)"
        )

    def to_dict(self) -> dict[str, Any]:
        """The same, JSON-ready."""
        return {
            "source": self.source,
            "rows_kept": self.rows,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "interval": in_words(self.interval),
            "interval_seconds": self.interval.total_seconds(),
            "repeated_dates": self.repeated,
        }


def read_rows(source: str, *, timezone: str = "") -> tuple[Candles, RowsQuality]:
    """The rows of a file of candles, see rows_in_order."""
    table = named_table(source)
    return rows_in_order(
        table.frame,
        names=table.names,
        points_are_decimal=table.separator in (None, ","),
        timezone=timezone,
    )


def named_table(source: str) -> SourceTable:
    """The table of a built-in data set, a file or a folder, as it is."""
    built_in = built_in_paths(source) if source in BUILT_IN else {}
    if len(built_in) > 1:
        raise DataError(f"{source}: {len(built_in)} symbols in a file each; give one file")
    path = next(iter(built_in.values()), Path(source).expanduser())
    if not source or not path.exists():
        raise no_such_source(source)
    return read_source(path, name=source)


def rows_in_order(
    frame: pd.DataFrame, *, names: RowNames, points_are_decimal: bool = True, timezone: str = ""
) -> tuple[Candles, RowsQuality]:
    """Every row of a table of candles of one symbol as it stands, in one run; `interval` is the middle of their steps.

    Raises DataError for what can't be read, several symbols, or dates that fall from row to row.
    """
    check_zone(timezone)
    source = names.source
    table = parse_table(frame, names=names, points_are_decimal=points_are_decimal, timezone=timezone)
    if len(table.symbol_names) > 1:
        raise DataError(
            f"{source}: {len(table.symbol_names)} symbols; windows of rows are of one: give a file of each"
        )
    steps = np.diff(table.rows.dates)
    if (steps < 0).any():
        row = int(table.rows.positions[int(np.flatnonzero(steps < 0)[0]) + 1])
        raise DataError(f"{source}: dates must rise from row to row, {names.of(row)} goes back; sort them")
    dates = pd.DatetimeIndex(table.rows.dates.view("datetime64[ns]")).tz_localize("UTC")
    columns: dict[str, Any] = {"symbol": pd.Categorical([""] * len(dates)), "date": dates}
    columns |= {name: table.rows.numbers[:, place] for place, name in enumerate(NUMBERS)}
    middle = int(np.median(steps)) if len(steps) else 0
    interval = pd.Timedelta(max(middle, 1), unit="ns")
    candles = Candles(
        frame=pd.DataFrame(columns),
        interval=interval,
        segment=np.zeros(len(dates), dtype=np.int32),
        has_symbol=False,
        has_volume="volume" in table.columns.roles,
    )
    quality = RowsQuality(
        source=source,
        rows=len(dates),
        first=dates[0],
        last=dates[-1],
        interval=interval,
        repeated=int((steps == 0).sum()),
    )
    return candles, quality
