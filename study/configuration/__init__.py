"""What may be asked of a study and of an extraction, and what is refused."""

from study.configuration.checks import check_model_name
from study.configuration.configuration import StudyConfiguration
from study.configuration.extraction import Extraction
from study.configuration.parameters import StudyParameters
from study.configuration.values import (
    ANSWERS,
    ARCHIVE,
    COMPLEMENT,
    FEATURE_MODES,
    GRIDS,
    LABELS,
    MAX_PROBE_WINDOWS,
    MEAN,
    NO_PRETRAINING,
    PRETRAIN,
    SCALERS,
    is_file_of_a_scaler,
    is_labelled,
)

__all__ = [
    "ANSWERS",
    "ARCHIVE",
    "COMPLEMENT",
    "FEATURE_MODES",
    "GRIDS",
    "LABELS",
    "MAX_PROBE_WINDOWS",
    "MEAN",
    "NO_PRETRAINING",
    "PRETRAIN",
    "SCALERS",
    "Extraction",
    "StudyConfiguration",
    "StudyParameters",
    "check_model_name",
    "is_file_of_a_scaler",
    "is_labelled",
]
