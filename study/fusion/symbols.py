"""Symbols of a table and of candles: which are the same, and which only look so."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from study.display import suggestion
from study.errors import StudyError

SYMBOL = "symbol"
_SHOWN, _LISTED = 5, 8


def as_text(symbols: pd.Series) -> np.ndarray:
    """Symbols as they are compared: text without blanks around it, (n,)."""
    return symbols.astype("str").str.strip().to_numpy(dtype=object)


def unknown_symbols(given: pd.Series, known: Sequence[str]) -> list[str]:
    """The symbols of a table's column that the candles have none of, in order."""
    return sorted(set(as_text(given.dropna())) - set(known))


def require_one(table: pd.DataFrame, *, what: str) -> None:
    """Raise StudyError where a table beside candles that name no symbol has rows of several; `what` names it."""
    names = sorted(set(as_text(table[SYMBOL].dropna()))) if SYMBOL in table.columns else []
    if len(names) > 1:
        raise StudyError(
            f"{what} names the symbols {listed(names)}, the candles none: keep the rows of theirs, or call the column "
            "otherwise where it says nothing of what is traded"
        )


def listed(names: Sequence[str]) -> str:
    """The first few of the names, and how many more there are."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def require_known(given: pd.Series, known: Sequence[str], *, what: str) -> None:
    """Raise StudyError where a symbol is a known one in another spelling, or where none is known.

    Args:
        given: the table's column; known: symbols of the candles; what: names the table.
    """
    names = sorted(set(known))
    plain = {_plain(name): name for name in names}
    missing = unknown_symbols(given, names)
    has = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    for symbol in missing:
        if _plain(symbol) in plain:
            raise StudyError(
                f"{what}: symbol {symbol!r}: no such symbol: the candles have {has}, did you mean "
                f"{plain[_plain(symbol)]!r}? Write it so"
            )
    if missing and len(missing) == len(set(as_text(given.dropna()))):
        raise StudyError(
            f"{what}: symbol {missing[0]!r}: no such symbol: the candles have {has}; "
            f"{suggestion(missing[0], names)}"
        )


def _plain(symbol: str) -> str:
    return re.sub(r"[\W_]+", "", symbol).lower()
