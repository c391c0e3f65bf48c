"""Every layer's output, pooled to one vector a window."""

from .capture import capture_layers, read_batch, reading, require_lone_windows
from .layer_reader import LayerReader
from .layer_words import layer_in_words
from .layers import LayerInfo, check_layer, find_layers, list_layers
from .pooling import BESIDE, POOLINGS

__all__ = [
    "BESIDE",
    "POOLINGS",
    "LayerInfo",
    "LayerReader",
    "capture_layers",
    "check_layer",
    "find_layers",
    "layer_in_words",
    "list_layers",
    "read_batch",
    "reading",
    "require_lone_windows",
]
