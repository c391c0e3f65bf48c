"""TODO door of timesnet.network."""

from .checkpoint import load_checkpoint, save_checkpoint
from .config import TimesNetConfig
from .freeze import freeze_frequencies
from .inception import InceptionBlock
from .model import TimesNet
from .periods import PeriodGroup

__all__ = [
    "InceptionBlock",
    "PeriodGroup",
    "TimesNet",
    "TimesNetConfig",
    "freeze_frequencies",
    "load_checkpoint",
    "save_checkpoint",
]
