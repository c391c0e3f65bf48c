"""The network that a variant stands for on a study's data."""

from dataclasses import replace

import numpy as np

from study.data import StudyData
from study.errors import StudyError
from study.trials.variant import FORECAST, OUTCOMES, TRANSFER, Variant
from timesnet import TimesNetConfig, Windows
from timesnet.network import TASKS_WITHOUT_MARKS


def network_config(variant: Variant, data: StudyData) -> TimesNetConfig:
    """The published hyper-parameters of a variant on this data."""
    forecasts = variant.task_name == FORECAST
    channels = data.inputs[variant.inputs]
    return TimesNetConfig(
        task_name=variant.task_name,
        seq_len=data.windows.seq_len,
        label_len=0,
        pred_len=variant.pred_len if forecasts else 0,
        enc_in=channels,
        c_out=len(learnt_outcomes(variant, data)) if variant.task_name == OUTCOMES else channels,
        d_model=variant.d_model,
        d_ff=variant.d_ff,
        e_layers=variant.e_layers,
        top_k=variant.top_k,
        num_kernels=variant.num_kernels,
        embed="timeF",
        freq=data.freq,
        dropout=variant.dropout,
        num_class=data.n_classes,
        use_norm=variant.use_norm,
        period_selection="batch",
    )


def learnt_outcomes(variant: Variant, data: StudyData) -> np.ndarray:
    """What the heads of the task `outcomes` predict, int64: places of the targets; of labelled windows the classes.

    Raises StudyError where the candles were prepared without the targets.
    """
    if data.outcomes is None:
        if data.has_candles:
            raise StudyError(
                "the task 'outcomes' has no targets here: prepare(..., outcomes=True) makes them"
            )
        return np.arange(data.n_classes)
    return data.outcomes.columns(transfer=variant.outcomes == TRANSFER)


def task_windows(data: StudyData, config: TimesNetConfig) -> Windows:
    """The study's windows as a network takes them: with the inputs that it has channels for, and with its own time
    features, its mask of padding, or without where its task has none."""
    windows = data.input_windows(config.enc_in)
    if data.masked and config.task_name == "classification":
        return windows
    if data.masked or config.task_name in TASKS_WITHOUT_MARKS:
        return replace(windows, marks=None)
    if (config.freq, config.embed) == (data.freq, "timeF"):
        return windows
    return replace(windows, marks=data.source.marks(freq=config.freq, embed=config.embed))
