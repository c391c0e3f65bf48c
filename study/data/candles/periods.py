"""The winner trained anew before each of several periods of time: their splits, and the data as of then."""

from dataclasses import replace

from study.data.candle_source import CandleSource
from study.data.candles.known_candles import known_candles
from study.data.candles.learnt_from_fit import learnt_from_fit
from study.data.chronological import expanding_splits
from study.data.splits import Splits
from study.data.study_data import StudyData


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
        known_first, known_last = known_candles(candles, source.ends, before, source.horizon)
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
