"""What the fit windows alone say: thresholds of the label, scales of features and targets."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from study.data.candle_source import CandleSource
from study.data.splits import Splits
from study.data.study_data import StudyData
from study.labels import WindowLabels, label_windows, outcome_targets
from timesnet import Scaler, compute_features, mark_frequency
from timesnet.windows import windows_of


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
