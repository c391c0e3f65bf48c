"""TimesNet as published, several times faster, with embeddings that stand alone."""

from .candles import Candles, DataQuality, clean_candles, read_candles
from .capture import POOLINGS, LayerInfo, capture_layers, layer_in_words, list_layers
from .errors import CheckpointError, ConfigError, DataError, LayerError, TimesNetError
from .extractor import Extractor, pyfunc_parts
from .network import (
    PeriodGroup,
    TimesNet,
    TimesNetConfig,
    freeze_frequencies,
    load_checkpoint,
    save_checkpoint,
)
from .notebook import (
    debug_model_structure,
    export_embeddings,
    extract_embeddings_with_multiple_hooks,
    extract_final_embeddings,
)
from .training import EpochReport, TrainingDiverged, TrainingResult, TrainingSettings, train
from .windows import (
    FEATURES,
    OF_VOLUME,
    EpochWindows,
    Scaler,
    Windows,
    complete_windows,
    compute_features,
    look_back,
    mark_frequency,
    members_of,
    of_one_length,
    stacked,
    time_marks,
)

__all__ = [
    "FEATURES",
    "OF_VOLUME",
    "POOLINGS",
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
    "export_embeddings",
    "extract_embeddings_with_multiple_hooks",
    "extract_final_embeddings",
    "freeze_frequencies",
    "layer_in_words",
    "list_layers",
    "load_checkpoint",
    "look_back",
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
