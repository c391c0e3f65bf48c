"""The notebook workflow: a checkpoint and a data dictionary in, embeddings of every layer out.

For those who have a checkpoint of the Time-Series-Library and its argument dictionary, under the names that
such notebooks use. Each function is a few lines over the real interface:

| notebook | here |
| --- | --- |
| `exp = debug_model_structure(checkpoint, data_config)` | `load_checkpoint`, `freeze_frequencies`, `list_layers` |
| `extract_embeddings_with_multiple_hooks(exp, layers)` | `capture_layers(model, batches, n, layers=layers)` |
| `extract_final_embeddings(exp, layer)` | the same with one layer, where the forward pass stops |

What differs from hooking the published model: a layer that runs once per period gives one vector, added up
over the periods, instead of the last call's; periods are frozen on the train windows, so that a window's vector
does not change with its batch; the target column is no input unless the checkpoint was trained with it.
"""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from .capture import LayerInfo, capture_layers, check_layer, list_layers
from .errors import ConfigError, DataError
from .network import TASKS_WITHOUT_MARKS, TimesNet, TimesNetConfig, freeze_frequencies, load_checkpoint
from .windows import Scaler, Windows, time_marks

logger = logging.getLogger(__name__)

TRAIN_SHARE, TEST_SHARE = 0.7, 0.2
FEATURE_MODES = ("M", "MS", "S")
_OWN_KEYS = ("root_path", "data_path", "features", "target")
_BATCH = 256
# What the Time-Series-Library seeds its runs with.
_SEED = 2021


@dataclass(frozen=True, kw_only=True)
class SeedExperiment:
    """A model with its windows.

    Attributes:
        model: in eval mode, with frozen periods.
        args: the data dictionary it was made from.
        columns: input columns in the order of the network's inputs.
        layers: every layer that runs on these windows, in call order.
        train, test: windows over the first 70 % and the last 20 % of the rows, scaled on the first 70 %.
    """

    model: TimesNet
    args: dict[str, Any]
    columns: tuple[str, ...]
    layers: list[LayerInfo]
    train: Windows
    test: Windows


def debug_model_structure(checkpoint_path: str, data_config: Mapping[str, Any]) -> SeedExperiment:
    """Loads the model and its data, and prints every layer.

    Args:
        checkpoint_path: a published checkpoint.pth or a directory of ours; "auto" for random weights.
        data_config: the published arguments: root_path, data_path (a CSV with `date` and number columns),
            features (`M`, `MS`: all columns; `S`: the target alone), target, seq_len, label_len, pred_len,
            d_model, enc_in, … The target is an input of `M` and `MS` only where enc_in counts it. Rows are
            split in order, 70 % train, 10 % validation, 20 % test, as the published loader does.

    Raises:
        DataError: the file, a column or a value cannot be used, or the rows are too few.
        ConfigError: an argument is missing or wrong.
        CheckpointError: the checkpoint does not fit, with the key and both shapes.
    """
    args = dict(data_config)
    table = _read(args)
    columns = _input_columns(table, args)
    settings = {key: value for key, value in args.items() if key not in _OWN_KEYS}
    settings = {"task_name": "long_term_forecast", "enc_in": len(columns), **settings}
    config = TimesNetConfig.from_dict(settings)
    train, test = _windows(table, columns, config)
    model = _model(checkpoint_path, config)
    if model.frozen_frequencies is None:
        freeze_frequencies(model, lambda: train.batches(_BATCH))
    model.period_selection = "frozen"
    layers = list_layers(model, marks=test.marks is not None)
    exp = SeedExperiment(
        model=model.eval(), args=args, columns=columns, layers=layers, train=train, test=test
    )
    print(_structure(exp))
    return exp


def extract_embeddings_with_multiple_hooks(
    exp: SeedExperiment,
    target_layers: Iterable[str] | None = None,
    *,
    pooling: str = "mean",
    batch_size: int = _BATCH,
) -> dict[str, np.ndarray]:
    """Embeddings of all test windows, {layer: float32 (n, dim)}, all layers by default.

    Raises LayerError, with the near misses, for an unknown layer.
    """
    captured = capture_layers(
        exp.model, exp.test.batches(batch_size), len(exp.test), poolings=(pooling,), layers=target_layers
    )
    return {layer: vectors for (layer, _), vectors in captured.items()}


def extract_final_embeddings(
    exp: SeedExperiment, layer_name: str, *, pooling: str = "mean", batch_size: int = _BATCH
) -> np.ndarray:
    """Embeddings of all test windows at one layer, float32 (num_samples, embedding_dim).

    The forward pass stops after the layer. Raises LayerError, with the near misses, for an unknown layer.
    """
    check_layer(layer_name, [info.name for info in exp.layers])
    return extract_embeddings_with_multiple_hooks(exp, [layer_name], pooling=pooling, batch_size=batch_size)[
        layer_name
    ]


def _read(args: Mapping[str, Any]) -> pd.DataFrame:
    """The CSV with its dates parsed; every mistake is named."""
    for key in ("data_path", "target", "seq_len"):
        if key not in args:
            raise ConfigError(f"data_config has no {key!r}")
    path = Path(args.get("root_path", ".")) / args["data_path"]
    if not path.is_file():
        raise DataError(f"{path}: there is no such file")
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: is not readable as CSV ({str(error).splitlines()[0]})") from error
    for column in ("date", args["target"]):
        if column not in table:
            near = difflib.get_close_matches(column, [str(name) for name in table.columns], n=1)
            hint = f", near it {near[0]!r}" if near else ""
            raise DataError(f"{path}: no column {column!r} among {', '.join(map(str, table.columns))}{hint}")
    try:
        table["date"] = pd.to_datetime(table["date"], utc=True)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(f"{path}: column 'date': {str(error).splitlines()[0]}") from error
    steps = table["date"].diff().iloc[1:]
    if table["date"].isna().any() or not (steps > pd.Timedelta(0)).all():
        row = int(np.flatnonzero(table["date"].isna() | (table["date"].diff() <= pd.Timedelta(0)))[0])
        raise DataError(f"{path}: dates must rise from row to row, row {row} holds {table['date'].iloc[row]}")
    return table


def _input_columns(table: pd.DataFrame, args: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that the published loader gives to the network, the target only where enc_in counts it."""
    mode, target = args.get("features", "M"), args["target"]
    if mode not in FEATURE_MODES:
        raise ConfigError(f"features is {mode!r}; it must be one of {', '.join(FEATURE_MODES)}")
    others = tuple(str(name) for name in table.columns if name not in ("date", target))
    if mode == "S":
        columns: tuple[str, ...] = (target,)
    elif args.get("enc_in", len(others)) == len(others) + 1:
        columns = (*others, target)
        logger.warning("enc_in counts the target %r, so the network sees it among its inputs", target)
    else:
        columns = others
    if args.get("enc_in", len(columns)) != len(columns):
        raise ConfigError(
            f"enc_in is {args['enc_in']}, but with features {mode!r} there are {len(columns)} inputs "
            f"({', '.join(columns)})"
        )
    return columns


def _windows(
    table: pd.DataFrame, columns: tuple[str, ...], config: TimesNetConfig
) -> tuple[Windows, Windows]:
    """Train and test windows; borders, scaling and counts are those of the published loader."""
    rows, ahead = len(table), config.pred_len if config.forecasts else 0
    n_train, n_test = int(rows * TRAIN_SHARE), int(rows * TEST_SHARE)
    values = np.stack([_numbers(table, name) for name in columns], axis=1)
    train_ends = np.arange(config.seq_len - 1, n_train - ahead)
    test_ends = np.arange(rows - n_test - 1, rows - ahead)
    if not len(train_ends) or not len(test_ends) or rows - n_test < config.seq_len:
        raise DataError(
            f"{rows} rows are too few for windows of {config.seq_len} with {ahead} steps ahead in the first "
            f"70 % ({n_train} rows) and the last 20 % ({n_test})"
        )
    scaled = Scaler.fit(values, np.arange(n_train)).transform(values)
    marks = None
    if config.task_name not in TASKS_WITHOUT_MARKS:
        marks = time_marks(table["date"], freq=config.freq, embed=config.embed)
    return (
        Windows(scaled, marks, train_ends, config.seq_len),
        Windows(scaled, marks, test_ends, config.seq_len),
    )


def _numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            f"column {column!r}, row {row}: {table[column].iloc[row]!r} is no finite number "
            f"({len(wrong)} such rows)"
        )
    return numbers


def _model(checkpoint_path: str, config: TimesNetConfig) -> TimesNet:
    if str(checkpoint_path) != "auto":
        return load_checkpoint(checkpoint_path, config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(_SEED)
        return TimesNet(config).eval()


def _structure(exp: SeedExperiment) -> str:
    """The printed table: name, module type, output shape of one window, parameters."""
    width = max(len(info.name) for info in exp.layers)
    lines = [f"{'layer':{width}}  {'module':22} {'output':>12} {'parameters':>12}"]
    for info in exp.layers:
        shape = "x".join(map(str, info.output_shape))
        lines.append(f"{info.name:{width}}  {info.module_type:22} {shape:>12} {info.parameters:>12,}")
    lines.append(
        f"{len(exp.layers)} layers, {len(exp.test):,} test windows of {exp.test.seq_len} x {len(exp.columns)}; "
        f"periods frozen on {len(exp.train):,} train windows: {exp.model.frozen_frequencies}"
    )
    return "\n".join(lines)
