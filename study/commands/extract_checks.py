"""What `extract` refuses before it reads anything."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from study.configuration import GRIDS, SCALERS, is_file_of_a_scaler, is_labelled
from study.display import suggestion
from study.errors import StudyError
from timesnet.errors import DataError
from timesnet.tables import check_zone

VECTORS = ("columns", "list")
DEFAULT_FILE = "embeddings.parquet"


def check_numbers(*, stride: int, batch_size: int, vector: str, timezone: str) -> None:
    """Raises StudyError for a parameter that is wrong by itself."""
    if stride < 1 or batch_size < 1:
        raise StudyError(f"stride={stride}, batch_size={batch_size}: give 1 or more")
    if vector not in VECTORS:
        raise StudyError(f"vector={vector!r} is unknown: {suggestion(vector, VECTORS)}")
    try:
        check_zone(timezone)
    except DataError as error:
        raise StudyError(str(error)) from None


def check_together(
    *,
    data: str,
    model: str,
    align: str,
    beside: str,
    max_age: str,
    labels: bool,
    projector: bool,
    ray: str,
    by_file: bool,
) -> None:
    """Raises StudyError for parameters that don't go with each other, or with what `data` is."""
    if is_labelled(data):
        raise StudyError(
            f"data={data!r}: extract embeds candles; give ready-made windows to the model itself, as an array: "
            f"mlflow.pyfunc.load_model({model!r}).predict(windows)"
        )
    if max_age and not align:
        raise StudyError(f"max_age={max_age!r} is for align: give align=TABLE")
    if labels and align:
        raise StudyError("labels=yes is of windows, a row each; leave align out")
    if beside and align:
        raise StudyError(
            "beside gives a row a window, align a row of its table: two files; leave one of them out"
        )
    if by_file and align:
        raise StudyError("align joins one file of embeddings: give data=FILE, or output=NAME.parquet")
    if by_file and beside:
        raise StudyError("beside goes with one file of embeddings: give data=FILE, or output=NAME.parquet")
    if projector and (align or by_file):
        raise StudyError(
            "projector=yes shows the windows of one file: leave align out, give output=NAME.parquet"
        )
    if ray and not by_file:
        raise StudyError(f"ray={ray!r} embeds a folder of files into another: give data=FOLDER output=FOLDER")


def output_file(output: str) -> Path:
    """Where to write; raises StudyError where no Parquet file can stand."""
    path = Path(output or DEFAULT_FILE)
    if path.suffix != ".parquet":
        raise StudyError(f"output={output!r} must end in .parquet")
    if not path.parent.is_dir():
        raise StudyError(f"output={output!r}: folder {str(path.parent)!r} does not exist")
    return path


def given_layer(parameters: Mapping[str, Any]) -> dict[str, str]:
    """What names the layer of a checkpoint; empty where a registered model is asked for."""
    names = ("checkpoint", "config", "layer", "pooling", "features", "target", "loader", "scaler", "grid")
    given = {name: parameters[name] for name in names}
    if not given["checkpoint"]:
        for name in ("config", "layer", "features", "target", "loader", "register"):
            if parameters[name]:
                raise StudyError(
                    f"{name}={parameters[name]!r} is for a layer of a checkpoint: give checkpoint=... too"
                )
        if given["scaler"] != SCALERS[0]:
            raise StudyError(
                f"scaler={given['scaler']!r} is of a checkpoint: give checkpoint=... and layer=..."
            )
        return {}
    if not given["layer"]:
        raise StudyError("give layer=...; `layers` prints those of a checkpoint")
    if parameters["labels"] == "yes":
        raise StudyError("labels=yes is for the model of a study, which knows a label; leave it out")
    if given["scaler"] != SCALERS[0] and not is_file_of_a_scaler(given["scaler"]):
        raise StudyError(
            f"scaler={given['scaler']!r}: a layer without a study is scaled as {SCALERS[0]}, or by the file that was "
            "saved with its checkpoint"
        )
    if given["grid"] not in GRIDS:
        raise StudyError(f"grid={given['grid']!r} is unknown: {suggestion(given['grid'], GRIDS)}")
    return given


def oldest_age(text: str) -> pd.Timedelta | None:
    """How old an embedding may be at most, None where nothing is said."""
    if not text:
        return None
    try:
        age = pd.Timedelta(text)
    except ValueError:
        age = pd.Timedelta(0)
    if not age > pd.Timedelta(0) or text.strip().isdecimal():
        raise StudyError(f"max_age={text!r} is no length of time; give one as 2h, 30min or 1d")
    return age
