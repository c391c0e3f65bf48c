"""A network cut at one layer: candles in, vectors out, saved, loaded and logged."""

from .extractor import Extractor
from .files import CAUTION, DESCRIPTION, LEAK, load_extractor, notes, save_extractor
from .mlflow_parts import pyfunc_parts
from .past import PastWindows, how_many, require_past

__all__ = [
    "CAUTION",
    "DESCRIPTION",
    "LEAK",
    "Extractor",
    "PastWindows",
    "how_many",
    "load_extractor",
    "notes",
    "pyfunc_parts",
    "require_past",
    "save_extractor",
]
