"""A file's own columns, as the published loader feeds them, turned into the data of a study."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd

from study.configuration import StudyConfiguration, is_file_of_a_scaler
from study.data.candle_source import CandleSource
from study.data.candles import prepare_candles
from study.data.columns.knows_future import columns_that_know
from study.data.columns.source import ColumnQuality, ColumnSource
from study.data.inputs import CANDLE
from study.data.study_data import StudyData
from study.errors import StudyError
from timesnet import Scaler, Windows
from timesnet.candles import named_table
from timesnet.windows import (
    column_values,
    doubt_of,
    input_columns,
    leak_line,
    loader_parts,
    mark_frequency,
    read_scaler,
    row_dates,
    time_marks,
)

# A feature that looks back on no candle, so that every window that the columns allow is there.
_ALONE = "close_position"


def prepare_columns(configuration: StudyConfiguration) -> StudyData:
    """Read a file's own columns as a published checkpoint takes them; label, splits and windows are those of candles.

    The scaler is the published one, fitted on the loader's train part, unless `scaler` says otherwise.
    Raises StudyError or timesnet.DataError, each one line, where the data cannot serve.
    """
    if configuration.timezone:
        raise StudyError(
            f"timezone={configuration.timezone!r}: a published checkpoint takes the file's own clock, whatever its "
            "time zone; leave it out"
        )
    table = named_table(configuration.data)
    frame, names = table.frame.dropna(how="all").reset_index(drop=True), table.names
    loader = configuration.loader or "custom"
    columns = input_columns(
        frame,
        features=configuration.features,
        target=configuration.target,
        loader=loader,
        source=configuration.data,
    )
    values = column_values(frame, columns, rows=names)
    dates, repeated = row_dates(frame, rows=names)
    base = prepare_candles(replace(configuration, features=_ALONE))
    origin = base.source
    assert isinstance(origin, CandleSource)
    rows = _rows_of(base, dates)
    if configuration.scaler == "fit":
        fitted = Windows(values[rows], None, origin.ends[base.splits.fit], configuration.seq_len).rows()
        scaler, scaled_by = Scaler.fit(values[rows], fitted), "the rows of the study's fit split"
    elif is_file_of_a_scaler(configuration.scaler):
        scaler = read_scaler(configuration.scaler, columns)
        doubt = doubt_of(scaler, values, columns)
        scaled_by = configuration.scaler + (f"; {doubt}" if doubt else "")
    else:
        parts = loader_parts(
            len(frame), seq_len=configuration.seq_len, ahead=0, loader=loader, source=configuration.data
        )
        scaler, scaled_by = Scaler.fit(values, np.arange(parts.train_rows)), parts.in_words
    freq = mark_frequency(base.candles.interval)
    windows = Windows(
        scaler.transform(values[rows]),
        time_marks(dates[rows], freq=freq, embed="timeF"),
        origin.ends,
        configuration.seq_len,
    )
    leak = leak_line(columns_that_know(columns, values[rows], base))
    source = ColumnSource(
        **{field.name: getattr(origin, field.name) for field in fields(CandleSource)}
        | {
            "quality": _quality(origin, leak, columns, scaled_by, repeated),
            "features": columns,
            "look_back": 0,
        },
        inputs=pd.DataFrame({"date": dates[rows], **dict(zip(columns, values[rows].T, strict=True))}),
        leak=leak,
        scaled_by=scaled_by,
    )
    return replace(
        base,
        source=source,
        windows=windows,
        scaler=scaler,
        features=columns,
        freq=freq,
        inputs={CANDLE: len(columns)},
    )


def _rows_of(base: StudyData, dates: pd.DatetimeIndex) -> np.ndarray:
    """Row of the file that each candle came from."""
    if base.source.by_rows:
        if len(base.candles) != len(dates):
            raise StudyError(
                f"{len(dates) - len(base.candles)} of the {len(dates)} rows have no prices, so rows and candles can't "
                "be matched; fill these rows or take them out"
            )
        return np.arange(len(dates))
    if repeated := int(dates.duplicated().sum()):
        raise StudyError(
            f"{repeated} rows repeat a date, so rows and candles can't be matched; take them out, or give grid=rows "
            "for windows of rows as they stand"
        )
    times = pd.DatetimeIndex(base.candles.frame["date"]).as_unit("ns").asi8
    rows = np.searchsorted(dates.as_unit("ns").asi8, times, side="right") - 1
    if base.symbols is not None or (dates.as_unit("ns").asi8[rows] != times).any():
        raise StudyError(
            "rows and candles can't be matched by their dates; a published "
            "checkpoint takes a file of one symbol"
        )
    return rows


def _quality(
    origin: CandleSource, leak: str, columns: tuple[str, ...], scaled_by: str, repeated: int
) -> ColumnQuality:
    after = [f"inputs: the file's own columns {', '.join(columns)}, scaled by {scaled_by}"]
    if repeated:
        after.append(f"{repeated:,} rows of the file repeat the date before; the published loader keeps them")
    return ColumnQuality(candles=origin.quality, first=(leak,) if leak else (), after=tuple(after))
