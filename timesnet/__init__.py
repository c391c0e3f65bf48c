"""TimesNet as published, several times faster, with embeddings that stand alone."""

from timesnet.checkpoint import load_checkpoint, save_checkpoint
from timesnet.config import TimesNetConfig
from timesnet.errors import CheckpointError, ConfigError, DataError, LayerError, TimesNetError
from timesnet.network import TimesNet
from timesnet.periods import PeriodGroup, freeze_frequencies

__all__ = [
    "CheckpointError",
    "ConfigError",
    "DataError",
    "LayerError",
    "PeriodGroup",
    "TimesNet",
    "TimesNetConfig",
    "TimesNetError",
    "freeze_frequencies",
    "load_checkpoint",
    "save_checkpoint",
]
