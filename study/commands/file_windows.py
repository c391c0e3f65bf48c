"""The windows of a file that an extractor embeds, with what tells them apart."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.data import Quality
from study.errors import StudyError
from study.fusion import closing_times
from timesnet import Candles, Extractor, Windows, read_candles
from timesnet.candles import in_words, named_table, read_rows


class OtherInterval(StudyError):
    """The candles are shorter or longer than those that the model was trained on."""


@dataclass(frozen=True)
class ColumnsRead:
    """What reading a table with a network's own columns found; see study.data.Quality."""

    source: str
    rows: int
    columns: tuple[str, ...]
    clock: str

    def summary(self) -> str:
        """Two lines for the console."""
        taken = "by the clock of" if self.clock != "UTC" else "taken as"
        return (
            f"{self.source}: {self.rows:,} rows; inputs: the file's own columns {', '.join(self.columns)}\n"
            f"  dates: {taken} {self.clock}"
        )

    def to_dict(self) -> dict[str, object]:
        """The same, JSON-ready."""
        return {
            "source": self.source,
            "rows_kept": self.rows,
            "columns": list(self.columns),
            "clock": self.clock,
        }


@dataclass(frozen=True, kw_only=True)
class FileWindows:
    """Complete windows of one file.

    Attributes:
        windows: all of them; keys(ends (k,)): `date`, and `symbol` where the file has one, of those rows.
        interval: from one row to the next, the middle one where the rows stand on no grid.
        closes: int64 (n,), nanoseconds: when each window's last candle closes; of rows on no grid nobody knows, and
            `extract` refuses to align those.
        quality: what reading found; rows_read: rows of the file's table that are in use.
        candles: where the file holds such; None where a network takes a table's own columns.
    """

    windows: Windows
    keys: Callable[[np.ndarray], pd.DataFrame]
    interval: pd.Timedelta
    closes: np.ndarray
    quality: Quality
    rows_read: int
    candles: Candles | None = None


def windows_of_file(extractor: Extractor, source: str, *, timezone: str = "") -> FileWindows:
    """Read a file as the extractor takes it: candles on their grid, rows as they stand, or a table's own columns.

    Dates without time zone are in `timezone`; by default in that of the study's candles, or UTC.

    Raises OtherInterval, another StudyError or timesnet.DataError, one line.
    """
    if extractor.inputs == "columns":
        if timezone:
            raise StudyError(
                f"timezone={timezone!r}: a table of own columns is read by its own clock, as its network was trained; "
                "leave it out"
            )
        return _of_columns(extractor, source)
    zone = timezone or extractor.timezone
    candles, quality = (
        read_rows(source, timezone=zone)
        if extractor.by_rows
        else read_candles(source, timezone=zone, calendar=extractor.market)
    )
    if not extractor.by_rows and candles.interval != extractor.interval():
        raise OtherInterval(
            f"data={source!r} holds candles of {in_words(candles.interval)}, the model was trained on candles of "
            f"{in_words(extractor.interval())}"
        )
    windows = extractor.windows_of(candles)
    if len(windows) == 0:
        raise StudyError(f"data={source!r} holds no run of {extractor.candles_needed} candles without a gap")
    closes = closing_times(
        pd.DatetimeIndex(candles.frame["date"]).as_unit("ns").asi8,
        int(candles.interval.value),
        symbols=candles.frame["symbol"].cat.codes.to_numpy(),
    )
    return FileWindows(
        windows=windows,
        keys=lambda ends: _keys(candles, ends),
        interval=candles.interval,
        closes=closes[windows.ends],
        quality=quality,
        rows_read=len(candles),
        candles=candles,
    )


def _of_columns(extractor: Extractor, source: str) -> FileWindows:
    frame = named_table(source).frame
    own = extractor.own_columns()
    dates, windows = own.windows_of(frame.dropna(how="all").reset_index(drop=True), source=source)
    if len(windows) == 0:
        raise StudyError(own.too_few(f"data={source!r}"))
    interval = _usual_step(dates) if extractor.by_rows else extractor.interval()
    closes = closing_times(dates.as_unit("ns").asi8, int(interval.value))
    return FileWindows(
        windows=windows,
        keys=lambda ends: pd.DataFrame({"date": dates[ends].tz_convert("UTC")}),
        interval=interval,
        closes=closes[windows.ends],
        quality=ColumnsRead(source, len(dates), extractor.features, str(dates.tz)),
        rows_read=len(dates),
    )


def _usual_step(dates: pd.DatetimeIndex) -> pd.Timedelta:
    """From one row to the next, the median: what rows on no grid count as long as."""
    return pd.Timedelta(max(1, int(np.median(np.diff(dates.as_unit("ns").asi8)))), unit="ns")


def _keys(candles: Candles, ends: np.ndarray) -> pd.DataFrame:
    rows = candles.rows(ends)
    return rows[["date", "symbol"] if candles.has_symbol else ["date"]].reset_index(drop=True)
