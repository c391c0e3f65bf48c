"""Training a network on other candles, so that those of a study can start from its weights."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from study.configuration import NO_PRETRAINING, PRETRAIN, StudyConfiguration
from study.data import CALENDAR, SHIPPED, Pretrained, StudyData, beside_features
from study.errors import StudyError
from study.labels import outcome_targets, parse_label, settled
from timesnet import (
    FEATURES,
    Candles,
    EpochReport,
    TimesNet,
    TimesNetConfig,
    TrainingSettings,
    complete_windows,
    look_back,
    mark_frequency,
    read_candles,
    train,
)
from timesnet.candles import in_words
from timesnet.windows import memory, windows_of

# Of the networks that learn from other candles.
SHAPE: Mapping[str, Any] = {"d_model": 32, "d_ff": 32, "e_layers": 2, "num_kernels": 3, "dropout": 0.1}
# The newest windows tell when to stop.
TUNE_SHARE = 0.15
# A table of sinusoids, the same in every network.
_FIXED = ("enc_embedding.position_embedding.pe",)
EPOCHS, WINDOWS_PER_EPOCH = 8, 12_000


def pretrain(
    candles: Candles,
    shape: TimesNetConfig,
    *,
    horizon: int,
    origin: str,
    seed: int = 0,
    epochs: int = EPOCHS,
    windows_per_epoch: int = WINDOWS_PER_EPOCH,
    on_epoch: Callable[[EpochReport], None] = lambda report: None,
) -> Pretrained:
    """Train the task `outcomes` on all candles of a file, each symbol as often as the others.

    Args:
        candles: of one symbol or several.
        origin: where they come from, in words.
        shape: gives window length, widths and depths; channels and outcomes are those of the candles.
        horizon: of the label that will be asked for.

    Raises StudyError or timesnet.DataError, one line, where the file cannot serve.
    """
    features = (
        *FEATURES,
        *beside_features((CALENDAR,), candles.interval, pd.DatetimeIndex(candles.frame["date"]))[0],
    )
    spec = parse_label(kind="volatility", horizon=horizon)
    ends = complete_windows(candles, shape.seq_len, memory(features), look_back(features))
    ends = ends[settled(candles, ends, horizon)]
    fit, tune = _halves(candles, ends, shape.seq_len + horizon + look_back(features))
    if min(len(fit), len(tune)) < 100:
        raise StudyError(
            f"pretrain={origin!r}: {len(ends):,} complete windows of {shape.seq_len} candles are too few to learn from"
        )
    windows, _ = windows_of(candles, features, ends, seq_len=shape.seq_len, fit=fit)
    targets = outcome_targets(candles, ends, spec, seq_len=shape.seq_len, fit=fit, tune=tune)
    config = replace(
        shape,
        task_name="outcomes",
        enc_in=len(features),
        c_out=len(targets.names),
        freq=mark_frequency(candles.interval),
        pred_len=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = TimesNet(config)
    symbols = candles.frame["symbol"].cat.codes.to_numpy()[ends]

    def told(report: EpochReport) -> float:
        on_epoch(report)
        return -report.tune_loss

    train(
        model,
        windows.select(fit),
        windows.select(tune),
        settings=TrainingSettings(
            train_epochs=epochs,
            windows_per_epoch=windows_per_epoch,
            batch_size=64,
            learning_rate=2e-3,
            weight_decay=1e-2,
            warmup=0.1,
            patience=3,
            seed=seed,
        ),
        fit_labels=targets.values[fit],
        tune_labels=targets.values[tune],
        target_weights=targets.weights,
        fit_groups=symbols[fit],
        on_epoch=told,
    )
    return Pretrained(
        config=config.to_dict(),
        features=features,
        outcomes=targets.names,
        weights={name: value.numpy() for name, value in model.state_dict().items() if name not in _FIXED},
        last=pd.Timestamp(candles.frame["date"].max()),
        origin=origin,
    )


def given_weights(
    configuration: StudyConfiguration, data: StudyData, say: Callable[[str], None]
) -> Pretrained | None:
    """The weights that a study's networks may start from, as its `pretrain` asks: brought along, or learnt now.

    Raises StudyError where the file's candles reach beyond the end of the fit split: what comes after has to be as new
    to the weights as to the study.
    """
    source = configuration.pretrain
    if not data.has_candles or source == NO_PRETRAINING:
        return None
    fit_ends = data.splits.boundaries["fit"]["last_candle"]
    if source == PRETRAIN:
        shipped = Pretrained.read(SHIPPED)
        return shipped if shipped.last <= fit_ends else None
    candles, _ = read_candles(source, timezone=configuration.timezone, calendar=configuration.calendar)
    newest = pd.Timestamp(candles.frame["date"].max())
    # Longer candles than the study's may open before the end of fit and close after it: what counts is the study's
    # candle that closes with the newest one.
    last = newest + candles.interval - data.candles.interval
    if last > fit_ends:
        raise StudyError(
            f"pretrain={source!r} holds candles until {newest:%Y-%m-%d %H:%M}, of {in_words(candles.interval)}, but "
            f"the fit split ends with {fit_ends:%Y-%m-%d %H:%M}, of {in_words(data.candles.interval)}: leave out what "
            "is later"
        )
    say(f"pretraining on {source}: {len(candles):,} candles until {newest:%Y-%m-%d}")
    shape = TimesNetConfig(
        task_name="outcomes",
        seq_len=configuration.seq_len,
        pred_len=0,
        label_len=0,
        top_k=min(2, configuration.seq_len // 2),
        **SHAPE,
    )
    learnt = pretrain(
        candles,
        shape,
        horizon=configuration.horizon,
        origin=source,
        seed=configuration.seed,
        on_epoch=lambda report: say(
            f"  epoch {report.epoch + 1}  loss fit {report.train_loss:.4f}  tune {report.tune_loss:.4f}  "
            f"{report.seconds:.1f} s"
        ),
    )
    return replace(learnt, last=last)


def _halves(candles: Candles, ends: np.ndarray, apart: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of older and newer windows in `ends`, with so many candles between that they share none."""
    dates = pd.DatetimeIndex(candles.frame["date"]).as_unit("ns").asi8[ends]
    if not len(dates):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    cut = np.quantile(dates, 1 - TUNE_SHARE, method="lower")
    purge = apart * int(candles.interval.value)
    return np.flatnonzero(dates <= cut), np.flatnonzero(dates > cut + purge)
