"""A file's own columns as the inputs of a published checkpoint."""

from study.data.columns.knows_future import columns_that_know
from study.data.columns.prepare import prepare_columns
from study.data.columns.source import ColumnSource

__all__ = [
    "ColumnSource",
    "columns_that_know",
    "prepare_columns",
]
