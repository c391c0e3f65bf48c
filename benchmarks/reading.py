"""Known candles, written in any form that exports have, are read as the same numbers or refused.

    python -m benchmarks.reading                  10,000 files; exit code 1 where one is read as other numbers

A file is drawn from a grammar: form of the date x form of the time of day x one or two columns x their names and order
x separator x convention of the numbers x header, none or a known order x order of rows x packing x line ends.
"""

import argparse
import bz2
import gzip
import io
import lzma
import sys
import tempfile
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from timesnet import read_candles
from timesnet.errors import DataError

NUMBERS = ("open", "high", "low", "close", "volume")
EQUAL, REFUSED, DIFFERENT = "read, equal", "refused in one line", "read as other numbers"

_INTERVALS = ("1min", "5min", "15min", "1h", "4h", "1D")
_DAYS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%d %b %Y",
)
_DAYS += (
    "%b %d, %Y",
    "%d-%b-%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%y.%m.%d",
    "%Y年%m月%d日",
    "%a, %d %b %Y",
)
_CLOCKS = (
    "%H:%M",
    "%H:%M:%S",
    "%H:%M:%S.000",
    "%I:%M %p",
    "%I:%M:%S %p",
    "%H%M",
    "%H%M%S",
    "%H-%M-%S",
    "%H.%M",
)
_ZONES = ("", "", "", "Z", "+00:00", "+0000", " UTC", " GMT", "offset", "name")
_DATE_NAMES = (
    "date",
    "Date",
    "<DATE>",
    "Trade Date",
    "trade_date",
    "Datum",
    "日期",
    "day",
    "Timestamp",
    "DateTime",
)
_TIME_NAMES = ("time", "Time", "<TIME>", "Timestamp", "Zeit", "hhmm", "trade_time")
_HEADERS: dict[str, tuple[str, ...]] = {
    "plain": ("open", "high", "low", "close", "volume"),
    "Yahoo": ("Open", "High", "Low", "Close", "Volume"),
    "MetaTrader": ("<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<TICKVOL>"),
    "polygon": ("o", "h", "l", "c", "v"),
    "alpha_vantage": ("1. open", "2. high", "3. low", "4. close", "5. volume"),
    "akshare": ("开盘", "最高", "最低", "收盘", "成交量"),
    "Nasdaq": ("Open", "High", "Low", "Close/Last", "Volume"),
    "German": ("Eröffnung", "Hoch", "Tief", "Schluss", "Volumen"),
}
_ORDERS = (
    ("open", "high", "low", "close", "volume"),
    ("volume", "close", "high", "low", "open"),
    ("open", "close", "high", "low", "volume"),
    ("low", "high", "open", "close", "volume"),
)


@dataclass(frozen=True)
class Written:
    """A file's content and name, the candles in it, and how they are written, in words."""

    content: bytes
    name: str
    candles: pd.DataFrame
    form: str


def draw(seed: int) -> Written:
    """The file with this number."""
    generator = np.random.default_rng(seed)

    def one(choices):  # type: ignore[no-untyped-def]
        return choices[int(generator.integers(len(choices)))]

    digits = int(one((0, 1, 2, 2, 3, 4, 5)))
    candles = _candles(generator, int(one((3, 8, 30, 30, 120, 400))), one(_INTERVALS), digits)
    separator = one((",", ",", ",", ";", "\t", "|"))
    convention = one(("plain", "plain", "plain", "grouped", "German", "spaces", "dollars"))
    dated, form = _dates(one, candles["date"])
    columns = list(dated.items())
    head = one(tuple(_HEADERS))
    order = list(range(len(NUMBERS)))
    header = one((True, True, True, False))
    if header:
        generator.shuffle(order)
        numbers = [(_HEADERS[head][place], NUMBERS[place]) for place in order]
    else:
        numbers = [(name, name) for name in one(_ORDERS)]
    written = [
        (label, _spelt(candles[name], convention, digits if name != "volume" else 0))
        for label, name in numbers
    ]
    if header and one((True, False)):
        written.append(("spare", pd.Series(["x"] * len(candles))))
    if header and one((True, False, False)):
        written.append(("close_time", pd.Series(candles["date"].astype("int64") // 10**6 + 59_999)))
    table = [*columns, *written] if not header or one((True, True, False)) else [*written, *columns]
    frame = pd.DataFrame({place: list(values) for place, (_, values) in enumerate(table)}).astype("str")
    if one((True, False, False)):
        frame = frame.iloc[::-1]
    end = one(("\n", "\r\n"))
    text = frame.to_csv(
        index=False,
        header=[label for label, _ in table] if header else False,
        sep=separator,
        lineterminator=end,
    )
    packing = one(("", "", "", "gz", "bz2", "xz", "zip"))
    encoding = one(("utf-8", "utf-8", "utf-8-sig", "utf-16"))
    said = (
        f"{form}; {convention}; {separator!r}; {head if header else [name for _, name in numbers]}; {packing}"
    )
    return Written(
        _packed(text.encode(encoding), packing), f"candles.csv{packing and '.' + packing}", candles, said
    )


def outcome(written: Written, folder: Path) -> str:
    """What reading the file makes of it."""
    path = folder / written.name
    path.write_bytes(written.content)
    try:
        found = read_candles(path)[0].frame
    except DataError as error:
        assert "\n" not in str(error)
        return REFUSED
    expected = written.candles
    same = len(found) == len(expected) and (found["date"].to_numpy() == expected["date"].to_numpy()).all()
    same = same and np.allclose(found[list(NUMBERS)], expected[list(NUMBERS)], rtol=1e-12, atol=0)
    return EQUAL if same else DIFFERENT


def _candles(generator: np.random.Generator, rows: int, interval: str, digits: int) -> pd.DataFrame:
    start = pd.Timestamp("2001-01-01", tz="UTC") + pd.Timedelta(days=int(generator.integers(8_500)))
    if interval != "1D":
        start += pd.Timedelta(interval) * int(generator.integers(pd.Timedelta("1D") / pd.Timedelta(interval)))
    level = float(10 ** generator.uniform(0.5, 5)) * (100 if digits < 2 else 1)
    close = np.round(level * np.exp(np.cumsum(generator.normal(0, 0.004, rows))), digits)
    opening = np.concatenate(([np.round(level, digits)], close[:-1]))
    high = np.round(np.maximum(opening, close) * (1 + generator.exponential(0.002, rows)), digits)
    low = np.round(np.minimum(opening, close) / (1 + generator.exponential(0.002, rows)), digits)
    frame = pd.DataFrame(
        {"open": opening, "high": np.maximum(high, opening), "low": np.minimum(low, opening)}
    )
    frame["high"], frame["low"] = np.maximum(frame["high"], close), np.minimum(frame["low"], close)
    frame["close"], frame["volume"] = (
        close,
        np.round(generator.gamma(2, 10 ** generator.uniform(1, 5), rows)) + 1,
    )
    frame.insert(0, "date", pd.date_range(start, periods=rows, freq=interval).as_unit("ns"))
    return frame


def _dates(one, dates: pd.Series) -> tuple[dict[str, pd.Series], str]:  # type: ignore[no-untyped-def]
    kind = one(("whole", "whole", "epoch", "split", "split"))
    name = one(_DATE_NAMES)
    if kind == "epoch":
        unit = one(("s", "ms", "us", "ns"))
        return {name: pd.Series(dates.dt.as_unit(unit).astype("int64"))}, f"epoch {unit}"
    day, clock = one(_DAYS), one(_CLOCKS)
    if kind == "whole":
        zone = one(_ZONES)
        local = dates
        if zone in ("offset", "name"):
            local = dates.dt.tz_convert(one(("America/New_York", "Asia/Tokyo", "Asia/Kolkata")))
        tail = {"offset": "%z", "name": f" {local.dt.tz}"}.get(zone, zone)
        between = (
            ""
            if (day, clock) in (("%Y%m%d", "%H%M"), ("%Y%m%d", "%H%M%S")) and one((True, False))
            else one(" T")
        )
        if between == "":
            tail, local = "", dates
        return {name: local.dt.strftime(day + between + clock + tail)}, f"{day}{between}{clock}{tail}"
    times = dates.dt.strftime(clock)
    if one((True, False, False)) and clock in ("%H%M", "%H%M%S"):
        times = times.astype("int64").astype("str")
        clock += " without zeros"
    days = dates.dt.strftime(day + one(("", "", " 00:00:00" if day != "%a, %d %b %Y" else "")))
    label = one([other for other in _TIME_NAMES if other.lower() != name.lower()])
    columns = {name: days, label: times}
    return (columns if one((True, True, False)) else {label: times, name: days}), f"{day} | {clock}"


def _spelt(values: pd.Series, convention: str, digits: int) -> pd.Series:
    if convention == "plain":
        return values.map(f"{{:.{digits}f}}".format)
    text = values.map(f"{{:,.{digits}f}}".format)
    if convention == "German":
        return text.str.replace(",", "\0").str.replace(".", ",").str.replace("\0", ".")
    if convention == "spaces":
        return text.str.replace(",", "\u00a0")
    return "$" + text if convention == "dollars" else text


def _packed(content: bytes, packing: str) -> bytes:
    if packing == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("candles.csv", content)
        return stream.getvalue()
    return {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}.get(packing, bytes)(content)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="number of the first file")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seed, options.seed + options.files):
            written = draw(seed)
            result = outcome(written, Path(folder))
            counts[result] += 1
            if result == DIFFERENT:
                print(f"file {seed}: {written.form}", file=sys.stderr)
    print("| files |", " | ".join((EQUAL, REFUSED, DIFFERENT)), "|")
    print("| --- " * 4 + "|")
    print(
        f"| {options.files:,} |", " | ".join(f"{counts[kind]:,}" for kind in (EQUAL, REFUSED, DIFFERENT)), "|"
    )
    return int(counts[DIFFERENT] > 0)


if __name__ == "__main__":
    sys.exit(main())
