"""The network that a variant stands for on a study's data."""

from dataclasses import replace

from study.data import StudyData
from study.trials.variant import FORECAST, Variant
from timesnet import TimesNetConfig, Windows


def network_config(variant: Variant, data: StudyData) -> TimesNetConfig:
    """The published hyper-parameters of a variant on this data."""
    forecasts = variant.task_name == FORECAST
    return TimesNetConfig(
        task_name=variant.task_name,
        seq_len=data.windows.seq_len,
        label_len=0,
        pred_len=variant.pred_len if forecasts else 0,
        enc_in=len(data.features),
        c_out=len(data.features),
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


def task_windows(data: StudyData, config: TimesNetConfig) -> Windows:
    """The study's windows as a network takes them: with its own time features, or without where its task has none."""
    if config.task_name in ("anomaly_detection", "classification"):
        return replace(data.windows, marks=None)
    if (config.freq, config.embed) == (data.freq, "timeF"):
        return data.windows
    return replace(data.windows, marks=data.source.marks(freq=config.freq, embed=config.embed))
