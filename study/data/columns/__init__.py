"""A file's own columns as the inputs of a published checkpoint."""

from study.data.columns.prepare import prepare_columns
from study.data.columns.source import ColumnSource

__all__ = [
    "ColumnSource",
    "prepare_columns",
]
