"""Weights on disk: the published checkpoint.pth, read; our own directory, written as well as read.

Our directory holds `model.safetensors` and `config.json`, which carries the hyper-parameters, the period
selection and the frozen frequencies. Nothing is ever unpickled beyond tensors and the argparse.Namespace
that may lie beside them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..errors import CheckpointError, ConfigError
from ..whole_files import write_whole
from .argument_forms import FORMS, Arguments, arguments_of_folder, read_arguments
from .config import TimesNetConfig, in_published_words
from .model import TimesNet
from .pth_file import read_pth
from .shapes import completed

WEIGHTS, CONFIG, PUBLISHED = "model.safetensors", "config.json", "checkpoint.pth"
_BESIDE = ("args.json", "config.yaml", "args.yaml")


def save_checkpoint(model: TimesNet, directory: str | os.PathLike[str]) -> Path:
    """Write weights, hyper-parameters, period selection and frozen frequencies; returns the directory.

    Each file is written under another name first, so a reader never meets half a file.
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    described = {
        "config": {**model.config.to_dict(), "period_selection": model.period_selection},
        "frozen_frequencies": model.frozen_frequencies,
    }
    text = json.dumps(described, indent=2) + "\n"
    write_whole(folder / WEIGHTS, lambda path: save_file(weights, path))
    write_whole(folder / CONFIG, lambda path: path.write_text(text, encoding="utf-8"))
    return folder


@dataclass(frozen=True, eq=False)
class ReadCheckpoint:
    """What a checkpoint holds.

    Attributes:
        model: in eval mode, on the CPU.
        published: whether it is in the published form (a .pth, or arguments in the published words), so that the
            published loader made its inputs.
        arguments: its published arguments, those of the data among them; empty where there are none.
    """

    model: TimesNet
    published: bool
    arguments: Mapping[str, Any]


def load_checkpoint(path: str | os.PathLike[str], config: object = None) -> TimesNet:
    """A TimesNet in eval mode with the weights of a checkpoint, on the CPU; see `read_checkpoint`."""
    return read_checkpoint(path, config).model


def read_checkpoint(path: str | os.PathLike[str], config: object = None) -> ReadCheckpoint:
    """Read weights and hyper-parameters. What neither the configuration nor the folder's name says is taken from the
    shapes of the tensors, and logged.

    Args:
        path: our directory, a published `checkpoint.pth` (a state dict, bare or under "state_dict", with or
            without "module." before its keys, alone or beside an argparse.Namespace), or a directory that holds one.
        config: a TimesNetConfig, or the published arguments in any of the forms of `read_arguments`. For our directory
            None takes those it holds; for a published checkpoint None takes the file beside it (`config.json`,
            `args.json`, `args.yaml`), the Namespace inside it, or the name of its folder.

    Raises:
        CheckpointError: the file is missing, damaged, holds more than tensors, or doesn't fit: the message
            names the key with the shape that it has and the shape that the configuration needs.
        ConfigError: the given configuration is wrong by itself, or describes several runs that all fit.
    """
    source = Path(path)
    if not source.exists():
        raise CheckpointError(f"{source}: there is no such file or directory")
    inside: Arguments = {}
    if source.is_dir() and (source / WEIGHTS).exists():
        source = source / WEIGHTS
        state = _read_safetensors(source)
    else:
        if source.is_dir():
            source = source / PUBLISHED
            if not source.exists():
                raise CheckpointError(f"{source.parent}: holds neither {WEIGHTS} nor {PUBLISHED}")
        if source.suffix == ".safetensors":
            state = _read_safetensors(source)
        else:
            state, inside = read_pth(source)
    if isinstance(config, TimesNetConfig):
        return ReadCheckpoint(_build(source, state, config).eval(), source.suffix != ".safetensors", {})
    described: Arguments = {}
    if config is not None:
        runs = read_arguments(config)
        if isinstance(runs[0].get("config"), dict):
            described = runs[0]
    else:
        beside = [source.with_name(name) for name in (CONFIG, *_BESIDE) if source.with_name(name).exists()]
        named = arguments_of_folder(source)
        if beside and beside[0].name == CONFIG:
            described = _read_description(beside[0])
        elif beside:
            runs = read_arguments(beside[0])
        elif inside or named or source.suffix == ".safetensors":
            runs = [{}]
        if not (beside or inside or named):
            raise CheckpointError(
                f"{source.with_name(CONFIG)}: there is no such file; pass the configuration of the checkpoint: {FORMS}"
            )
    if described:
        runs = [described["config"]]
    published = source.suffix != ".safetensors" or any(in_published_words(run) for run in runs)
    arguments = dict(runs[0])
    if published:
        known = {**(arguments_of_folder(source) or {}), **inside}
        arguments = completed(source, state, [{**known, **run} for run in runs])
    try:
        network = TimesNetConfig.from_dict(arguments)
    except ConfigError as error:
        if config is None:
            raise CheckpointError(f"{source.with_name(CONFIG)}: {error}") from error
        raise
    model = _build(source, state, network)
    try:
        model.set_frozen_frequencies(described.get("frozen_frequencies"))
    except (ConfigError, TypeError, ValueError) as error:
        raise CheckpointError(f"{source.with_name(CONFIG)}: frozen_frequencies: {error}") from error
    return ReadCheckpoint(model.eval(), published, arguments if published else {})


def _build(source: Path, state: dict[str, Tensor], config: TimesNetConfig) -> TimesNet:
    # On the meta device nothing is initialised only to be overwritten, and no random number is drawn.
    with torch.device("meta"):
        model = TimesNet(config)
    needed = model.state_dict()
    missing = [name for name in needed if name not in state]
    unexpected = [name for name in state if name not in needed]
    misfits = [name for name in needed if name in state and state[name].shape != needed[name].shape]
    if misfits:
        name = misfits[0]
        raise CheckpointError(
            f"{source}: {name} has shape {tuple(state[name].shape)}, the configuration needs "
            f"{tuple(needed[name].shape)}{_others(misfits)}"
        )
    if missing:
        name = missing[0]
        raise CheckpointError(
            f"{source}: {name} is missing, the configuration needs it with shape "
            f"{tuple(needed[name].shape)}{_others(missing)}"
        )
    if unexpected:
        name = unexpected[0]
        raise CheckpointError(
            f"{source}: {name} with shape {tuple(state[name].shape)} has no place in the configuration's "
            f"{config.task_name} model{_others(unexpected)}"
        )
    model.load_state_dict({name: _full_precision(tensor) for name, tensor in state.items()}, assign=True)
    # Assigned tensors come in the file's order of elements; the network's own is faster.
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _others(names: list[str]) -> str:
    return f" (and {len(names) - 1} more keys like it)" if len(names) > 1 else ""


def _full_precision(tensor: Tensor) -> Tensor:
    return tensor if tensor.dtype == torch.float64 else tensor.float()


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise CheckpointError(f"{path}: is damaged ({reason})") from error


def _read_description(path: Path) -> Arguments:
    """`config.json`, ours or a bare argument dictionary: {"config": arguments, ...}."""
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: is not readable as JSON ({error})") from error
    if not isinstance(described, dict):
        raise CheckpointError(f"{path}: holds a {type(described).__name__}, not a dictionary")
    return described if isinstance(described.get("config"), dict) else {"config": described}
