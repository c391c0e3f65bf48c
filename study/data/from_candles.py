"""Candles turned into the data of a study."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from study.configuration import StudyConfiguration
from study.data.candle_source import CandleSource
from study.data.chronological import SPLIT_NAMES, Splits, chronological_splits, expanding_splits
from study.data.inputs import CANDLE, beside_features
from study.data.source import Quality
from study.data.study_data import StudyData
from study.display import suggestion
from study.errors import StudyError
from study.labels import (
    LabelSpec,
    WindowLabels,
    classify_by_trailing,
    label_windows,
    outcome_targets,
    parse_label,
    settled,
    trailing_thresholds,
)
from timesnet import (
    FEATURES,
    OF_VOLUME,
    Candles,
    DataError,
    Scaler,
    complete_windows,
    compute_features,
    look_back,
    mark_frequency,
    read_candles,
)
from timesnet.candles import read_rows
from timesnet.windows import LOOK_BACK, PAUSE, memory, windows_of

# Candles turned to bytes at once.
_CHUNK = 2**18
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
    first_candles, last_candles = _known(candles, ends, before, spec.horizon)
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


def learnt_from_fit(
    source: CandleSource,
    splits: Splits,
    *,
    symbols: np.ndarray | None,
    symbol_names: tuple[str, ...],
    inputs: Mapping[str, int],
    beside_features: tuple[str, ...],
    trailing_labels: np.ndarray | None,
    outcomes: bool,
) -> StudyData:
    """The data of a study on these splits: labels, scaled features and targets, by what the fit windows alone say.

    Args:
        source: the thresholds in it are those learnt from other splits, or none yet.
        symbols: int (n_windows,), number of each window's symbol; None where there is one.
        symbol_names: by that number, where each symbol has thresholds of its own; else empty.
        inputs, beside_features: see `StudyData`.
        trailing_labels: int64 (n_windows,), where thresholds follow the level, whatever the splits; else None.
        outcomes: whether the targets of the task `outcomes` are wanted.

    Raises StudyError where the label cannot be parted.
    """
    candles, ends, spec = source.candles, source.ends, source.label
    if trailing_labels is not None:
        labelled = WindowLabels(labels=trailing_labels, thresholds=(), by_symbol={})
    else:
        own = symbols if symbol_names else None
        labelled = label_windows(candles, ends, splits.fit, spec, symbols=own, names=symbol_names)
    freq = mark_frequency(candles.interval)
    windows, scaler = windows_of(
        candles, source.features, ends, seq_len=source.seq_len, fit=splits.fit, freq=freq
    )
    rows = windows.select(splits.fit).rows()
    beside, beside_scaler = None, None
    if beside_features:
        beside = compute_features(candles, beside_features)
        beside_scaler = Scaler.fit(beside, rows)
        beside_scaler.transform(beside, out=beside)
    return StudyData(
        source=replace(source, thresholds=labelled.thresholds, thresholds_by_symbol=labelled.by_symbol),
        windows=windows,
        labels=labelled.labels,
        n_classes=spec.n_classes,
        splits=splits,
        scaler=scaler,
        features=source.features,
        freq=freq,
        digest=source.digest,
        symbols=symbols,
        inputs=inputs,
        beside=beside,
        beside_features=beside_features,
        beside_scaler=beside_scaler,
        outcomes=outcome_targets(
            candles, ends, spec, seq_len=source.seq_len, fit=splits.fit, tune=splits.tune
        )
        if outcomes
        else None,
    )


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


def expanding_periods(data: StudyData, number: int) -> tuple[Splits, ...]:
    """Splits of so many periods of time, each predicted by what was known before it; see `expanding_splits`.

    Raises StudyError where a period would leave too few windows.
    """
    source = data.source
    assert isinstance(source, CandleSource)
    before = source.seq_len - 1 + source.look_back
    if source.by_rows:
        first, last = source.ends - before, source.ends + source.horizon
    else:
        candles, step = source.candles, int(source.candles.interval.value)
        known_first, known_last = _known(candles, source.ends, before, source.horizon)
        dates = source.dates.as_unit("ns").asi8
        first = dates - before * step if known_first is None else known_first.as_unit("ns").asi8
        last = dates + source.horizon * step if known_last is None else known_last.as_unit("ns").asi8
    return expanding_splits(source.dates, number, first=first, last=last, purge=data.splits.purge)


def in_period(data: StudyData, splits: Splits) -> StudyData:
    """The study's windows as they would have been prepared for these splits: all that is learnt, from their fit.

    Raises StudyError where the label cannot be parted.
    """
    source = data.source
    assert isinstance(source, CandleSource)
    own = bool(source.thresholds_by_symbol)
    anew = learnt_from_fit(
        source,
        splits,
        symbols=data.symbols,
        symbol_names=tuple(map(str, source.candles.frame["symbol"].cat.categories)) if own else (),
        inputs=data.inputs,
        beside_features=data.beside_features,
        trailing_labels=data.labels if source.label.trailing else None,
        outcomes=data.outcomes is not None,
    )
    known = data.pretrained
    if known is not None and known.last > data.dates[splits.fit[-1]]:
        # They have seen what this period is scored on.
        known = None
    return replace(
        anew,
        pretrained=known,
        windows_per_epoch=data.windows_per_epoch,
        max_probe_windows=data.max_probe_windows,
        table=data.table,
        together=data.together,
    )


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


def _has_volumes(candles: Candles) -> bool:
    """Whether any candle has one that is not zero."""
    return candles.has_volume and bool((candles.frame["volume"] != 0).any())


def _known(
    candles: Candles, ends: np.ndarray, before: int, horizon: int
) -> tuple[pd.DatetimeIndex | None, pd.DatetimeIndex | None]:
    """Dates of the first and of the last candle that windows ending in rows `ends` and their labels know.

    None where the market never closes, whose dates follow from the interval.
    """
    if not candles.market.closes:
        return None, None
    dates = pd.DatetimeIndex(candles.frame["date"])
    symbols = candles.frame["symbol"].cat.codes.to_numpy()
    starts = np.searchsorted(symbols, symbols[ends])
    return dates[np.maximum(ends - before, starts)], dates[ends + horizon]


def candles_digest(candles: Candles) -> str:
    """SHA-256 over symbol, date and values of the cleaned candles, first 16 hex digits."""
    digest = hashlib.sha256()
    frame = candles.frame
    digest.update("\n".join(frame["symbol"].unique()).encode())
    digest.update(pd.DatetimeIndex(frame["date"]).asi8.data)
    numbers = [frame[name].to_numpy() for name in ("open", "high", "low", "close", "volume")]
    for start in range(0, len(frame), _CHUNK):
        digest.update(np.stack([column[start : start + _CHUNK] for column in numbers], axis=1).tobytes())
    return digest.hexdigest()[:16]


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
