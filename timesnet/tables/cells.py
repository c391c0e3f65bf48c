"""A column's cells as numbers or as trimmed text, whatever type the file gave them."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def as_numbers(column: pd.Series) -> pd.Series | None:
    """The column as numbers, or None where its first filled cell is not one."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return None
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    filled = column.dropna()
    if filled.empty or re.fullmatch(r"\s*\d+(\.\d*)?\s*", str(filled.iloc[0])) is None:
        return None
    if isinstance(filled.iloc[0], str):
        array = as_text(column)
        plain = pc.match_substring_regex(array, r"^\d{1,18}$").fill_null(False)
        if pc.all(plain).as_py():
            return pd.Series(pc.cast(array, pa.int64()).to_numpy(), index=column.index)
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers if numbers.notna().mean() > 0.5 else None


def as_text(column: pd.Series) -> pa.Array:
    """The column's cells as trimmed text."""
    if not isinstance(column.dtype, pd.StringDtype):
        column = column.astype("string")
    array = pa.array(column, type=pa.large_string(), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return pc.utf8_trim_whitespace(array)


def places(array: pa.DictionaryArray) -> np.ndarray:
    """The place of each cell's text in the dictionary, -1 where there is none."""
    return array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
