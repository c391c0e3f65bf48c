"""A model with its windows, as a notebook that has a checkpoint and its arguments sets it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from ..capture import LayerInfo, layer_in_words, list_layers
from ..errors import ConfigError, DataError
from ..network import (
    TASKS_WITHOUT_MARKS,
    TimesNet,
    TimesNetConfig,
    freeze_frequencies,
    read_arguments,
    read_checkpoint,
)
from ..tables import RowNames
from ..windows import (
    Scaler,
    Windows,
    column_values,
    input_columns,
    leak_of,
    loader_parts,
    require_inputs,
    row_dates,
    time_marks,
)

_OWN_KEYS = ("root_path", "data_path", "features", "target", "data")
_BATCH = 256
# What the Time-Series-Library seeds its runs with.
_SEED = 2021


@dataclass(frozen=True, kw_only=True)
class SeedExperiment:
    """A model with its windows.

    Attributes:
        model: in eval mode, with frozen periods.
        args: the published arguments it was made from.
        columns: input columns in the order of the network's inputs.
        layers: every layer that runs on these windows, in call order.
        dates: (n_rows,) of the file, UTC.
        windows: by split: `train`, `val` and `test` as the published loader cuts them, scaled on its train rows, and
            `all`, every complete window of the file.
        leak: the line that says which inputs know the future; empty where none does.
    """

    model: TimesNet
    args: dict[str, Any]
    columns: tuple[str, ...]
    layers: list[LayerInfo]
    dates: pd.DatetimeIndex
    windows: Mapping[str, Windows]
    leak: str

    @property
    def train(self) -> Windows:
        """Windows over the loader's train part, the first 70 % of the rows of a custom file."""
        return self.windows["train"]

    @property
    def test(self) -> Windows:
        """Windows over the loader's test part, the last 20 % of the rows of a custom file."""
        return self.windows["test"]


def debug_model_structure(checkpoint_path: str | Path, data_config: object) -> SeedExperiment:
    """Loads the model and its data, and prints every layer.

    Args:
        checkpoint_path: a published checkpoint.pth or a directory of ours; "auto" for random weights.
        data_config: the published arguments, as a dictionary or in any other form of `read_arguments`: root_path,
            data_path (a CSV with `date` and number columns), features (`M`, `MS`: all columns; `S`: the target
            alone), target, data (`custom` or an ETT file's loader), seq_len, pred_len, … What they are silent on is
            taken from the checkpoint. Rows are split in order as the published loader does.

    Raises:
        DataError: the file, a column or a value cannot be used, or the rows are too few.
        ConfigError: an argument is missing or wrong, or enc_in is not the number of input columns.
        CheckpointError: the checkpoint does not fit, with the key and both shapes.
    """
    args = read_arguments(data_config)[0]
    path, frame = _read(args)
    source, loader = str(path), str(args.get("data", "custom"))
    columns = input_columns(
        frame, features=args.get("features", "M"), target=str(args["target"]), loader=loader, source=source
    )
    model = _model(checkpoint_path, {key: args[key] for key in args if key not in _OWN_KEYS}, len(columns))
    config = model.config
    require_inputs(columns, config.enc_in, source=source)
    rows = RowNames(source=source, first_line=2)
    dates, repeated = row_dates(frame, rows=rows)
    if repeated:
        print(f"{source}: {repeated:,} rows repeat the date before; kept, as the published loader keeps them")
    values = column_values(frame, columns, rows=rows)
    windows = _windows(values, dates, config, loader=loader, source=source)
    if model.frozen_frequencies is None:
        freeze_frequencies(model, lambda: windows["train"].batches(_BATCH))
    model.period_selection = "frozen"
    leak = leak_of(frame, columns, values)
    exp = SeedExperiment(
        model=model.eval(),
        args=args,
        columns=columns,
        layers=list_layers(model, marks=windows["train"].marks is not None),
        dates=dates.tz_convert("UTC"),
        windows=windows,
        leak=leak,
    )
    if leak:
        print(leak)
    print(_structure(exp))
    return exp


def _read(args: Mapping[str, Any]) -> tuple[Path, pd.DataFrame]:
    """The CSV as the published loader reads it."""
    for key in ("data_path", "target"):
        if key not in args:
            raise ConfigError(f"data_config has no {key!r}")
    path = Path(args.get("root_path", ".")) / args["data_path"]
    if not path.is_file():
        raise DataError(f"{path}: there is no such file")
    try:
        return path, pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: is not readable as CSV ({str(error).splitlines()[0]})") from error


def _model(checkpoint_path: str | Path, args: Mapping[str, Any], inputs: int) -> TimesNet:
    if str(checkpoint_path) != "auto":
        return read_checkpoint(checkpoint_path, args).model
    if "seq_len" not in args:
        raise ConfigError("data_config has no 'seq_len'")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        settings = {"task_name": "long_term_forecast", "enc_in": inputs, **args}
        return TimesNet(TimesNetConfig.from_dict(settings)).eval()


def _windows(
    values: np.ndarray, dates: pd.DatetimeIndex, config: TimesNetConfig, *, loader: str, source: str
) -> dict[str, Windows]:
    """Windows of each split; borders, scaling and counts are those of the published loader."""
    ahead = config.pred_len if config.forecasts else 0
    parts = loader_parts(len(values), seq_len=config.seq_len, ahead=ahead, loader=loader, source=source)
    scaled = Scaler.fit(values, np.arange(parts.train_rows)).transform(values)
    marks = None
    if config.task_name not in TASKS_WITHOUT_MARKS:
        marks = time_marks(dates, freq=config.freq, embed=config.embed)
    ends = {**parts.ends, "all": np.arange(config.seq_len - 1, len(values))}
    return {split: Windows(scaled, marks, rows, config.seq_len) for split, rows in ends.items()}


def _structure(exp: SeedExperiment) -> str:
    """The printed table: name, output shape of one window, length of its vector, parameters, what it is in words."""
    width = max(len(info.name) for info in exp.layers)
    lines = [f"{'layer':{width}}  {'output':>10} {'length':>7} {'parameters':>12}  in words"]
    for info in exp.layers:
        shape = "x".join(map(str, info.output_shape))
        same = f" (= {info.same_as})" if info.same_as else ""
        lines.append(
            f"{info.name:{width}}  {shape:>10} {info.output_shape[1]:>7} {info.parameters:>12,}  "
            f"{layer_in_words(info.name)}{same}"
        )
    lines.append(
        f"{len(exp.layers)} layers, {len(exp.test):,} test windows of {exp.test.seq_len} x {len(exp.columns)}; "
        f"periods frozen on {len(exp.train):,} train windows: {exp.model.frozen_frequencies}"
    )
    return "\n".join(lines)
