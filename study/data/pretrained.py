"""Weights that a network starts from, learnt on other candles: other symbols, or earlier years."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from study.errors import StudyError
from timesnet import TimesNet, TimesNetConfig
from timesnet.whole_files import write_whole

SHIPPED = Path(__file__).parent / "weights" / "candles.safetensors"
"""The weights that the project brings along; their header says from which candles."""
# What decides the shapes of a network's weights, its channels and outcomes aside: those are told apart by name.
SHAPE = ("task_name", "d_model", "d_ff", "e_layers", "num_kernels")
_EMBEDDING, _HEADS = "enc_embedding.value_embedding.tokenConv.weight", "projection."


@dataclass(frozen=True, kw_only=True, eq=False)
class Pretrained:
    """Weights of a network of the task `outcomes`, with what they were learnt from.

    Attributes:
        config: the network's hyper-parameters.
        features: names of its input channels; outcomes: of what its heads predict.
        weights: float32 arrays by their name in the network.
        last: open time of the last candle that anything was learnt from, UTC; of candles of another length that of
            the study's candle which closes with it.
        origin: data and script, in words.
    """

    config: Mapping[str, Any]
    features: tuple[str, ...]
    outcomes: tuple[str, ...]
    weights: Mapping[str, np.ndarray]
    last: pd.Timestamp
    origin: str

    @property
    def digest(self) -> str:
        """SHA-256 of the weights, first 16 hex digits."""
        digest = hashlib.sha256()
        for name in sorted(self.weights):
            digest.update(name.encode() + np.ascontiguousarray(self.weights[name]).tobytes())
        return digest.hexdigest()[:16]

    @property
    def shape(self) -> dict[str, Any]:
        """What a variant must have to start from it."""
        return {key: self.config[key] for key in SHAPE}

    def start(self, model: TimesNet, *, features: Sequence[str], outcomes: Sequence[str]) -> None:
        """Put the weights into a network of the same shape with these channels and outcomes.

        Channels and outcomes that were not there keep what the network drew for them.
        """
        state = model.state_dict()
        channels = _places(features, self.features)
        heads = _places(outcomes, self.outcomes)
        for name, array in self.weights.items():
            learnt, own = torch.from_numpy(np.array(array)), state[name]
            if name == _EMBEDDING:
                for here, there in channels:
                    own[:, here] = learnt[:, there]
            elif name.startswith(_HEADS):
                for here, there in heads:
                    own[here] = learnt[there]
            else:
                own.copy_(learnt)
        model.load_state_dict(state)

    def write(self, path: Path) -> None:
        """One safetensors file, all that is no array in its header."""
        rest = {
            "config": dict(self.config),
            "features": self.features,
            "outcomes": self.outcomes,
            "last": self.last.isoformat(),
            "origin": self.origin,
        }
        arrays = {name: np.ascontiguousarray(array) for name, array in self.weights.items()}
        write_whole(path, lambda part: save_file(arrays, part, {"pretrained": json.dumps(rest)}))

    @classmethod
    def read(cls, path: Path) -> "Pretrained":
        """What `write` wrote. Raises StudyError, one line, where it is no such file or damaged."""
        try:
            with safe_open(path, framework="np") as file:
                rest = json.loads((file.metadata() or {})["pretrained"])
                weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return cls(
                config=TimesNetConfig.from_dict(rest["config"]).to_dict(),
                features=tuple(rest["features"]),
                outcomes=tuple(rest["outcomes"]),
                weights=weights,
                last=pd.Timestamp(rest["last"]),
                origin=str(rest["origin"]),
            )
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise StudyError(f"{path}: is no file of pretrained weights, or damaged ({error})") from None


def _places(here: Sequence[str], there: Sequence[str]) -> list[tuple[int, int]]:
    """Where each name that both have stands in each."""
    known = {name: place for place, name in enumerate(there)}
    return [(place, known[name]) for place, name in enumerate(here) if name in known]
