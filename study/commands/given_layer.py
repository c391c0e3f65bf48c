"""A layer of a published checkpoint that a person has chosen, as an extractor, without a study."""

import mlflow
import numpy as np
import pandas as pd

from study.commands.outputs import file_digest
from study.configuration import FEATURE_MODES, SCALERS, check_model_name
from study.errors import StudyError
from study.publish.register import weights_digest
from study.publish.registry import register
from timesnet import Extractor, Scaler, Windows, freeze_frequencies
from timesnet.candles import named_table
from timesnet.extractor import LEAK
from timesnet.network import read_checkpoint
from timesnet.windows import (
    column_values,
    doubt_of,
    input_columns,
    leak_of,
    loader_parts,
    read_scaler,
    require_inputs,
    row_dates,
    time_marks,
)

# Windows whose mean spectrum sets the periods, evenly over the train part.
_PERIOD_WINDOWS = 5000
_BATCH = 256
BY_HAND = "by hand"


def extractor_of_checkpoint(
    *,
    checkpoint: str,
    config: str,
    layer: str,
    pooling: str,
    data: str,
    features: str,
    target: str,
    loader: str,
    scaler: str,
    grid: str,
) -> Extractor:
    """One layer of a published checkpoint with the published scaler and periods frozen on the train part of `data`.

    `data` is the file that it was trained on, or has to be scaled as that one; or `scaler` is the file that was saved
    with the checkpoint. Raises StudyError or timesnet's errors, one line.
    """
    read = read_checkpoint(checkpoint, config or None)
    if not read.published:
        raise StudyError(
            f"checkpoint={checkpoint!r} was trained on this project's features; its layers are embedded by the model "
            "that its study registered: give model=... instead"
        )
    network, said = read.model, read.arguments
    loader = loader or str(said.get("data", "custom"))
    target = target or str(said.get("target", ""))
    if not target:
        raise StudyError(
            "the checkpoint's arguments name no target, the column that the published loader puts last: give target=..."
        )
    features = features or str(said.get("features", FEATURE_MODES[0]))
    table = named_table(data)
    frame, rows = table.frame.dropna(how="all").reset_index(drop=True), table.names
    columns = input_columns(frame, features=features, target=target, loader=loader, source=data)
    require_inputs(columns, network.config.enc_in, source=data)
    values = column_values(frame, columns, rows=rows)
    dates, _ = row_dates(frame, rows=rows)
    ahead = network.config.pred_len if network.config.forecasts else 0
    parts = loader_parts(len(frame), seq_len=network.config.seq_len, ahead=ahead, loader=loader, source=data)
    if scaler == SCALERS[0]:
        fitted, scaled_by = Scaler.fit(values, np.arange(parts.train_rows)), f"{parts.in_words} of {data}"
    else:
        fitted = read_scaler(scaler, columns)
        doubt = doubt_of(fitted, values, columns)
        scaled_by = scaler + (f"; {doubt}" if doubt else "")
    marks = time_marks(dates, freq=network.config.freq, embed=network.config.embed)
    train = Windows(fitted.transform(values), marks, parts.ends["train"], network.config.seq_len)
    step = max(1, len(train) // _PERIOD_WINDOWS)
    few = train.select(np.arange(0, len(train), step))
    freeze_frequencies(network, lambda: few.batches(_BATCH))
    leak = leak_of(frame, columns, values)
    interval = _interval(dates)
    return Extractor(
        network,
        layer,
        pooling,
        scaler=fitted,
        features=columns,
        seq_len=network.config.seq_len,
        freq=network.config.freq,
        interval_seconds=interval.total_seconds(),
        inputs="columns",
        by_rows=grid == "rows",
        provenance={
            "checkpoint": checkpoint,
            "checkpoint_digest": weights_digest(network),
            "scaled_by": scaled_by,
            **({LEAK: leak} if leak else {}),
        },
    )


def register_layer(extractor: Extractor, name: str, *, data: str) -> str:
    """Register a layer that a person has chosen; returns its address by version.

    No score speaks for it, so it takes no champion's place.
    """
    check_model_name(name)
    with mlflow.start_run(run_name=f"register {extractor.layer}") as run:
        # Logging the model opens the run again.
        run_id = run.info.run_id
    notes = extractor.provenance
    version = register(
        extractor,
        model_name=name,
        run_id=run_id,
        tags={
            "study": BY_HAND,
            "candidate": f"{extractor.layer} {extractor.pooling}",
            "checkpoint_digest": notes["checkpoint_digest"],
            "data": data,
            "data_digest": file_digest(data),
            "layer": extractor.layer,
            "pooling": extractor.pooling,
            "dim": extractor.dim,
            "label": "none",
            "metric": f"{BY_HAND}: {extractor.layer} {extractor.pooling}",
            **({LEAK: notes[LEAK]} if LEAK in notes else {}),
        },
        params={"layer": extractor.layer, "pooling": extractor.pooling, "dim": extractor.dim},
        description=_description(extractor, data, name),
        say=print,
        ask=lambda request: request(),
    )
    return f"models:/{name}/{version.version}"


def _description(extractor: Extractor, data: str, name: str) -> str:
    leak = extractor.provenance.get(LEAK)
    warning = f"**{leak}.**\n\n" if leak else ""
    return (
        f"{warning}Layer `{extractor.layer}`, {extractor.pooling} pooling, {extractor.dim} numbers a window, chosen by "
        f"hand: no study has compared it with other layers or with baselines.\n\nInput: a table with the columns date, "
        f"{', '.join(extractor.features)}, as `{data}`; scaled by {extractor.provenance['scaled_by']}.\n\n"
        f'```python\nimport mlflow, pandas\nembedder = mlflow.pyfunc.load_model("models:/{name}@champion")\n'
        'embeddings = embedder.predict(pandas.read_csv("table.csv"))\n```\n'
    )


def _interval(dates: pd.DatetimeIndex) -> pd.Timedelta:
    """The commonest step from one row to the next."""
    steps = np.diff(dates.as_unit("ns").asi8)
    values, counts = np.unique(steps[steps > 0], return_counts=True)
    if not len(values):
        raise StudyError("the rows have one date; windows need rows that follow each other")
    return pd.Timedelta(int(values[np.argmax(counts)]), unit="ns")
