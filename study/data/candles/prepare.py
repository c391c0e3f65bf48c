"""Candles turned into the data of a study."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from study.configuration import StudyConfiguration
from study.data.candle_source import CandleSource
from study.data.candles.digest import candles_digest
from study.data.candles.features import chosen_features
from study.data.candles.known_candles import known_candles
from study.data.candles.learnt_from_fit import learnt_from_fit
from study.data.chronological import chronological_splits
from study.data.inputs import CANDLE, beside_features
from study.data.source import Quality
from study.data.splits import SPLIT_NAMES, Splits
from study.data.study_data import StudyData
from study.errors import StudyError
from study.labels import LabelSpec, classify_by_trailing, parse_label, settled, trailing_thresholds
from timesnet import Candles, DataError, complete_windows, look_back, read_candles
from timesnet.candles import read_rows
from timesnet.windows import memory

# What stands for one row where windows are made of rows.
_ROW = pd.Timedelta(seconds=1)


def prepare_candles(
    configuration: StudyConfiguration, *, inputs: Iterable[str] = (CANDLE,), outcomes: bool = False
) -> StudyData:
    """Read, clean, label and split the candles of a study, for networks that choose from `inputs` and, with `outcomes`,
    may learn the task of that name.

    Raises StudyError or timesnet.DataError, each one line, where the data cannot serve.
    """
    by_rows = configuration.grid == "rows"
    candles, quality = _read(configuration)
    features = chosen_features(
        configuration.features, volumes=_has_volumes(candles), closes=candles.market.closes
    )
    for name, asked in (("seq_len", configuration.seq_len), ("horizon", configuration.horizon)):
        if asked >= len(candles):
            raise StudyError(f"{name}={asked}: there are {len(candles):,} candles; give fewer")
    spec = parse_label(
        kind=configuration.label,
        threshold=configuration.threshold,
        classes=configuration.classes or None,
        horizon=configuration.horizon,
    )
    dates = pd.DatetimeIndex(candles.frame["date"])
    further, channels = beside_features(inputs, candles.interval, dates)
    ends = complete_windows(candles, configuration.seq_len, memory(features), look_back(further))
    ends = ends[settled(candles, ends, spec.horizon)]
    cuts = trailing_thresholds(candles, spec) if spec.trailing else None
    if cuts is not None:
        ends = ends[np.isfinite(cuts[ends]).all(axis=1)]
    symbols, names = _symbols(candles)
    if symbols is not None:
        ends = ends[np.argsort(dates.asi8[ends], kind="stable")]
        symbols = symbols[ends]
    before = configuration.seq_len - 1 + look_back((*features, *further))
    first_candles, last_candles = known_candles(candles, ends, before, spec.horizon)
    splits = chronological_splits(
        _as_dates(ends) if by_rows else dates[ends],
        first_candles=first_candles,
        last_candles=last_candles,
        interval=_ROW if by_rows else candles.interval,
        seq_len=configuration.seq_len,
        horizon=configuration.horizon,
        look_back=look_back((*features, *further)),
        n_candles=len(candles),
        longest_run=int(np.bincount(candles.segment).max()),
    )
    if by_rows:
        splits = _dated(splits, dates)
    own = configuration.threshold_by == "symbol"
    if own:
        _require_own_thresholds(configuration, candles, spec)
    source = CandleSource(
        candles=candles,
        quality=quality,
        label=spec,
        thresholds=(),
        thresholds_by_symbol={},
        ends=ends,
        seq_len=configuration.seq_len,
        features=features,
        look_back=look_back((*features, *further)),
        data=configuration.data,
        digest=candles_digest(candles),
        by_rows=by_rows,
    )
    data = learnt_from_fit(
        source,
        splits,
        symbols=symbols,
        symbol_names=names if own else (),
        inputs={name: len(features) + more for name, more in channels.items()},
        beside_features=further,
        trailing_labels=None if cuts is None else classify_by_trailing(candles, ends, cuts, spec),
        outcomes=outcomes,
    )
    _require_every_class(data.labels, splits, spec)
    return data


def _read(configuration: StudyConfiguration) -> tuple[Candles, Quality]:
    """The candles that `data` names, on their grid or, with grid=rows, all rows as they stand."""
    if configuration.grid == "rows":
        return read_rows(configuration.data, timezone=configuration.timezone)
    try:
        return read_candles(
            configuration.data, timezone=configuration.timezone, calendar=configuration.calendar
        )
    except DataError as error:
        if "grid" not in str(error) and "interval" not in str(error):
            raise
        raise StudyError(
            f"{error}; or grid=rows, for windows of rows whatever lies between them, as the published loader cuts them"
        ) from None


def _as_dates(rows: np.ndarray) -> pd.DatetimeIndex:
    """Row numbers as dates, one _ROW apart: splits and their purge then count rows."""
    return pd.DatetimeIndex(rows * _ROW.value, tz="UTC")


def _dated(splits: Splits, dates: pd.DatetimeIndex) -> Splits:
    """Splits by row numbers with the rows' true dates as their boundaries."""
    last = len(dates) - 1
    boundaries = {
        name: {key: dates[min(max(int(row.value // _ROW.value), 0), last)] for key, row in edges.items()}
        for name, edges in splits.boundaries.items()
    }
    return replace(splits, boundaries=boundaries)


def _has_volumes(candles: Candles) -> bool:
    """Whether any candle has one that is not zero."""
    return candles.has_volume and bool((candles.frame["volume"] != 0).any())


def _symbols(candles: Candles) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Each candle's place in the names of the symbols, int (n,), None where there are not several; the names."""
    if not candles.has_symbol:
        return None, ()
    symbols = candles.frame["symbol"].cat
    names = tuple(map(str, symbols.categories))
    return (symbols.codes.to_numpy() if len(names) > 1 else None), names


def _require_own_thresholds(configuration: StudyConfiguration, candles: Candles, spec: LabelSpec) -> None:
    if not candles.has_symbol:
        raise StudyError(f"threshold_by='symbol': data={configuration.data!r} names no symbols; leave it out")
    if spec.trailing:
        raise StudyError(
            "threshold_by='symbol' says nothing new with threshold='trailing', which follows each symbol's own "
            "outcomes; leave it out"
        )
    if spec.threshold is not None or spec.kind == "direction":
        raise StudyError(
            f"threshold_by='symbol' means nothing to label={spec.kind!r} with threshold={configuration.threshold!r}, "
            "which is the same for all; leave it out"
        )


def _require_every_class(labels: np.ndarray, splits: Splits, spec: LabelSpec) -> None:
    for name in SPLIT_NAMES:
        counts = np.bincount(labels[getattr(splits, name)], minlength=spec.n_classes)
        present = np.flatnonzero(counts)
        if len(present) < spec.n_classes:
            raise StudyError(
                f"label={spec.kind!r}: the {name} split holds only class {', '.join(map(str, present))} of "
                f"{spec.n_classes}; choose another threshold, horizon or longer data"
            )
