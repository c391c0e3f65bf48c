"""TimesNet as published, several times faster, with embeddings that stand alone."""

from .candles import Candles, clean_candles, read_candles
from .capture import capture_layers
from .checkpoint import load_checkpoint, save_checkpoint
from .config import TimesNetConfig
from .data_quality import DataQuality
from .epoch_windows import EpochWindows, members_of
from .errors import CheckpointError, ConfigError, DataError, LayerError, TimesNetError
from .extractor import Extractor
from .features import FEATURES, MEMORY, WARMUP, compute_features
from .layers import LayerInfo, list_layers
from .logging_parts import pyfunc_parts
from .network import TimesNet
from .periods import PeriodGroup, freeze_frequencies
from .pooling import POOLINGS
from .ready_windows import of_one_length, stacked
from .scaler import Scaler
from .seed_workflow import (
    debug_model_structure,
    extract_embeddings_with_multiple_hooks,
    extract_final_embeddings,
)
from .time_marks import mark_frequency, time_marks
from .training import EpochReport, TrainingDiverged, TrainingResult, TrainingSettings, train
from .windows import Windows, complete_windows

__all__ = [
    "FEATURES",
    "MEMORY",
    "POOLINGS",
    "WARMUP",
    "Candles",
    "CheckpointError",
    "ConfigError",
    "DataError",
    "DataQuality",
    "EpochReport",
    "EpochWindows",
    "Extractor",
    "LayerError",
    "LayerInfo",
    "PeriodGroup",
    "Scaler",
    "TimesNet",
    "TimesNetConfig",
    "TimesNetError",
    "TrainingDiverged",
    "TrainingResult",
    "TrainingSettings",
    "Windows",
    "capture_layers",
    "clean_candles",
    "complete_windows",
    "compute_features",
    "debug_model_structure",
    "extract_embeddings_with_multiple_hooks",
    "extract_final_embeddings",
    "freeze_frequencies",
    "list_layers",
    "load_checkpoint",
    "mark_frequency",
    "members_of",
    "of_one_length",
    "pyfunc_parts",
    "read_candles",
    "save_checkpoint",
    "stacked",
    "time_marks",
    "train",
]
