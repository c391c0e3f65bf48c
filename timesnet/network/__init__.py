"""The published TimesNet, exact and fast."""

from .argument_forms import read_arguments
from .checkpoint import ReadCheckpoint, load_checkpoint, read_checkpoint, save_checkpoint
from .config import TASKS_WITHOUT_MARKS, WHOLE_WINDOW_TASKS, TimesNetConfig
from .freeze import freeze_frequencies
from .inception import InceptionBlock
from .model import TimesNet
from .periods import PeriodGroup

__all__ = [
    "TASKS_WITHOUT_MARKS",
    "WHOLE_WINDOW_TASKS",
    "InceptionBlock",
    "PeriodGroup",
    "ReadCheckpoint",
    "TimesNet",
    "TimesNetConfig",
    "freeze_frequencies",
    "load_checkpoint",
    "read_arguments",
    "read_checkpoint",
    "save_checkpoint",
]
