"""A published checkpoint.pth: its tensors, and the arguments that some runs keep beside them."""

from __future__ import annotations

import pickle
import re
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import CheckpointError

_PREFIXES = ("module.", "_orig_mod.", "model.")


def read_pth(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The state dict of a file that `torch.save` wrote, without the prefixes of wrapping modules, and the arguments of
    a Namespace (or a dictionary with `seq_len` in it) beside it, empty where there is none.

    Nothing of the file is run: beyond tensors and plain containers only an argparse.Namespace, which is a dictionary,
    is read. Raises CheckpointError, one line, for anything else.
    """
    try:
        with torch.serialization.safe_globals([Namespace]):
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(f"{path}: {_what_else(path, error)}") from error
    arguments: dict[str, Any] = {}
    while isinstance(loaded, Mapping) and not _is_state(loaded):
        for value in loaded.values():
            values = vars(value) if isinstance(value, Namespace) else value
            if isinstance(values, dict) and "seq_len" in values:
                arguments = values
        inner = [value for value in loaded.values() if isinstance(value, Mapping) and _has_tensors(value)]
        if len(inner) != 1:
            break
        loaded = inner[0]
    if not isinstance(loaded, Mapping) or not loaded:
        raise CheckpointError(f"{path}: holds a {type(loaded).__name__}, not a state dict of named tensors")
    for name, value in loaded.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(f"{path}: {name!r} is a {type(value).__name__}, not a tensor")
    state = dict(loaded)
    while shared := [p for p in _PREFIXES if all(name.startswith(p) for name in state)]:
        state = {name.removeprefix(shared[0]): tensor for name, tensor in state.items()}
    return state, arguments


def _is_state(values: Mapping[Any, Any]) -> bool:
    return bool(values) and all(isinstance(value, Tensor) for value in values.values())


def _has_tensors(values: Mapping[Any, Any]) -> bool:
    """Whether a state dict lies in these values, at any depth of mappings."""
    return any(
        isinstance(value, Tensor) or (isinstance(value, Mapping) and _has_tensors(value))
        for value in values.values()
    )


def _what_else(path: Path, error: Exception) -> str:
    """Why torch refused, without its advice, over several lines, on how to load unsafely."""
    try:
        classes = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:
        classes = []
    classes = sorted(set(classes) - {"argparse.Namespace"})
    if classes:
        return (
            f"holds more than tensors ({', '.join(classes[:3])}), which would run code when it is read; where you "
            "trust it, load it yourself and save its tensors alone: torch.save(model.state_dict(), 'checkpoint.pth')"
        )
    if isinstance(error, pickle.UnpicklingError):
        asked = re.search(r"GLOBAL ([\w.]{1,80})", str(error))
        what = (
            f"{asked[1]}, which would be run" if asked else "it is damaged, or no file that torch.save wrote"
        )
        return f"holds something else than tensors ({what}); nothing in it was run"
    return f"is damaged or no checkpoint ({type(error).__name__})"
