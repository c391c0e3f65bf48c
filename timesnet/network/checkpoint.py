"""Weights on disk: the published checkpoint.pth, read; our own directory, written as well as read.

Our directory holds `model.safetensors` and `config.json`, which carries the hyper-parameters, the period
selection and the frozen frequencies. Nothing is ever unpickled beyond plain tensors.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..errors import CheckpointError, ConfigError
from ..whole_files import write_whole
from .config import TimesNetConfig
from .model import TimesNet

WEIGHTS, CONFIG, PUBLISHED = "model.safetensors", "config.json", "checkpoint.pth"
_WRAPPERS = ("state_dict", "model_state_dict", "model")
_PREFIXES = ("module.", "_orig_mod.", "model.")


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


def load_checkpoint(
    path: str | os.PathLike[str], config: TimesNetConfig | Mapping[str, Any] | None = None
) -> TimesNet:
    """A TimesNet in eval mode with the weights of a checkpoint, on the CPU.

    Args:
        path: our directory, a published `checkpoint.pth` (a state dict, bare or under "state_dict", with or
            without "module." before its keys), or a directory that holds one.
        config: hyper-parameters or the published argument dictionary. For our directory None takes those it
            holds; for a published checkpoint None looks for `config.json` beside it.

    Raises:
        CheckpointError: the file is missing, damaged, holds more than tensors, or doesn't fit: the message
            names the key with the shape that it has and the shape that the configuration needs.
        ConfigError: the given configuration is wrong by itself.
    """
    source = Path(path)
    if not source.exists():
        raise CheckpointError(f"{source}: there is no such file or directory")
    given = TimesNetConfig.from_dict(config) if isinstance(config, Mapping) else config
    described: dict[str, Any] = {}
    if source.is_dir() and (source / WEIGHTS).exists():
        described = _read_description(source / CONFIG)
        source = source / WEIGHTS
        state = _read_safetensors(source)
    else:
        if source.is_dir():
            source = source / PUBLISHED
            if not source.exists():
                raise CheckpointError(f"{source.parent}: holds neither {WEIGHTS} nor {PUBLISHED}")
        state = _read_safetensors(source) if source.suffix == ".safetensors" else _read_published(source)
        if given is None:
            described = _read_description(source.with_name(CONFIG))
    model = _build(source, state, given or described["config"])
    frozen = described.get("frozen_frequencies")
    try:
        model.set_frozen_frequencies(frozen)
    except (ConfigError, TypeError, ValueError) as error:
        raise CheckpointError(f"{source.with_name(CONFIG)}: frozen_frequencies: {error}") from error
    return model.eval()


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


def _read_published(path: Path) -> dict[str, Tensor]:
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # torch raises many kinds here, with advice over several lines on how to load unsafely.
        reason = str(error).strip().split("\n")[0][:200]
        raise CheckpointError(
            f"{path}: is damaged or holds more than plain tensors ({type(error).__name__}: {reason})"
        ) from error
    for wrapper in _WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
    if not isinstance(loaded, Mapping) or not loaded:
        raise CheckpointError(f"{path}: holds a {type(loaded).__name__}, not a state dict of named tensors")
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(f"{path}: {name!r} is a {type(value).__name__}, not a tensor")
    state = dict(loaded)
    while shared := [p for p in _PREFIXES if all(name.startswith(p) for name in state)]:
        state = {name.removeprefix(shared[0]): tensor for name, tensor in state.items()}
    return state


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise CheckpointError(f"{path}: is damaged ({reason})") from error


def _read_description(path: Path) -> dict[str, Any]:
    """`config.json`, ours or a bare argument dictionary: {"config": TimesNetConfig, ...}."""
    if not path.exists():
        raise CheckpointError(f"{path}: there is no such file; pass the configuration of the checkpoint")
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: is not readable as JSON ({error})") from error
    if not isinstance(described, dict):
        raise CheckpointError(f"{path}: holds a {type(described).__name__}, not a dictionary")
    if not isinstance(described.get("config"), dict):
        described = {"config": described}
    try:
        described["config"] = TimesNetConfig.from_dict(described["config"])
    except ConfigError as error:
        raise CheckpointError(f"{path}: {error}") from error
    return described
