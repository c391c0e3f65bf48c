"""Reading number columns, whatever the way their digits are grouped."""

import numpy as np
import pandas as pd

from ..errors import DataError
from .rows import RowNames

_BLANK = {"", "nan", "null", "none", "na", "n/a", "-"}
_GROUPED = r"^[+-]?\d{1,3}([, '_\u00a0\u202f]\d{3})+(\.\d*)?$"
_DECIMAL_COMMA = r"^[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+$"
_MULTIPLES = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}


def parse_numbers(
    column: pd.Series, *, name: str, rows: RowNames, decimal_comma: bool = False
) -> tuple[np.ndarray, str | None]:
    """Numbers of a column as float64 (n,), NaN where a cell is empty, and what was assumed about their
    spelling.

    `decimal_comma` settles `1,234`, which is otherwise read as one thousand two hundred and thirty-four.
    The index of `column` holds the rows of its table.
    Raises DataError naming column, row and text of the first cell that is not a number.
    """
    if column.dtype.kind in "bcmM":
        raise DataError(f"{rows.source}: column {name!r} holds {column.dtype} values; give numbers")
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan), None
    values = np.array(pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan))
    # A true among numbers, as JSON may hold it, is not a price of 1.
    values[[isinstance(cell, bool | np.bool_) for cell in column]] = np.nan
    unread = np.flatnonzero(np.isnan(values) & column.notna().to_numpy())
    if len(unread) == 0:
        return values, None
    text = pd.Series(column.to_numpy(dtype=object)[unread]).map(str).str.strip().str.lstrip("$€£")
    blank = text.str.lower().isin(_BLANK).to_numpy()
    spelling = None
    if decimal_comma or (text[~blank].str.match(_DECIMAL_COMMA).all() and not text.str.match(_GROUPED).any()):
        found = _numbers(text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False))
        spelling = "decimal comma"
    else:
        plain = text.where(~text.str.match(_GROUPED), text.str.replace(r"[, '_\u00a0\u202f]", "", regex=True))
        found = _numbers(plain)
        spelling = "thousands separators removed"
    wrong = np.flatnonzero(np.isnan(found) & ~blank)
    if len(wrong):
        place = unread[wrong[0]]
        cell = str(column.iloc[place])[:40]
        raise DataError(
            f"{rows.source}: column {name!r}, {rows.of(int(column.index[place]))}: {cell!r} is not a number"
            f"{_others(len(wrong))}; correct or remove it"
        )
    values[unread] = found
    return values, None if blank.all() else spelling


def require_finite(values: np.ndarray, table_rows: pd.Index, *, name: str, rows: RowNames) -> None:
    """Raise DataError naming column, row and value of the first number that is missing or infinite."""
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        value = values[wrong[0]]
        what = "is missing (NaN)" if np.isnan(value) else f"is infinite ({value:g})"
        raise DataError(
            f"{rows.source}: column {name!r}, {rows.of(int(table_rows[wrong[0]]))}: the value "
            f"{what}{_others(len(wrong))}; "
            "remove such rows, which then count as gaps"
        )


def _numbers(text: pd.Series) -> np.ndarray:
    """float64 (n,) of text such as `12.5` or `1.2K`; NaN where it is neither."""
    suffix = text.str[-1:].str.lower()
    multiple = suffix.map(_MULTIPLES).fillna(1.0).to_numpy(dtype=np.float64)
    digits = text.where(multiple == 1.0, text.str[:-1])
    return pd.to_numeric(digits, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan) * multiple


def _others(count: int) -> str:
    return f" (and {count - 1:,} more)" if count > 1 else ""
