"""What the shapes of a TimesNet's tensors tell of its hyper-parameters."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from ..errors import ConfigError
from .argument_forms import Arguments
from .config import TIME_FEATURES, TimesNetConfig

logger = logging.getLogger(__name__)

_TOP_K = TimesNetConfig.top_k
# Of several runs the one is taken whose values of these are the checkpoint's.
_TELLING = {"seq_len", "pred_len", "d_model", "d_ff", "e_layers", "num_kernels", "enc_in", "c_out"}
# What must not be left to chance among runs that fit.
_DECIDING = ("top_k", "embed", "freq", "features", "target", "data", "seq_len")
_TEMPORAL = "enc_embedding.temporal_embedding."


def read_shapes(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """Hyper-parameters that a state dict leaves no choice of, by their published names.

    d_model, d_ff, e_layers, num_kernels, enc_in, embed and freq always; seq_len and pred_len of a forecasting network;
    task_name where the head is a forecast's or a classifier's, with c_out or num_class (and the classifier's seq_len).
    What a tensor that is not there would tell is left out; `b` and `d`, `m` and `a` make the same features.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    found: dict[str, Any] = {}
    if norm := shapes.get("layer_norm.weight"):
        found["d_model"] = norm[0]
    if first := shapes.get("model.0.conv.0.kernels.0.weight"):
        found["d_ff"] = first[0]
    if token := shapes.get("enc_embedding.value_embedding.tokenConv.weight"):
        found["enc_in"] = token[1]
    blocks = [int(number[1]) for name in shapes if (number := re.match(r"model\.(\d+)\.", name))]
    kernels = [
        int(number[1])
        for name in shapes
        if (number := re.fullmatch(r"model\.0\.conv\.0\.kernels\.(\d+)\.weight", name))
    ]
    if blocks and kernels:
        found |= {"e_layers": max(blocks) + 1, "num_kernels": max(kernels) + 1}
    return found | _of_calendar(shapes) | _of_head(shapes, found.get("d_model"))


def _of_calendar(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    if features := shapes.get(f"{_TEMPORAL}embed.weight"):
        letters = [letter for letter, count in TIME_FEATURES.items() if count == features[1]]
        return {"embed": "timeF", "freq": letters[0]} if letters else {}
    minutes = any(name.startswith(f"{_TEMPORAL}minute_embed") for name in shapes)
    freq = {"freq": "t"} if minutes else {}
    if f"{_TEMPORAL}hour_embed.emb.weight" in shapes:
        return {"embed": "fixed", **freq}
    if f"{_TEMPORAL}hour_embed.weight" in shapes:
        return {"embed": "learned", **freq}
    return {}


def _of_head(shapes: Mapping[str, tuple[int, ...]], d_model: int | None) -> dict[str, Any]:
    head, longer = shapes.get("projection.weight"), shapes.get("predict_linear.weight")
    if head is None or d_model is None:
        return {}
    if longer is not None:
        return {
            "task_name": "long_term_forecast",
            "seq_len": longer[1],
            "pred_len": longer[0] - longer[1],
            "c_out": head[0],
        }
    if head[1] != d_model:
        return {"task_name": "classification", "seq_len": head[1] // d_model, "num_class": head[0]}
    return {"c_out": head[0]}


def completed(source: Path, state: Mapping[str, Tensor], runs: Sequence[Arguments]) -> Arguments:
    """The arguments of the run that a checkpoint is of, what it is silent on taken from the shapes of the tensors.

    Raises ConfigError where several runs fit and differ in what the network or its inputs are, or none fits.
    """
    shapes = read_shapes(state)
    fitting = [
        run for run in runs if all(run.get(key, shapes[key]) == shapes[key] for key in _TELLING & set(shapes))
    ]
    if not fitting:
        if len(runs) > 1:
            told = ", ".join(f"{key}={shapes[key]}" for key in shapes if key in _TELLING)
            raise ConfigError(
                f"{source}: none of the {len(runs)} runs that the configuration describes has its {told}"
            )
        fitting = [runs[0]]
    for key in _DECIDING:
        values = list(dict.fromkeys(repr(run[key]) for run in fitting if key in run))
        if len(values) > 1:
            raise ConfigError(
                f"{source}: the configuration describes several runs that fit, with {key} {', '.join(values)}; give a "
                "JSON file that holds the arguments of one"
            )
    arguments = dict(fitting[0])
    # The published run learns these of a classifier from its data set, whatever its command line said.
    of_data = ("seq_len", "enc_in", "num_class") if shapes.get("task_name") == "classification" else ()
    inferred = {
        key: value
        for key, value in shapes.items()
        if key not in arguments or (key in of_data and arguments[key] != value)
    }
    if inferred:
        told = ", ".join(f"{key}={value}" for key, value in inferred.items())
        logger.warning("%s: taken from the shapes of its tensors: %s", source, told)
    if "top_k" not in arguments:
        logger.warning(
            "%s: nothing says how many periods its blocks choose; top_k=%d, as the published default",
            source,
            _TOP_K,
        )
        inferred["top_k"] = _TOP_K
    return {**arguments, **inferred}
