"""Training a network on windows."""

from .train import EpochReport, TrainingDiverged, TrainingResult, TrainingSettings, train

__all__ = [
    "EpochReport",
    "TrainingDiverged",
    "TrainingResult",
    "TrainingSettings",
    "train",
]
