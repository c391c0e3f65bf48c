"""What a table holds in numbers: its numeric columns and its vectors, side by side."""

import json
from types import NoneType

import numpy as np
import pandas as pd

from study.errors import StudyError
from study.fusion.dated_table import DatedTable
from study.fusion.symbols import SYMBOL
from timesnet.tables import RowNames


def numbers_of(table: DatedTable) -> tuple[tuple[str, ...], np.ndarray, tuple[str, ...]]:
    """Names of the numbers, the numbers float32 (rows, d), NaN where a cell is empty, and the columns without any.

    Taken are numeric columns, yes and no as 1 and 0, and after them columns of vectors: lists of one length, also
    written as text, `[0.1, 0.2]`, of which every number is one. Dates, symbols and other text are not.

    Raises StudyError naming column and row for a number that is not finite and for vectors of several lengths.
    """
    single: dict[tuple[str, ...], np.ndarray] = {}
    several: dict[tuple[str, ...], np.ndarray] = {}
    left: list[str] = []
    for column in table.frame.columns.drop([table.on, *([table.clock] if table.clock else [])]):
        cells = table.frame[column]
        if column == SYMBOL:
            continue
        if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_complex_dtype(cells.dtype):
            found = cells.to_numpy(dtype=np.float64, na_value=np.nan)[:, None]
            single[(column,)] = found
        elif (vectors := _vectors(cells, table.rows)) is not None:
            found = vectors
            several[tuple(f"{column}_{place}" for place in range(found.shape[1]))] = found
        else:
            left.append(column)
            continue
        _require_finite(found, cells, table.rows)
    taken = {**single, **several}
    empty = np.empty((len(table.frame), 0), np.float32)
    whole = np.concatenate([empty, *(found.astype(np.float32) for found in taken.values())], axis=1)
    return tuple(name for names in taken for name in names), whole, tuple(left)


def _vectors(cells: pd.Series, rows: RowNames) -> np.ndarray | None:
    """float64 (rows, length) of a column of vectors, NaN where a cell is empty; None where it holds something else."""
    found, length = None, 0
    for place in np.flatnonzero(cells.notna().to_numpy()):
        vector = _vector(cells.iloc[int(place)])
        if vector is None:
            return None
        if found is None:
            length = len(vector)
            found = np.full((len(cells), length), np.nan)
        if len(vector) != length:
            raise StudyError(
                f"{rows.source}: column {cells.name!r}, {rows.of(int(cells.index[int(place)]))}: a vector of "
                f"length {len(vector)}, the first has {length}; give all one length"
            )
        found[place] = vector
    return found if length else None


def _vector(cell: object) -> np.ndarray | None:
    """float64 (length,), NaN where a number is missing; None where the cell is no vector of numbers."""
    if isinstance(cell, str):
        try:
            cell = json.loads(cell) if cell.lstrip().startswith("[") else None
        except (ValueError, RecursionError):
            return None
    if isinstance(cell, np.ndarray):
        numeric = cell.ndim == 1 and cell.dtype.kind in "iuf"
        return cell.astype(np.float64) if numeric else None
    if not isinstance(cell, list | tuple):
        return None
    if not all(type(number) in (int, float, NoneType) for number in cell):
        return None
    return np.array(cell, dtype=np.float64)


def _require_finite(values: np.ndarray, cells: pd.Series, rows: RowNames) -> None:
    """An empty cell is none; an infinite number is an error, and one too large for float32 would become one."""
    wrong = np.abs(values) > np.finfo(np.float32).max
    if wrong.any():
        row, place = np.argwhere(wrong)[0]
        raise StudyError(
            f"{rows.source}: column {cells.name!r}, {rows.of(int(cells.index[row]))}: {values[row, place]:g} is no "
            "number that can be learnt from; correct or empty it"
        )
