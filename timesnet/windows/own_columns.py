"""A table's own columns as the published data loader feeds them to a network.

The Time-Series-Library reads a file with a column `date`, takes the other columns in the order of the file with the
target moved last (its ETT loaders leave it where it is), and cuts windows of rows. `M` and `MS` feed all of them, `S`
the target alone. The scaler is fitted on the rows of the train part.

Source: data_provider/data_loader.py of the Time-Series-Library: Dataset_Custom, Dataset_ETT_hour and _minute.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo

import numpy as np
import pandas as pd

from ..candles import Steps, find_breaks, in_words, segment_numbers
from ..errors import ConfigError, DataError
from ..market import NEVER_CLOSES, Market
from ..tables import RowNames, parse_dates
from .scaler import Scaler
from .time_marks import time_marks
from .windows import Windows

FEATURE_MODES = ("M", "MS", "S")
TRAIN_SHARE, TEST_SHARE = 0.7, 0.2
# Rows of the train, validation and test part of the loaders that are written for one file each.
_MONTH = 30 * 24
_ETT_PARTS = (12 * _MONTH, 4 * _MONTH, 4 * _MONTH)
# The UTC offset behind a time of day.
_OFFSET = r":\d{2}.*?([+-]\d{2}:?\d{2})$"
_ROWS_AN_HOUR = {"ETTh1": 1, "ETTh2": 1, "ETTm1": 4, "ETTm2": 4}
LOADERS = ("custom", *_ROWS_AN_HOUR)


@dataclass(frozen=True, kw_only=True)
class LoaderParts:
    """How a published loader divides n rows.

    Attributes:
        train_rows: first so many rows, on which it fits its scaler.
        ends: int64 arrays by the part's name (train, val, test): rows in which its windows end.
        in_words: the train rows for a person.
    """

    train_rows: int
    ends: dict[str, np.ndarray]
    in_words: str


def require_loader(loader: str) -> None:
    """Raises ConfigError for a published data set whose loader is written for files of another form."""
    if loader not in LOADERS:
        raise ConfigError(
            f"data is {loader!r}, a data set with a loader of its own; a table with dates is read as one of "
            f"{', '.join(LOADERS)}"
        )


def date_column(frame: pd.DataFrame, *, source: str) -> str:
    """The label of the dates: `date`, as published, else the one that looks like it. Raises DataError."""
    if "date" in frame.columns:
        return "date"
    spelt = [
        label for label in frame.columns if str(label).strip().lower() in ("date", "datetime", "timestamp")
    ]
    if len(spelt) == 1:
        return spelt[0]
    raise DataError(
        f"{source}: no column 'date' among {', '.join(map(str, frame.columns))}; the published loader needs one"
    )


def input_columns(
    frame: pd.DataFrame, *, features: str, target: str, loader: str = "custom", source: str = "data"
) -> tuple[str, ...]:
    """The columns that the published loader gives to the network, in its order.

    Raises ConfigError for another mode or loader, DataError where the target is missing.
    """
    if features not in FEATURE_MODES:
        raise ConfigError(f"features is {features!r}; it must be one of {', '.join(FEATURE_MODES)}")
    require_loader(loader)
    dates = date_column(frame, source=source)
    labels = [str(label) for label in frame.columns if label != dates]
    if target not in labels:
        raise DataError(f"{source}: no column {target!r}, the target; {_near(target, labels)}")
    if features == "S":
        return (target,)
    if loader != "custom":
        return tuple(labels)
    return (*(label for label in labels if label != target), target)


def require_inputs(columns: Sequence[str], enc_in: int, *, source: str) -> None:
    """Raises ConfigError, naming the columns, where a network takes another number of inputs than there are."""
    if len(columns) == enc_in:
        return
    more = len(columns) - enc_in
    unnamed = [name for name in columns if name.startswith("Unnamed")]
    if more > 0:
        what = f"{more} too many: leave out of the file what came after the training" + (
            f", such as the saved index {unnamed[0]!r}" if unnamed else ""
        )
    else:
        what = f"{-more} missing: put back what the file had in the training"
    raise ConfigError(
        f"{source}: enc_in is {enc_in}, the file has {len(columns)} inputs ({', '.join(columns)}): {what}"
    )


def column_values(frame: pd.DataFrame, columns: Sequence[str], *, rows: RowNames) -> np.ndarray:
    """float64 (n, C) of the columns. Raises DataError for one that is missing, or holds what is no finite number."""
    by_name = {str(label): label for label in frame.columns}
    values = np.empty((len(frame), len(columns)))
    for place, name in enumerate(columns):
        if name not in by_name:
            raise DataError(f"{rows.source}: no column {name!r}, an input; {_near(name, list(by_name))}")
        column = frame[by_name[name]]
        values[:, place] = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
        wrong = np.flatnonzero(~np.isfinite(values[:, place]))
        if len(wrong):
            row = int(wrong[0])
            raise DataError(
                f"{rows.source}: column {name!r}, {rows.of(row)}: {column.iloc[row]!r} is no finite number "
                f"({len(wrong)} such rows); the network has it among its inputs"
            )
    return values


def row_dates(frame: pd.DataFrame, *, rows: RowNames) -> tuple[pd.DatetimeIndex, int]:
    """Dates (n,) of a table whose rows stand in order, and how many rows repeat the one before.

    They show the clock that the file shows, so that time marks are those of the published loader: that of the UTC
    offset behind each of them, or of the column's own zone; UTC where there is none.

    The published loader does not look at the order; rows that go back in time are refused here, since a window over
    them would end before it began. Raises DataError naming the row, or where the clock can't be told.
    """
    label = date_column(frame, source=rows.source)
    column = frame[label].reset_index(drop=True)
    times, _ = parse_dates(column, name=str(label), rows=rows)
    steps = np.diff(times.astype(np.int64))
    back = np.flatnonzero(steps < 0)
    if len(back):
        row = int(back[0]) + 1
        raise DataError(
            f"{rows.source}: dates must rise from row to row, {rows.of(row)} holds {frame[label].iloc[row]!r}; "
            "sort them"
        )
    zone = _clock_of(column, what=f"{rows.source}: column {str(label)!r}")
    return pd.DatetimeIndex(times).tz_localize("UTC").tz_convert(zone), int((steps == 0).sum())


def _clock_of(column: pd.Series, *, what: str) -> tzinfo:
    """The zone whose clock the dates of a table show. Raises DataError where they show several."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dtype.tz
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_dtype(column.dtype):
        return UTC
    offsets = column.astype("str").str.strip().str.extract(_OFFSET, expand=False)
    found = offsets.dropna().unique()
    if not len(found):
        return UTC
    if len(found) > 1 or offsets.isna().any():
        shown = [*map(str, found[:3]), *(["none"] if offsets.isna().any() else [])]
        raise DataError(
            f"{what}: dates with the UTC offsets {', '.join(shown)}; the published loader takes the clock that stands "
            "in the file: write all of them by the one that the network was trained on"
        )
    sign, digits = found[0][0], found[0][1:].replace(":", "")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if sign == "-" else ahead)


def loader_parts(
    n: int, *, seq_len: int, ahead: int, loader: str = "custom", source: str = "data"
) -> LoaderParts:
    """How the published loader divides n rows into windows of `seq_len` with `ahead` steps to forecast.

    Raises DataError where a part would hold no window.
    """
    require_loader(loader)
    if loader == "custom":
        train, test = int(n * TRAIN_SHARE), int(n * TEST_SHARE)
        borders = (0, train, n - test, n)
        said = f"the first {TRAIN_SHARE:.0%} of the rows ({train:,}), as the published loader does"
    else:
        sizes = [size * _ROWS_AN_HOUR[loader] for size in _ETT_PARTS]
        borders = (0, sizes[0], sizes[0] + sizes[1], sum(sizes))
        said = f"the first {sizes[0]:,} rows, as the published loader of {loader} does"
        if n < borders[-1]:
            raise DataError(f"{source}: {n:,} rows, the published loader of {loader} takes {borders[-1]:,}")
    ends = {}
    for part, start, stop in zip(("train", "val", "test"), borders, borders[1:], strict=False):
        first = seq_len - 1 if part == "train" else start - 1
        ends[part] = np.arange(max(first, seq_len - 1), stop - ahead)
        if not len(ends[part]) or first < seq_len - 1:
            raise DataError(
                f"{source}: {n} rows are too few for windows of {seq_len} with {ahead} steps ahead in the {part} part "
                f"(rows {start} to {stop})"
            )
    return LoaderParts(train_rows=borders[1], ends=ends, in_words=said)


@dataclass(frozen=True, kw_only=True)
class OwnColumns:
    """What turns a table's own columns into windows of a network.

    Attributes:
        columns: the inputs, in their order; scaler: fitted on them.
        seq_len, freq, embed: of the network; marks: whether its task takes time marks.
        interval: from one row to the next, windows cross no gap; None for windows of rows, whatever their dates.
        market: the hours by which a missing row is a gap.
    """

    columns: tuple[str, ...]
    scaler: Scaler
    seq_len: int
    freq: str
    embed: str
    marks: bool
    interval: pd.Timedelta | None
    market: Market = NEVER_CLOSES

    def windows_of(self, frame: pd.DataFrame, *, source: str) -> tuple[pd.DatetimeIndex, Windows]:
        """Date of each row, by the clock that the table shows, and all complete windows.

        Raises DataError naming column and row.
        """
        rows = RowNames(source=source)
        dates, _ = row_dates(frame, rows=rows)
        values = self.scaler.transform(column_values(frame, self.columns, rows=rows))
        segment = np.zeros(len(frame), dtype=np.int64)
        if self.interval is not None and len(frame):
            segment = _segments(dates, self.interval, self.market)
        marks = time_marks(dates, freq=self.freq, embed=self.embed) if self.marks else None
        ends = np.arange(self.seq_len - 1, len(frame))
        ends = ends[segment[ends] == segment[ends - self.seq_len + 1]]
        return dates, Windows(values, marks, ends, self.seq_len)

    def too_few(self, source: str) -> str:
        """The message where a table holds no complete window."""
        if self.interval is None:
            return f"{source}: {self.seq_len} rows are needed for one window"
        return (
            f"{source}: {self.seq_len} consecutive rows of {in_words(self.interval)} are needed for one window; "
            "windows cross no gap"
        )


def _segments(dates: pd.DatetimeIndex, interval: pd.Timedelta, market: Market) -> np.ndarray:
    times = dates.as_unit("ns").asi8
    step = int(interval.value)
    steps = Steps.between(times, np.zeros(len(times), dtype=np.int8))
    breaks = find_breaks(times, steps, step, calendar=market, names=np.array([""], dtype=object))
    return segment_numbers(steps, step, breaks.closed_rows)


def _near(name: str, labels: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, labels, n=1)
    there = f"there are {', '.join(labels)}"
    return f"near it {near[0]!r}; {there}" if near else there
