"""The search space, how variants are drawn, and Optuna's record of the trials."""

from study.search.ledger import (
    LOSSES,
    REPEATS,
    RUN_ID,
    TrialLedger,
    default_storage,
    study_folder,
    training_folder,
)
from study.search.sampling import ORDINAL, look_back
from study.search.space import Space, read_space, wanted_inputs
from study.search.storage import open_storage

__all__ = [
    "LOSSES",
    "ORDINAL",
    "REPEATS",
    "RUN_ID",
    "Space",
    "TrialLedger",
    "default_storage",
    "look_back",
    "open_storage",
    "read_space",
    "study_folder",
    "training_folder",
    "wanted_inputs",
]
