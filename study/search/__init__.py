"""The search space, how variants are drawn, and Optuna's record of the trials."""

from study.search.code_digest import code_digests
from study.search.definition import CANDLES, SPACE, WINDOWS, codes_in_words, require_same, require_same_code
from study.search.ledger import (
    ENDED,
    LOSSES,
    REPEATS,
    RUN_ID,
    TrialLedger,
    default_storage,
    study_folder,
    training_folder,
)
from study.search.owner_row import OwnerRow
from study.search.read_storage import Peek, peek
from study.search.sampling import ORDINAL, look_back
from study.search.space import Space, read_space, wanted_inputs, wants_outcomes
from study.search.storage import open_storage

__all__ = [
    "CANDLES",
    "ENDED",
    "LOSSES",
    "ORDINAL",
    "REPEATS",
    "RUN_ID",
    "SPACE",
    "WINDOWS",
    "OwnerRow",
    "Peek",
    "Space",
    "TrialLedger",
    "code_digests",
    "codes_in_words",
    "default_storage",
    "look_back",
    "open_storage",
    "peek",
    "read_space",
    "require_same",
    "require_same_code",
    "study_folder",
    "training_folder",
    "wanted_inputs",
    "wants_outcomes",
]
