"""The data of a study, from its parameters."""

from collections.abc import Iterable
from dataclasses import replace

from study.configuration import StudyConfiguration
from study.data.columns import prepare_columns
from study.data.from_candles import prepare_candles
from study.data.from_windows import prepare_labelled
from study.data.inputs import CANDLE
from study.data.study_data import StudyData


def prepare(
    configuration: StudyConfiguration, *, inputs: Iterable[str] = (CANDLE,), outcomes: bool = False
) -> StudyData:
    """Read, clean, label and split what `data` names: candles, or windows with ready-made labels.

    `inputs` are those that networks are to choose from, `outcomes` whether the task of that name is among theirs;
    ready-made windows have their own channels and labels alone.

    Raises StudyError or timesnet.DataError, each one line, where the data cannot serve.
    """
    if configuration.labelled:
        data = prepare_labelled(
            configuration.data,
            seed=configuration.seed,
            padded_to=configuration.padded_to,
            scaler=configuration.scaler,
        )
    elif configuration.own_columns:
        data = prepare_columns(configuration)
    else:
        data = prepare_candles(configuration, inputs=inputs, outcomes=outcomes)
    return replace(
        data,
        windows_per_epoch=configuration.windows_per_epoch,
        max_probe_windows=configuration.max_probe_windows,
    )
