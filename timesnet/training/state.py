"""A training that was cut off, as it stood after its last whole epoch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..network import TimesNet
from ..whole_files import write_whole


@dataclass
class TrainingState:
    """Everything that the next epoch depends on; saved and loaded, training goes on bit by bit as if never cut off.

    Attributes:
        epochs: one JSON-ready record an epoch that ran.
        scores: the epochs' scores, higher is better.
        best_epoch: index of the best score; -1 before the first epoch.
        best_weights: the network's weights after that epoch.
    """

    model: TimesNet
    optimizer: Optimizer
    schedule: LRScheduler
    order: np.random.Generator
    epochs: list[dict[str, Any]] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    best_epoch: int = -1
    best_weights: dict[str, Tensor] = field(default_factory=dict)

    def save(self, path: Path, identity: str) -> None:
        """Write one safetensors file, whole or not at all, with all that is not a tensor in its header.

        Args:
            path: the file; its folder is created.
            identity: what `load` has to be asked for.
        """
        tensors = {f"model/{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"best/{name}": value for name, value in self.best_weights.items()}
        for number, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{number}/{name}": value for name, value in moments.items()}
        tensors |= {f"random/{name}": value for name, value in _random_states().items()}
        rest = {
            "identity": identity,
            "epochs": self.epochs,
            "scores": self.scores,
            "best_epoch": self.best_epoch,
            "rates": [group["lr"] for group in self.optimizer.param_groups],
            "schedule": self.schedule.state_dict(),
            "order": self.order.bit_generator.state,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        # Tensors that share memory would be refused, and a view written with all that it is a view of.
        copies = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
        write_whole(path, lambda part: save_file(copies, part, {"state": json.dumps(rest)}))

    def load(self, path: Path, identity: str) -> bool:
        """Continue from a file that `save` wrote for the same identity; False, and nothing changed, without one."""
        try:
            with safe_open(path, framework="pt") as file:
                rest = json.loads((file.metadata() or {}).get("state", "{}"))
                if rest.get("identity") != identity:
                    return False
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, ValueError):
            return False
        self.model.load_state_dict(_under("model/", tensors))
        parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in _under("optimizer/", tensors).items():
            number, _, moment = name.partition("/")
            like = parameters[int(number)]
            # The fused optimizer walks memory, so a moment has to lie in it as its parameter does.
            laid = (
                torch.empty_like(like, dtype=value.dtype).copy_(value) if value.shape == like.shape else value
            )
            moments.setdefault(int(number), {})[moment] = laid
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.schedule.load_state_dict(rest["schedule"])
        for group, rate in zip(self.optimizer.param_groups, rest["rates"], strict=True):
            group["lr"] = rate
        self.order.bit_generator.state = rest["order"]
        _set_random_states(_under("random/", tensors))
        self.epochs, self.scores, self.best_epoch = rest["epochs"], rest["scores"], rest["best_epoch"]
        self.best_weights = _under("best/", tensors)
        return True


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _random_states() -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _set_random_states(states: Mapping[str, Tensor]) -> None:
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
