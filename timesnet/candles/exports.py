"""Tables without a header of their own, recognised by what the columns of every candle obey."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..errors import DataError
from ..tables import RawTable, RowNames, decimal_signs, parse_numbers, read_moments, read_times, with_times
from .columns import PRICES, find_columns, plain_name

# Of all rows, how many may break an invariant, as a damaged one does.
_BROKEN = 0.002
# Opens lie nearer to the close before than the other way round by this factor, where the two are told apart.
_SWAPPED = 0.5
_OHLC = ("open", "high", "low", "close")

Check = Callable[[dict[str, np.ndarray]], np.ndarray]


@dataclass(frozen=True)
class Export:
    """Columns of a file without a header, in order; `check` is what else holds in each row, bool (n,)."""

    name: str
    columns: tuple[str, ...]
    check: Check | None = None


def _closes_later(values: dict[str, np.ndarray]) -> np.ndarray:
    return values["close_time"] > values["open_time"]


def _average_inside(values: dict[str, np.ndarray]) -> np.ndarray:
    # Rounded to fewer digits than the prices, and 0 where nothing was traded.
    slack = values["high"] * 1e-4
    inside = (values["vwap"] >= values["low"] - slack) & (values["vwap"] <= values["high"] + slack)
    return inside | (values["vwap"] == 0)


def _counts(values: dict[str, np.ndarray]) -> np.ndarray:
    return values["trades"] % 1 == 0


# The first that fits gives the name; two that fit with other columns as prices are refused.
EXPORTS = (
    Export(
        "Binance klines",
        (
            *("open_time", *_OHLC, "volume", "close_time", "quote_volume", "count"),
            *("taker_buy_volume", "taker_buy_quote_volume", "ignore"),
        ),
        _closes_later,
    ),
    Export("Kraken OHLCVT", ("time", *_OHLC, "volume", "trades"), _counts),
    Export("Kraken OHLC", ("time", *_OHLC, "vwap", "volume", "count"), _average_inside),
    Export("MetaTrader", ("date", "time of day", *_OHLC, "volume")),
    Export("time of day, day, open, high, low, close, volume", ("time of day", "date", *_OHLC, "volume")),
    Export("MetaTrader 5", ("date", "time of day", *_OHLC, "tickvol", "vol", "spread")),
    Export("gate.io", ("time", "volume", "close", "high", "low", "open")),
    Export("Bitfinex", ("time", "open", "close", "high", "low", "volume")),
    Export("Coinbase", ("time", "low", "high", "open", "close", "volume")),
    Export("histdata", ("histdata date", *_OHLC, "volume")),
    Export("time, open, high, low, close, volume", ("time", *_OHLC, "volume")),
    Export("time, open, high, low, close", ("time", *_OHLC)),
    Export("day, time, open, high, low, close", ("date", "time of day", *_OHLC)),
    Export("KuCoin", ("time", "open", "close", "high", "low", "volume", "turnover")),
    Export("Bybit", ("time", *_OHLC, "volume", "turnover")),
    Export("OKX", ("time", *_OHLC, "volume", "volume_currency", "volume_quote", "confirm")),
    Export("Stooq", ("ticker", "per", "date", "time of day", *_OHLC, "volume", "openint")),
    Export("Stooq", ("ticker", "date", "time of day", *_OHLC, "volume")),
    Export("ticker, day, open, high, low, close, volume", ("ticker", "date", *_OHLC, "volume")),
)
_DATES = ("date", "datetime")
_TIMES = ("time", "open_time", "date", "histdata date", "close_time")


def with_names(table: RawTable) -> tuple[RawTable, str]:
    """The table with names for its columns, and which export it was recognised as ("" where it has a header).

    Raises DataError where no known order of columns fits, or several.
    """
    if not table.headless:
        return _without_second_header(table)
    frame = table.frame
    fitting = [export for export in EXPORTS if len(export.columns) == frame.shape[1] and _fits(frame, export)]
    if not fitting or not _agrees(table.header, fitting[0]):
        raise DataError(_unknown(table))
    first = fitting[0]
    others = [export for export in fitting if _prices(export) != _prices(first)]
    if others:
        raise DataError(
            f"{table.name}: has no header line and its columns fit {first.name} as well as {others[0].name}; name them "
            "in a first line, as in date,open,high,low,close,volume"
        )
    names = {"time of day": "time", "histdata date": "date"}
    labels = [names.get(name, name) for name in first.columns]
    said = f"{first.name}, without a header line"
    if first.name == "histdata":
        said += "; its times are Eastern Standard Time all year: timezone=Etc/GMT+5 reads them so"
    elif first.name.startswith("MetaTrader"):
        said += "; its times are those of the broker's server: timezone= names it"
    return replace(table, frame=frame.set_axis(labels, axis=1), headless=False), said


def _fits(frame: pd.DataFrame, export: Export) -> bool:
    values: dict[str, np.ndarray] = {}
    rows = RowNames(source="")
    columns = dict(
        zip(export.columns, (frame.iloc[:, place] for place in range(frame.shape[1])), strict=True)
    )
    texts = ("date", "time of day", "ticker", "per", "histdata date")
    try:
        decimal = decimal_signs(column for name, column in columns.items() if name not in (*texts, *_TIMES))
        sign = "".join(decimal) if len(decimal) == 1 else ""
        for name, column in columns.items():
            if name not in texts:
                values[name], _ = (
                    parse_numbers(column, name=name, rows=rows, decimal=sign)
                    if (name not in _TIMES)
                    else (_moments(column, rows), None)
                )
        day = next(name for name in _TIMES if name in columns)
        values[day] = _moments(columns[day], rows)
        if day == "histdata date" and not columns[day].astype("str").str.fullmatch(r"\d{8} \d{6}").all():
            return False
        if "time of day" in columns:
            if read_times(columns["time of day"]) is None:
                return False
            found = with_times(read_moments(columns[day], name="date", rows=rows), columns["time of day"])
            values[day] = _dated(found.nanoseconds, found.known)
        if "ticker" in columns and not columns["ticker"].astype("str").str.contains(r"[^\W\d_]").all():
            return False
        if "ticker" in columns and read_times(columns["ticker"]) is not None:
            return False
    except DataError:
        return False
    if np.isnan(values[day]).any():
        return False
    opening, high, low, closing = (values[name] for name in PRICES)
    traded = ~np.isnan(opening) & ~np.isnan(high) & ~np.isnan(low) & ~np.isnan(closing)
    if not traded.any() or (np.nan_to_num(low[traded]) <= 0).mean() > _BROKEN:
        return False
    obeyed = (low <= np.minimum(opening, closing)) & (high >= np.maximum(opening, closing))
    if "volume" in values:
        obeyed &= ~(values["volume"] < 0)
    if export.check is not None:
        obeyed &= export.check(values)
    if (~obeyed[traded]).mean() > _BROKEN:
        return False
    order = np.argsort(values[day], kind="stable")
    return not _swapped(opening[order], closing[order])


def _moments(column: pd.Series, rows: RowNames) -> np.ndarray:
    found = read_moments(column, name="time", rows=rows)
    return _dated(found.nanoseconds, found.known)


def _dated(nanoseconds: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.where(known, nanoseconds.astype(np.float64), np.nan)


def _swapped(opening: np.ndarray, closing: np.ndarray) -> bool:
    """Whether closes lie much nearer to the open before than opens to the close before."""
    if len(opening) < 3:
        return False
    as_named = np.nanmedian(np.abs(opening[1:] - closing[:-1]))
    swapped = np.nanmedian(np.abs(closing[1:] - opening[:-1]))
    return bool(swapped < _SWAPPED * as_named)


def _prices(export: Export) -> tuple[int, ...]:
    volume = "vol" if "vol" in export.columns else "volume"
    names = (*_OHLC, volume) if volume in export.columns else _OHLC
    return tuple(export.columns.index(name) for name in names)


def _agrees(header: Sequence[str], export: Export) -> bool:
    """Whether names given for the first columns are those that the export has there."""
    if not header:
        return True
    given = pd.DataFrame(columns=list(header))
    try:
        roles = find_columns(given, source="").roles
    except DataError:
        return False
    for role in (*PRICES, "volume"):
        if role in roles and list(header).index(str(roles[role])) != export.columns.index(role):
            return False
    return True


def _unknown(table: RawTable) -> str:
    if table.header:
        return (
            f"{table.name}: lines hold more cells than the header has names ({table.frame.shape[1]} cells, "
            f"{len(table.header)} names); give every column a name, and write decimals with a point where "
            f"{table.separator!r} separates cells"
        )
    first = (table.separator or ",").join(str(cell) for cell in table.frame.iloc[0])
    where = "" if table.first_line is None else f" (line {table.first_line} is {first[:60]!r})"
    return (
        f"{table.name}: has no header line{where} and its {table.frame.shape[1]} columns are in no order that is "
        "known; name them in a first line: date,open,high,low,close,volume"
    )


def _without_second_header(table: RawTable) -> tuple[RawTable, str]:
    """Yahoo's table, whose second line names tickers and whose third names the dates, with the tickers below each
    other; any other table as it is."""
    frame = table.frame
    tickers, below = None, 0
    if len(frame) > 2 and frame.shape[1] > 4:
        above = table.preamble[-1] if table.preamble else ()
        if _first_cell(frame, 0) in ("ticker", "") and _first_cell(frame, 1) in _DATES:
            tickers, below = frame.iloc[0, 1:].tolist(), 2
        elif above and plain_name(above[0]) == "ticker" and _first_cell(frame, 0) in _DATES:
            tickers, below = list(above[1:]), 1
    if tickers is None or len(tickers) != frame.shape[1] - 1 or not frame.iloc[below - 1, 1:].isna().all():
        return table, ""
    names = [str(name) for name in frame.columns[1:]]
    parts = []
    for ticker in dict.fromkeys(str(ticker) for ticker in tickers):
        places = [place for place, its in enumerate(tickers, start=1) if str(its) == ticker]
        part = frame.iloc[below:, [0, *places]].set_axis(
            ["date", *(names[place - 1] for place in places)], axis=1
        )
        part = part[part.iloc[:, 1:].notna().any(axis=1)]
        parts.append(part.assign(symbol=ticker))
    return replace(table, frame=pd.concat(parts)), "Yahoo's three header lines, tickers as symbols"


def _first_cell(frame: pd.DataFrame, row: int) -> str:
    cell = frame.iloc[row, 0]
    return plain_name(str(cell)) if isinstance(cell, str) else ""
