"""The data of a study, from its parameters."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from study.configuration import COMPLEMENT, StudyConfiguration
from study.data.candles import prepare_candles
from study.data.columns import columns_that_know, prepare_columns
from study.data.from_windows import prepare_labelled
from study.data.inputs import CANDLE
from study.data.study_data import StudyData
from study.errors import StudyError
from study.fusion import WindowTable, read_window_table

# Numbers of a table that are compared with the future, single ones before parts of vectors.
LOOKED_AT = 20


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
    table = None
    if configuration.beside:
        table = read_window_table(
            configuration.beside,
            configuration.on,
            data.candles,
            data.windows.ends,
            timezone=configuration.timezone,
        )
        _require_in_fit(data, table)
        table = replace(table, leak=_leak(data, table))
    return replace(
        data,
        windows_per_epoch=configuration.windows_per_epoch,
        max_probe_windows=configuration.max_probe_windows,
        table=table,
        together=configuration.selection == COMPLEMENT,
    )


def _leak(data: StudyData, table: WindowTable) -> str:
    """The line that names numbers of the table which know the future; of long vectors the first are looked at."""
    rows = np.flatnonzero(table.vectors(np.arange(len(data.windows)))[:, 0])
    names = table.numbers[:LOOKED_AT]
    values = np.full((len(data.candles.frame), len(names)), np.nan)
    values[data.windows.ends[rows]] = table.vectors(rows)[:, 1 : 1 + len(names)]
    found = columns_that_know(names, values, data)
    if not found:
        return ""
    named = "; ".join(f"{name!r} is {what}" for name, what in found.items())
    return f"{table.name} knows the future: {named}. What is said of it was fed in"


def _require_in_fit(data: StudyData, table: WindowTable) -> None:
    if table.share(data.splits.fit) == 0:
        first, last = data.dates[data.splits.fit[[0, -1]]]
        raise StudyError(
            f"beside: no row of {table.name} reaches a window that is learnt from ({first:%Y-%m-%d} to "
            f"{last:%Y-%m-%d}), so that nothing can be learnt of it; give a table that begins earlier"
        )
