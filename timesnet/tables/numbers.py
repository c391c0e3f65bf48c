"""Reading number columns, whatever the way their digits are grouped."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DataError
from .cells import as_text
from .rows import RowNames

BLANK = ("", "nan", "null", "none", "na", "n/a", "#n/a", "<na>", "-")
POINT, COMMA = ".", ","
_SPACES = " '_\u00a0\u202f\u2019"
_CURRENCIES = r"^(?:US\$|[$€£¥₩₹])\s?"
_MULTIPLES = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_SUFFIX = "[KMBTkmbt]?"


def _certain(decimal: str, group: str) -> str:
    """Cells in which only `decimal` can part whole from fraction, where `group` may part thousands."""
    d, g = rf"\{decimal}", rf"[\{group}{_SPACES}]"
    return (
        rf"^[+-]?(?:\d*{d}(?:\d{{1,2}}|\d{{4,}})|\d{{4,}}{d}\d+|0\d*{d}\d+|{d}\d+"
        rf"|\d{{1,3}}(?:{g}\d{{3}})+{d}\d+|\d{{1,3}}(?:\{group}\d{{3}}){{2,}}){_SUFFIX}$"
    )


_CERTAIN = {POINT: _certain(POINT, COMMA), COMMA: _certain(COMMA, POINT)}
# Lakhs and crores: 12,34,567.
_INDIAN = r"^[+-]?\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d*)?$"
# Three digits behind the only sign: a fraction as well as thousands.
_EITHER = {POINT: r"^[+-]?[1-9]\d{0,2}\.\d{3}$", COMMA: r"^[+-]?[1-9]\d{0,2},\d{3}$"}
_PLAIN = r"^[+-]?\d*(?:\.\d*)?(?:[eE][+-]?\d+)?$"
_FORMS = {
    POINT: rf"^[+-]?(?:\d+|\d{{1,3}}(?:[,{_SPACES}]\d{{3}})+|\d{{1,2}}(?:,\d{{2}})+,\d{{3}})?(?:\.\d*)?"
    rf"(?:[eE][+-]?\d+)?{_SUFFIX}$",
    COMMA: rf"^[+-]?(?:\d+|\d{{1,3}}(?:[.{_SPACES}]\d{{3}})+)?(?:,\d*)?(?:[eE][+-]?\d+)?{_SUFFIX}$",
}
_GROUPS = {POINT: f"[,{_SPACES}]", COMMA: f"[.{_SPACES}]"}


def decimal_signs(columns: Iterable[pd.Series]) -> frozenset[str]:
    """The decimal signs, `.` or `,`, that cells of these columns leave no doubt about."""
    signs = set()
    for column in columns:
        if pd.api.types.is_float_dtype(column.dtype):
            signs.add(POINT)
        elif not pd.api.types.is_numeric_dtype(column.dtype):
            signs |= _signs(_amounts(column))
    return frozenset(signs)


def group_no_thousands(columns: Iterable[pd.Series]) -> bool:
    """Whether any cell of these columns is a whole number of four digits or more with nothing between them."""
    for column in columns:
        if pd.api.types.is_integer_dtype(column.dtype):
            if bool((column.abs() >= 1000).any()):
                return True
        elif not pd.api.types.is_numeric_dtype(column.dtype) and _any(
            _amounts(column), r"^[+-]?[1-9]\d{3,}$"
        ):
            return True
    return False


def parse_numbers(
    column: pd.Series, *, name: str, rows: RowNames, decimal: str = "", points_are_decimal: bool = True
) -> tuple[np.ndarray, str | None]:
    """Numbers of a column as float64 (n,), NaN where a cell is empty, and what was assumed about their spelling.

    All cells of the column together decide whether `.` or `,` stands before the fraction.

    Args:
        column: its index holds the rows of its table.
        decimal: the sign that other columns of the file have, for a column that leaves both open, as `1,234` does.
        points_are_decimal: whether `1.234` is a fraction where nothing else tells.

    Raises DataError naming column, row and text of the first cell that is not a number; of two cells that have
    different signs; of a cell that can be read in two ways, with both.
    """
    if column.dtype.kind in "bcmM":
        raise DataError(f"{rows.source}: column {name!r} holds {column.dtype} values; give numbers")
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan), None
    if isinstance(column.dtype, pd.StringDtype):
        text, values, unread = as_text(column), np.full(len(column), np.nan), np.arange(len(column))
    else:
        values = np.array(pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan))
        # Text is looked at as a whole; a true among numbers, as JSON may hold it, is not a price of 1.
        kept = np.array([not isinstance(cell, str | bool | np.bool_) for cell in column], dtype=bool)
        unread = np.flatnonzero(~(kept & ~np.isnan(values)) & column.notna().to_numpy())
        values[unread] = np.nan
        text = as_text(column.iloc[unread].map(str))
    blank = pc.or_kleene(
        pc.is_null(text), pc.is_in(pc.utf8_lower(text), value_set=pa.array(BLANK, pa.large_string()))
    )
    text = pc.if_else(blank, pa.scalar(None, pa.large_string()), text)
    plain = pc.replace_substring_regex(text, _CURRENCIES, "")
    sign = _sign(plain, decimal, points_are_decimal, name=name, rows=rows)
    fits = pc.match_substring_regex(plain, _FORMS[sign]).fill_null(True)
    # `.` alone, or a sign, has the form of a number but no digit.
    fits = pc.and_(fits, pc.match_substring_regex(plain, r"\d").fill_null(True))
    odd = pc.match_substring_regex(pc.utf8_lower(plain), r"^[+-]?inf(?:inity)?$").fill_null(False)
    wrong = np.flatnonzero(~pc.or_(fits, odd).to_numpy(zero_copy_only=False))
    if len(wrong):
        place = int(unread[wrong[0]])
        cell = str(column.iloc[place])[:40]
        raise DataError(
            f"{rows.source}: column {name!r}, {rows.of(int(column.index[place]))}: {cell!r} is not a number"
            f"{_others(len(wrong))}; correct or remove it"
        )
    values[unread] = _numbers(plain, sign)
    return values, _spelling(plain, sign)


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


def _signs(text: pa.Array) -> set[str]:
    signs = {sign for sign, form in _CERTAIN.items() if _any(text, form)}
    return signs | ({POINT} if _any(text, _INDIAN) else set())


def _sign(text: pa.Array, others: str, points_are_decimal: bool, *, name: str, rows: RowNames) -> str:
    """The sign before the fraction of a column's cells."""
    signs = _signs(text)
    if len(signs) > 1:
        cells = [_first(text, _CERTAIN[sign]) or _first(text, _INDIAN) for sign in (POINT, COMMA)]
        raise DataError(
            f"{rows.source}: column {name!r} holds {cells[0]!r}, with a decimal point, and {cells[1]!r}, with a "
            "decimal comma; write all its numbers alike"
        )
    if signs:
        return signs.pop()
    either = {sign: _first(text, form) for sign, form in _EITHER.items()}
    if others:
        return others
    if either[COMMA] is None and (either[POINT] is None or points_are_decimal):
        return POINT
    cell = str(either[COMMA] or either[POINT])
    digits = cell.lstrip("+-")
    raise DataError(
        f"{rows.source}: column {name!r}: {cell!r} is {digits[:-4]}{digits[-3:]} as well as "
        f"{digits[:-4]}.{digits[-3:]}, and no cell tells which; write the numbers without thousands "
        "separators and with a decimal point"
    )


def _numbers(text: pa.Array, sign: str) -> np.ndarray:
    """float64 (n,) of text that has the sign's form; NaN where a cell is empty."""
    # A point is no fraction where the comma is one.
    if sign == COMMA or not pc.all(pc.match_substring_regex(text, _PLAIN)).as_py():
        text = pc.replace_substring_regex(text, _GROUPS[sign], "")
        if sign == COMMA:
            text = pc.replace_substring(text, COMMA, POINT)
    text = pc.replace_substring_regex(text, r"^\+", "")
    suffix = pc.utf8_lower(pc.utf8_slice_codeunits(text, -1))
    multiple = None
    for letter, factor in _MULTIPLES.items():
        has = pc.equal(suffix, letter)
        if pc.any(has).as_py():
            multiple = np.ones(len(text)) if multiple is None else multiple
            multiple[has.fill_null(False).to_numpy(zero_copy_only=False)] = factor
    if multiple is not None:
        text = pc.replace_substring_regex(text, "[KMBTkmbt]$", "")
    try:
        values = pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:  # such as `.5` or `5.`, which Arrow does not know
        values = pd.to_numeric(pd.Series(text.to_pandas()), errors="coerce").to_numpy(
            np.float64, na_value=np.nan
        )
    return values if multiple is None else values * multiple


def _spelling(text: pa.Array, sign: str) -> str | None:
    if sign == COMMA and _any(text, r"[.,]"):
        return "decimal comma"
    if _any(text, rf"[,{_SPACES}]|{_SUFFIX[:-1]}$"):
        return "thousands separators removed"
    return None


def _amounts(column: pd.Series) -> pa.Array:
    """The column's text without signs of currencies."""
    return pc.replace_substring_regex(as_text(column), _CURRENCIES, "")


def _any(text: pa.Array, form: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(text, form)).as_py())


def _first(text: pa.Array, form: str) -> str | None:
    found = pc.index(pc.match_substring_regex(text, form).fill_null(False), True).as_py()
    return None if found < 0 else str(text[found].as_py())


def _others(count: int) -> str:
    return f" (and {count - 1:,} more)" if count > 1 else ""
