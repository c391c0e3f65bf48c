"""The data of a study, from its parameters."""

from dataclasses import replace

from study.configuration import StudyConfiguration
from study.data.from_candles import prepare_candles
from study.data.from_windows import prepare_labelled
from study.data.study_data import StudyData


def prepare(configuration: StudyConfiguration) -> StudyData:
    """Read, clean, label and split what `data` names: candles, or windows with ready-made labels.

    Raises StudyError or timesnet.DataError, each one line, where the data cannot serve.
    """
    if configuration.labelled:
        data = prepare_labelled(configuration.data, seed=configuration.seed)
    else:
        data = prepare_candles(configuration)
    return replace(
        data,
        windows_per_epoch=configuration.windows_per_epoch,
        max_probe_windows=configuration.max_probe_windows,
    )
