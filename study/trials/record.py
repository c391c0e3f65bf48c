"""What one trial found: scores of every candidate, predictions and checkpoint, on disk and in memory."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from safetensors.numpy import save_file

from study.errors import StudyError
from study.trials.predictions import NAME, PredictionFile
from timesnet import EpochReport, LayerInfo, TimesNet, save_checkpoint


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One (layer, pooling) of one trial and what its probes scored.

    Attributes:
        depth: position of the layer in the forward pass, from 0.
        predicts: whether it is the network's own prediction, which is shown and can't win.
        Cs: where several labels are judged, the C of each.
        C, k: chosen on tune; `*_on_edge` says that the grid ended there.
        scores: select scores of the logistic probe by metric name; a score that is not available is absent.
        knn_scores: select scores of the kNN probe, likewise.
        separability: statistics of the embedding by name.
        unavailable: reason by name of what is absent.
    """

    layer: str
    pooling: str
    depth: int
    dim: int
    C: float
    C_on_edge: bool
    k: int
    k_on_edge: bool
    converged: bool
    tune_score: float
    scores: Mapping[str, float]
    knn_scores: Mapping[str, float]
    separability: Mapping[str, float]
    unavailable: Mapping[str, str]
    predicts: bool = False
    Cs: tuple[float, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """(layer, pooling)."""
        return self.layer, self.pooling


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """The outcome of a completed trial.

    Attributes:
        FILES: what `read` needs of the files that `write` writes.
        number: the trial's number in Optuna.
        variant: sampled hyper-parameters; empty for a given checkpoint or an untrained network.
        seed: of initialisation, shuffling and dropout.
        layers: every captured layer in call order.
        candidates: one entry for each (layer, pooling).
        predictions: float32 (n_candidates, n_select, n_classes), the logistic probe's probabilities on select, or
            (n_candidates, n_select, n_labels), of class 1 of each, where several labels are judged; still on disk
            when read back, so that the folder has to stay for as long as they are used.
        epochs: the training curve; probe_scores: best candidate's quick tune score after each epoch.
        seconds: wall time by phase.
        model: the trained network with frozen periods; None when read back for comparison only.
        notes: what was done otherwise than the variant says, one line each.
    """

    FILES: ClassVar = ("result.json", "predictions.safetensors")

    number: int
    variant: Mapping[str, Any]
    seed: int
    layers: tuple[LayerInfo, ...]
    candidates: tuple[Candidate, ...]
    predictions: np.ndarray | PredictionFile
    epochs: tuple[EpochReport, ...]
    probe_scores: tuple[float, ...]
    best_epoch: int
    seconds: Mapping[str, float]
    model: TimesNet | None
    notes: tuple[str, ...] = ()

    def write(self, directory: Path) -> None:
        """Write `result.json`, `predictions.safetensors` and `checkpoint/` into an existing directory."""
        values = asdict(replace(self, model=None, predictions=np.empty(0, np.float32)))
        del values["predictions"], values["model"]
        save_file({NAME: np.ascontiguousarray(self.predictions)}, directory / "predictions.safetensors")
        if self.model is not None:
            save_checkpoint(self.model, directory / "checkpoint")
        temporary = directory / "result.json.part"
        temporary.write_text(json.dumps(values, indent=1, allow_nan=False), encoding="utf-8")
        os.replace(temporary, directory / "result.json")

    @classmethod
    def read(cls, directory: Path) -> "TrialRecord":
        """Read what `write` wrote, but for the network.

        Raises StudyError naming the file when it is missing or damaged.
        """
        try:
            values = json.loads((directory / "result.json").read_text(encoding="utf-8"))
            predictions = PredictionFile(directory / "predictions.safetensors")
            if predictions.shape[0] != len(values["candidates"]):
                raise ValueError(
                    f"predictions of {predictions.shape[0]} candidates, not {len(values['candidates'])}"
                )
        except Exception as error:
            raise StudyError(f"{directory}: the trial's result can't be read: {error}") from None
        values["layers"] = tuple(
            LayerInfo(**{**layer, "output_shape": tuple(layer["output_shape"])}) for layer in values["layers"]
        )
        values["candidates"] = tuple(
            Candidate(**{**candidate, "Cs": tuple(candidate.get("Cs", ()))})
            for candidate in values["candidates"]
        )
        values["epochs"] = tuple(EpochReport(**epoch) for epoch in values["epochs"])
        values["probe_scores"] = tuple(values["probe_scores"])
        values["notes"] = tuple(values.get("notes", ()))
        return cls(**values, predictions=predictions, model=None)
