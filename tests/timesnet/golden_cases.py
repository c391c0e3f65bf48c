"""Reads the golden cases: what the published TimesNet computes, as arrays."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/config.json"))
POSITIONS = "enc_embedding.position_embedding.pe"


@dataclass(frozen=True)
class GoldenCase:
    args: dict
    state: dict[str, Tensor]
    arrays: dict[str, np.ndarray]

    def tensor(self, name: str) -> Tensor | None:
        return torch.from_numpy(self.arrays[name]) if name in self.arrays else None

    def inputs(self) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        return self.tensor("x_enc"), self.tensor("x_mark"), self.tensor("mask")

    def gradients(self) -> dict[str, np.ndarray]:
        """Gradient of every parameter that the published model gives one."""
        found = {name[5:]: array for name, array in self.arrays.items() if name.startswith("grad/")}
        largest = self.args["num_kernels"] - 1
        for name, array in list(found.items()):
            match = re.fullmatch(rf"(.*kernels\.){largest}\.(weight|bias)", name)
            for smaller in range(largest) if match else ():
                cut = largest - smaller
                inner = array if array.ndim == 1 else array[:, :, cut:-cut, cut:-cut]
                found[f"{match[1]}{smaller}.{match[2]}"] = inner
        return found


def golden_case(name: str) -> GoldenCase:
    published = torch.load(GOLDEN / "short_forecast" / "checkpoint.pth", weights_only=True)
    with np.load(GOLDEN / name / "arrays.npz") as file:
        arrays = {key: file[key] for key in file.files}
    state = {key[7:]: torch.from_numpy(array) for key, array in arrays.items() if key.startswith("weight/")}
    state = {**state, POSITIONS: published[POSITIONS]} if state else published
    return GoldenCase(json.loads((GOLDEN / name / "config.json").read_text()), state, arrays)
