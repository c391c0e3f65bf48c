"""The hyper-parameters of one TimesNet, under their published names."""

from __future__ import annotations

import logging
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import ConfigError
from .published_arguments import BESIDE_THE_NETWORK

logger = logging.getLogger(__name__)

FORECAST_TASKS = ("long_term_forecast", "short_term_forecast")
PUBLISHED_TASKS = (*FORECAST_TASKS, "imputation", "anomaly_detection", "classification")
# One of our own beside them: linear heads on the pooled last block predict what comes after a window.
TASKS = (*PUBLISHED_TASKS, "outcomes")
# Tasks that predict something of the window as a whole, and never normalise it.
WHOLE_WINDOW_TASKS = ("classification", "outcomes")
TASKS_WITHOUT_MARKS = ("anomaly_detection", *WHOLE_WINDOW_TASKS)
EMBEDDINGS = ("timeF", "fixed", "learned")
# How many time features the published loader makes at each frequency letter; the other embeddings take any text.
TIME_FEATURES = {"t": 5, "h": 4, "d": 3, "b": 3, "w": 2, "m": 1, "s": 6, "a": 1}
PERIOD_SELECTIONS = ("batch", "window", "frozen")
LONGEST_POSITION = 5000
# Eight gigabytes of weights: a mistyped digit is told at once, before anything asks for memory.
MOST_PARAMETERS, MOST_LAYERS = 2_000_000_000, 256

_CHOICES = {
    "task_name": TASKS,
    "embed": EMBEDDINGS,
    "period_selection": PERIOD_SELECTIONS,
}
_SMALLEST = {
    "seq_len": 2,
    "label_len": 0,
    "pred_len": 0,
    "enc_in": 1,
    "c_out": 1,
    "d_model": 2,
    "d_ff": 1,
    "e_layers": 1,
    "top_k": 1,
    "num_kernels": 1,
    "num_class": 0,
}


@dataclass(frozen=True, kw_only=True)
class TimesNetConfig:
    """Everything that decides the shapes and the function of a TimesNet.

    Names and defaults are those of the published argument list; `use_norm` (per-window normalisation,
    on as published) and `period_selection` are added. Classification never normalises, as published; neither does the
    added task `outcomes`, whose c_out is the number of outcomes that its heads predict.
    `freq` is one of TIME_FEATURES with embed `timeF`, any text such as `15min` with the others.

    Raises:
        ConfigError: a value is of the wrong type, out of range or at odds with another one.
    """

    task_name: str
    seq_len: int = 96
    label_len: int = 48
    pred_len: int = 96
    enc_in: int = 7
    c_out: int = 7
    d_model: int = 512
    d_ff: int = 2048
    e_layers: int = 2
    top_k: int = 5
    num_kernels: int = 6
    embed: str = "timeF"
    freq: str = "h"
    dropout: float = 0.1
    num_class: int = 0
    use_norm: bool = True
    period_selection: str = "batch"
    unknown_keys: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise ConfigError(f"{name} is {value!r}; it must be one of {', '.join(choices)}")
        if not isinstance(self.freq, str) or (self.embed == "timeF" and self.freq not in TIME_FEATURES):
            raise ConfigError(
                f"freq is {self.freq!r}; with embed {self.embed!r} it must be "
                f"{'one of ' + ', '.join(TIME_FEATURES) if self.embed == 'timeF' else 'text'}"
            )
        for name, smallest in _SMALLEST.items():
            object.__setattr__(self, name, _whole_number(name, getattr(self, name), smallest))
        object.__setattr__(self, "dropout", _probability("dropout", self.dropout))
        object.__setattr__(self, "use_norm", _switch("use_norm", self.use_norm))
        object.__setattr__(self, "unknown_keys", tuple(self.unknown_keys))
        self._check_together()

    def _check_together(self) -> None:
        if self.forecasts and self.pred_len < 1:
            raise ConfigError(f"pred_len is {self.pred_len}; {self.task_name} needs at least 1")
        if self.task_name == "classification" and self.num_class < 1:
            raise ConfigError(f"num_class is {self.num_class}; classification needs at least 1")
        if self.d_model % 2:
            raise ConfigError(f"d_model is {self.d_model}; the position embedding needs an even number")
        if self.total_len > LONGEST_POSITION:
            raise ConfigError(
                f"seq_len is {self.seq_len}; with the forecast that is {self.total_len} positions "
                f"and the position embedding has {LONGEST_POSITION}"
            )
        if self.top_k > self.total_len // 2:
            raise ConfigError(
                f"top_k is {self.top_k}; {self.total_len} positions have only {self.total_len // 2} "
                "frequencies above zero"
            )
        if self.denormalises and self.c_out not in (1, self.enc_in):
            raise ConfigError(
                f"c_out is {self.c_out}; with use_norm it must be 1 or enc_in ({self.enc_in}), "
                "because the output is scaled back by the input's mean and spread"
            )

        parameters = self._about_parameters()
        if self.e_layers > MOST_LAYERS or parameters > MOST_PARAMETERS:
            raise ConfigError(
                f"the network would have about {parameters:.2g} parameters in {self.e_layers:.6g} blocks (e_layers); "
                f"at most {MOST_PARAMETERS:.0e} in {MOST_LAYERS} are possible: lower d_model, d_ff, num_kernels, "
                "e_layers, enc_in, c_out or num_class"
            )

    def _about_parameters(self) -> float:
        """Weights of the kernels, of the embedding and of the projection; all else is small beside them."""
        areas = self.num_kernels * (4 * self.num_kernels**2 - 1) / 3
        kernels = 2 * areas * self.e_layers * self.d_model * self.d_ff
        outputs = self.seq_len * self.num_class if self.task_name == "classification" else self.c_out
        return float(kernels + 3 * self.enc_in * self.d_model + outputs * self.d_model)

    @property
    def forecasts(self) -> bool:
        """Whether the task predicts `pred_len` steps beyond the window."""
        return self.task_name in FORECAST_TASKS

    @property
    def denormalises(self) -> bool:
        """Whether the window is normalised on the way in and its output scaled back."""
        return self.use_norm and self.task_name not in WHOLE_WINDOW_TASKS

    @property
    def total_len(self) -> int:
        """Positions that the TimesBlocks see: window and forecast."""
        return self.seq_len + self.pred_len if self.forecasts else self.seq_len

    @classmethod
    def from_dict(cls, args: Mapping[str, Any]) -> TimesNetConfig:
        """Read the published argument dictionary, or the one that `to_dict` wrote, which names `period_selection`.

        The published code's other arguments are passed over. Keys that it does not know either are listed in one log
        warning and kept in `unknown_keys`. Without `c_out` the output has the input's features.
        The published list has a `use_norm` of its own, for other models: its TimesNet normalises whatever it says,
        and so does this one.
        """
        known = {item.name for item in fields(cls)} - {"unknown_keys"}
        unknown = tuple(sorted(str(key) for key in args if key not in known | BESIDE_THE_NETWORK))
        if unknown:
            plural = "s" if len(unknown) > 1 else ""
            logger.warning(
                "TimesNetConfig ignores %d unknown key%s: %s", len(unknown), plural, ", ".join(unknown)
            )
        values = {key: args[key] for key in args if key in known}
        if "task_name" not in values:
            raise ConfigError(f"task_name is missing; it must be one of {', '.join(TASKS)}")
        if "enc_in" in values:
            values.setdefault("c_out", values["enc_in"])
        if in_published_words(args) and not _switch("use_norm", values.pop("use_norm", True)):
            logger.warning("use_norm=0 is passed over: the published TimesNet always normalises its windows")
        return cls(**values, unknown_keys=unknown)

    def to_dict(self) -> dict[str, Any]:
        """The hyper-parameters as a JSON-ready dictionary that `from_dict` reads back."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "unknown_keys"}


def in_published_words(args: Mapping[str, Any]) -> bool:
    """Whether an argument dictionary is the published code's own and not one that `to_dict` wrote."""
    return "period_selection" not in args


def _whole_number(name: str, value: object, smallest: int) -> int:
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or not smallest <= number <= 2**31:
        raise ConfigError(f"{name} is {value!r:.80}; it must be a whole number of at least {smallest}")
    return number


def _probability(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise ConfigError(f"{name} is {value!r}; it must be a number from 0 to below 1")
    return float(value)


def _switch(name: str, value: object) -> bool:
    # The published command line writes switches as 0 and 1.
    if value not in (0, 1):
        raise ConfigError(f"{name} is {value!r}; it must be true or false")
    return bool(value)
