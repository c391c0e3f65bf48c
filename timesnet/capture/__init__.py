"""TODO door of timesnet.capture."""

from .capture import capture_layers, read_batch, reading, require_lone_windows
from .layer_reader import LayerReader
from .layers import TASKS_WITHOUT_MARKS, LayerInfo, check_layer, list_layers
from .pooling import POOLINGS

__all__ = [
    "POOLINGS",
    "TASKS_WITHOUT_MARKS",
    "LayerInfo",
    "LayerReader",
    "capture_layers",
    "check_layer",
    "list_layers",
    "read_batch",
    "reading",
    "require_lone_windows",
]
