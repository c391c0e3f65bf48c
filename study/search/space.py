"""The search space of TimesNet variants, read from YAML."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import optuna

from study.display import near_misses
from study.errors import StudyError
from study.trials import FORECAST, TASKS, Variant
from timesnet.plain_yaml import read_plain_yaml

DEFAULT_SPACE = Path(__file__).parent / "spaces" / "default.yaml"

_TYPES: dict[str, type] = {field.name: field.type for field in fields(Variant)}  # type: ignore[misc]


@dataclass(frozen=True)
class Space:
    """A fixed value, a list of choices or a `{low, high, log, step}` range for each field of `Variant`."""

    entries: Mapping[str, Any]

    def sample(self, trial: optuna.trial.BaseTrial) -> Variant:
        """Draw a variant with the trial's `suggest_*` methods."""
        return Variant(**{key: _suggest(trial, key, entry) for key, entry in self.entries.items()})


def read_space(path: str | Path | None = None, *, horizon: int, seq_len: int) -> Space:
    """Read and check a search space.

    Raises StudyError that names the file and the offending key: a missing or unknown key, a value of the wrong
    type or out of range, an unknown task, a `pred_len` beyond the label's horizon (the purge between the splits
    covers no more), forecasting where that is 0 (nothing after a window is known), a `top_k` beyond the window's
    number of frequencies.
    """
    given = bool(path)
    path = Path(path) if path else DEFAULT_SPACE
    try:
        entries = read_plain_yaml(path)
    except FileNotFoundError:
        raise StudyError(f"space={str(path)!r}: no such file; copy {DEFAULT_SPACE} and edit it") from None
    except OSError as error:
        raise StudyError(f"space={str(path)!r} can't be read: {error}") from None
    except ValueError as error:
        raise StudyError(f"space={str(path)!r} is not YAML that can be read: {error}") from None
    if not isinstance(entries, dict):
        raise StudyError(f"space={str(path)!r} must hold keys and values; copy {DEFAULT_SPACE} and edit it")
    for key in entries:
        if key not in _TYPES:
            raise StudyError(f"{path}: unknown key {key!r}: {near_misses(str(key), _TYPES)}")
    for key in _TYPES:
        if key not in entries:
            raise StudyError(f"{path}: key {key!r} is missing; give a value, a list of choices or a range")
    if not given:  # the default space serves every window length
        entries["top_k"] = [k for k in entries["top_k"] if k <= seq_len // 2]
        if horizon == 0:
            entries["task_name"] = [task for task in entries["task_name"] if task != FORECAST]
    for key, entry in entries.items():
        _check(path, key, entry, horizon=horizon, seq_len=seq_len)
    return Space({key: entries[key] for key in _TYPES})


def _suggest(trial: optuna.trial.BaseTrial, key: str, entry: Any) -> Any:
    kind = _TYPES[key]
    if isinstance(entry, list):
        return trial.suggest_categorical(key, entry)
    if not isinstance(entry, dict):
        return kind(entry)
    if kind is int:
        return trial.suggest_int(
            key, entry["low"], entry["high"], step=entry.get("step", 1), log=entry.get("log", False)
        )
    return trial.suggest_float(
        key, entry["low"], entry["high"], step=entry.get("step"), log=entry.get("log", False)
    )


def _check(path: Path, key: str, entry: Any, *, horizon: int, seq_len: int) -> None:
    kind = _TYPES[key]
    if isinstance(entry, dict):
        if kind not in (int, float):
            raise StudyError(f"{path}: key {key!r} can't be a range; give a list of choices")
        extra = set(entry) - {"low", "high", "log", "step"}
        if extra or not {"low", "high"} <= set(entry):
            raise StudyError(
                f"{path}: key {key!r}: a range has low, high and, if wanted, log or step; got {entry}"
            )
        values = [entry["low"], entry["high"]]
        if not isinstance(entry.get("log", False), bool):
            raise StudyError(f"{path}: key {key!r}: log must be true or false, got {entry['log']!r}")
        if entry.get("log") and "step" in entry:
            raise StudyError(f"{path}: key {key!r}: a range has log or step, not both")
        if "step" in entry:
            _check_value(path, key, entry["step"], kind)
            if not entry["step"] > 0:
                raise StudyError(f"{path}: key {key!r}: step must be positive, got {entry['step']!r}")
    elif isinstance(entry, list):
        if not entry:
            raise StudyError(f"{path}: key {key!r} has no choices")
        values = entry
    else:
        values = [entry]
    for value in values:
        _check_value(path, key, value, kind)
        _check_range(path, key, value, horizon=horizon, seq_len=seq_len)
    if isinstance(entry, dict) and entry["low"] > entry["high"]:
        raise StudyError(f"{path}: key {key!r}: low {entry['low']} is above high {entry['high']}")
    if isinstance(entry, dict) and entry.get("log") and entry["low"] <= 0:
        raise StudyError(f"{path}: key {key!r}: a log range starts above 0, got low {entry['low']}")


def _check_value(path: Path, key: str, value: Any, kind: type) -> None:
    fits = isinstance(value, (int, float)) if kind is float else isinstance(value, kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        hint = (
            " (YAML reads 1e-3 as text: write 1.0e-3 or 0.001)"
            if kind is float and isinstance(value, str)
            else ""
        )
        raise StudyError(f"{path}: key {key!r}: {value!r} is not of type {kind.__name__}{hint}")


def _check_range(path: Path, key: str, value: Any, *, horizon: int, seq_len: int) -> None:
    if key == "task_name":
        if value not in TASKS:
            raise StudyError(f"{path}: key 'task_name': {value!r} is unknown: {near_misses(value, TASKS)}")
        if value == FORECAST and horizon == 0:
            raise StudyError(
                f"{path}: key 'task_name': {value!r} has nothing to forecast, these windows end where they end; "
                f"leave it out"
            )
        return
    # Upper bounds keep one mistyped digit from asking for more memory than any machine has.
    bounds: dict[str, tuple[float, float]] = {
        "d_model": (1, 4096),
        "d_ff": (1, 4096),
        "e_layers": (1, 64),
        "num_kernels": (1, 16),
        "batch_size": (1, 65536),
        "train_epochs": (1, 10000),
        "pred_len": (1, max(1, horizon)),
        "top_k": (1, seq_len // 2),
        "dropout": (0.0, 0.95),
        "weight_decay": (0.0, 10.0),
        "learning_rate": (1e-8, 10.0),
    }
    if key not in bounds:
        return
    low, high = bounds[key]
    if not low <= value <= high:
        why = {"pred_len": f" (the label's horizon is {horizon})", "top_k": f" (seq_len is {seq_len})"}.get(
            key, ""
        )
        raise StudyError(f"{path}: key {key!r}: {value!r} is outside {low:g} to {high:g}{why}")
