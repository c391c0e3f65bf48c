"""What a backend is asked to evaluate, and whom it tells how it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:  # a worker imports what its work needs, when that arrives
    from study.trials.variant import Variant
    from timesnet import EpochReport

# report(epoch, score, epoch report) -> True when the trial should be pruned
Report: TypeAlias = "Callable[[int, float, EpochReport], bool]"


@dataclass(frozen=True)
class Job:
    """What a backend is asked to evaluate.

    Attributes:
        number: trial number in Optuna.
        seed: of initialisation, shuffling, dropout and probes.
        variant: sampled hyper-parameters.
        run_id: the trial's MLflow run.
        tracking_uri: where that run is.
        state_file: where its training stands after each epoch, to go on from after a kill; None keeps nothing.
    """

    number: int
    seed: int
    variant: Variant
    run_id: str
    tracking_uri: str
    state_file: Path | None = None
