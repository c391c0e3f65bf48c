"""The search space of TimesNet variants, read from YAML."""

import math
from collections.abc import Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import optuna

from study.data import CALENDAR, CANDLE, INPUTS
from study.display import suggestion
from study.errors import StudyError
from study.trials import (
    ALL_OUTCOMES,
    FORECAST,
    OUTCOMES,
    PRETRAINED,
    RANDOM,
    TASKS,
    TRANSFER,
    Variant,
)
from timesnet.plain_yaml import read_plain_yaml

DEFAULT_SPACE = Path(__file__).parent / "spaces" / "default.yaml"

# What has served well wherever it was tried (docs/log.md), and the same for few candles, from pretrained weights where
# there are any: the first two trials, as far as the space has them. Then the sampler takes over.
KNOWN_GOOD: Mapping[str, Any] = {
    "task_name": OUTCOMES,
    "inputs": CALENDAR,
    "outcomes": ALL_OUTCOMES,
    "d_model": 32,
    "d_ff": 32,
    "e_layers": 2,
    "top_k": 2,
    "num_kernels": 3,
    "dropout": 0.1,
    "use_norm": False,
    "learning_rate": 0.002,
    "weight_decay": 0.01,
    "batch_size": 64,
}
FOR_FEW_CANDLES: Mapping[str, Any] = {
    **KNOWN_GOOD,
    "d_model": 16,
    "d_ff": 16,
    "e_layers": 1,
    "dropout": 0.3,
    "weight_decay": 0.1,
}
# Weights learnt elsewhere are mended with small steps: three months of candles spoil them with large ones.
FROM_PRETRAINED: Mapping[str, Any] = {**KNOWN_GOOD, "start": PRETRAINED, "learning_rate": 0.0003}

_TYPES: dict[str, type] = {one.name: one.type for one in fields(Variant)}  # type: ignore[misc]
_DEFAULTS = {one.name: one.default for one in fields(Variant) if one.default is not MISSING}


@dataclass(frozen=True)
class Space:
    """A fixed value, a list of choices or a `{low, high, log, step}` range for each field of `Variant`.

    Attributes:
        entries: by field.
        pretrained: the fields that a variant takes from the weights that it starts from.
    """

    entries: Mapping[str, Any]
    pretrained: Mapping[str, Any] = field(default_factory=dict)

    def sample(self, trial: optuna.trial.BaseTrial) -> Variant:
        """Draw a variant with the trial's `suggest_*` methods; one that starts from given weights has their shape."""
        variant = Variant(**{key: _suggest(trial, key, entry) for key, entry in self.entries.items()})
        return replace(variant, **self.pretrained) if variant.start == PRETRAINED else variant

    def first(self, ordinal: int) -> dict[str, Any] | None:
        """What the trial of this ordinal takes instead of a draw: known-good parameters, or None from the third on.

        Where the space has not the value, its first choice or the nearest end of its range stands in.
        """
        known = (KNOWN_GOOD, FROM_PRETRAINED if self.pretrained else FOR_FEW_CANDLES)
        if ordinal >= len(known):
            return None
        return {
            key: _nearest(entry, known[ordinal].get(key))
            for key, entry in self.entries.items()
            if isinstance(entry, list | dict)
        }


def wanted_inputs(path: str | Path | None = None) -> tuple[str, ...]:
    """The inputs that a space lets networks choose from, so that the data can be prepared for them.

    Raises StudyError where the file can't be read; what is wrong with its entries is told by `read_space`.
    """
    choices = _choices(path, "inputs", CANDLE)
    return tuple(name for name in INPUTS if name in choices)


def wants_outcomes(path: str | Path | None = None) -> bool:
    """Whether a space lets networks learn the task `outcomes`, which the data are prepared for; see `wanted_inputs`."""
    return OUTCOMES in _choices(path, "task_name", OUTCOMES) or PRETRAINED in _choices(path, "start", RANDOM)


def read_space(
    path: str | Path | None = None,
    *,
    horizon: int,
    seq_len: int,
    inputs: Collection[str] = INPUTS,
    pretrained: Mapping[str, Any] | None = None,
) -> Space:
    """Read and check a search space; `inputs` are those that the data have, `pretrained` the task and shape of the
    weights that networks may start from, None where there are none.

    Raises StudyError that names the file and the offending key: a missing or unknown key, a value of the wrong
    type or out of range, an unknown task, inputs that the data have not, a `pred_len` beyond the label's horizon (the
    purge between the splits covers no more), forecasting where that is 0 (nothing after a window is known), a `top_k`
    beyond the window's number of frequencies.
    """
    given = bool(path)
    path = Path(path) if path else DEFAULT_SPACE
    entries = _read(path)
    for key in entries:
        if key not in _TYPES:
            raise StudyError(f"{path}: unknown key {key!r}: {suggestion(str(key), _TYPES)}")
    entries = {**_DEFAULTS, **entries}
    for key in _TYPES:
        if key not in entries:
            raise StudyError(f"{path}: key {key!r} is missing; give a value, a list of choices or a range")
    if not given:  # the default space serves every window length
        entries["top_k"] = [k for k in entries["top_k"] if k <= seq_len // 2]
        entries["inputs"] = [name for name in entries["inputs"] if name in inputs]
        if horizon == 0:
            entries["task_name"] = [task for task in entries["task_name"] if task != FORECAST]
    if pretrained is None and isinstance(entries["start"], list):  # older candles have none
        entries["start"] = [start for start in entries["start"] if start != PRETRAINED]
    for key, entry in entries.items():
        _check(path, key, entry, horizon=horizon, seq_len=seq_len, inputs=inputs)
    if pretrained is None and entries["start"] == PRETRAINED:
        raise StudyError(
            f"{path}: key 'start': there are no pretrained weights for these windows; take it out"
        )
    return Space({key: entries[key] for key in _TYPES}, pretrained or {})


def _choices(path: str | Path | None, key: str, default: str) -> list[Any]:
    entry = _read(Path(path) if path else DEFAULT_SPACE).get(key, default)
    return entry if isinstance(entry, list) else [entry]


def _read(path: Path) -> dict[Any, Any]:
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
    return entries


def _nearest(entry: list[Any] | dict[str, Any], value: Any) -> Any:
    """The value where the entry has it, else its first choice or the nearest end of its range."""
    if isinstance(entry, list):
        return value if value in entry else entry[0]
    if value is None:
        return entry["low"]
    nearest = min(max(value, entry["low"]), entry["high"])
    if not (step := entry.get("step")):
        return nearest
    steps = math.floor((nearest - entry["low"]) / step + 0.5)
    last = math.floor((entry["high"] - entry["low"]) / step + 1e-9)
    # Rounded, because 3 x 0.1 lies above 0.3.
    return type(step)(round(entry["low"] + min(steps, last) * step, 12))


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


def _check(path: Path, key: str, entry: Any, *, horizon: int, seq_len: int, inputs: Collection[str]) -> None:
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
        _check_range(path, key, value, horizon=horizon, seq_len=seq_len, inputs=inputs)
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


def _check_range(
    path: Path, key: str, value: Any, *, horizon: int, seq_len: int, inputs: Collection[str]
) -> None:
    known = {
        "inputs": INPUTS,
        "outcomes": (ALL_OUTCOMES, TRANSFER),
        "start": (RANDOM, PRETRAINED),
    }.get(key, ())
    if known and value not in known:
        raise StudyError(f"{path}: key {key!r}: {value!r} is unknown: {suggestion(value, known)}")
    if key == "inputs" and value not in inputs:
        raise StudyError(
            f"{path}: key 'inputs': these windows have no {value!r}: {suggestion(value, inputs)}"
        )
    if key == "task_name":
        if value not in TASKS:
            raise StudyError(f"{path}: key 'task_name': {value!r} is unknown: {suggestion(value, TASKS)}")
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
