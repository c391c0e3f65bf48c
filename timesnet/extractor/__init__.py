"""A network cut at one layer: candles in, vectors out, saved, loaded and logged."""

from .extractor import Extractor
from .files import CAUTION, DESCRIPTION, LEAK, load_extractor, save_extractor
from .mlflow_parts import pyfunc_parts

__all__ = [
    "CAUTION",
    "DESCRIPTION",
    "LEAK",
    "Extractor",
    "load_extractor",
    "pyfunc_parts",
    "save_extractor",
]
