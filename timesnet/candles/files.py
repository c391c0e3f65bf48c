"""Reading tables of candles from CSV and Parquet as they are."""

import bz2
import csv
import gzip
import lzma
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.dataset

from ..errors import DataError
from .columns import looks_like_header

_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_PARQUET = (".parquet", ".pq", ".parq")
_PREAMBLE_LINES = 10


def read_table(path: Path) -> tuple[pd.DataFrame, int | None, str | None]:
    """The table at `path` (a CSV or Parquet file, or a folder of Parquet files).

    Returns the table, the line of the text file that holds row 0 (None for Parquet) and the character that
    separates its cells (None for Parquet). Raises DataError for what is empty or no table.
    """
    if path.is_dir():
        parts = sorted(
            part
            for part in path.rglob("*")
            if part.suffix.lower() in _PARQUET and not part.name.startswith((".", "_"))
        )
        if not parts:
            raise DataError(
                f"{path}: the folder holds no .parquet file; give a CSV or Parquet file, or such a folder"
            )
        return _read_parquet(parts, path), None, None
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty; it must hold a header line and candles")
    with path.open("rb") as stream:
        is_parquet = stream.read(4) == b"PAR1"
    if is_parquet or path.suffix.lower() in _PARQUET:
        return _read_parquet([path], path), None, None
    return _read_text(path)


def _read_parquet(parts: list[Path], path: Path) -> pd.DataFrame:
    try:
        files = [str(part) for part in parts]
        dataset = pyarrow.dataset.dataset(files, format="parquet", partitioning="hive")
        table = _column_by_column(dataset)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{path}: is not readable as Parquet: {_first_line(error)}") from error
    if table.empty:
        raise DataError(f"{path}: holds no rows")
    return table


def _column_by_column(dataset: pyarrow.dataset.Dataset) -> pd.DataFrame:
    """All rows of a dataset, with nothing held twice but one column."""
    empty = dataset.schema.empty_table().to_pandas()
    if not isinstance(empty.index, pd.RangeIndex) or empty.columns.nlevels > 1:
        return dataset.to_table().to_pandas()
    columns = {}
    for label, name in zip(empty.columns, dataset.schema.names, strict=True):
        columns[label] = dataset.to_table(columns=[name]).to_pandas().iloc[:, 0].reset_index(drop=True)
        release_memory()
    return pd.DataFrame(columns, copy=False)


def release_memory() -> None:
    """Give the system back what reading took and no table holds any more; it would stay with the process."""
    pyarrow.default_memory_pool().release_unused()


def _read_text(path: Path) -> tuple[pd.DataFrame, int, str]:
    try:
        lines = _first_lines(path)
        header, separator = _find_header(lines, path)
        with warnings.catch_warnings():
            # Lines with more cells than the header has names would be cut off with no more than a warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                path,
                sep=separator,
                skiprows=header,
                encoding="utf-8-sig",
                skip_blank_lines=False,
                skipinitialspace=True,
                low_memory=False,
                index_col=False,
            )
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not text in UTF-8 (byte {error.start}); save it as UTF-8 CSV") from error
    except pd.errors.ParserWarning as error:
        raise DataError(
            f"{path}: lines hold more cells than the header has names; give every column a name, and write "
            f"decimals with a point where {separator!r} separates cells"
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, EOFError, OSError) as error:
        raise DataError(f"{path}: cannot be read as CSV: {_first_line(error)}") from error
    if table.empty or table.isna().all(axis=None):
        raise DataError(f"{path}: holds a header but no rows")
    return table, header + 2, separator


def _first_lines(path: Path) -> list[str]:
    opener = _OPENERS.get(path.suffix.lower(), open)
    with opener(path, "rt", encoding="utf-8-sig", newline=None) as stream:
        return [line for _, line in zip(range(_PREAMBLE_LINES), stream, strict=False)]


def _find_header(lines: list[str], path: Path) -> tuple[int, str]:
    """Number of lines before the header, and the separator that splits the header best."""
    if not any(line.strip() for line in lines):
        raise DataError(f"{path}: the file is empty; it must hold a header line and candles")
    for number, line in enumerate(lines):
        for separator in (",", ";", "\t", "|"):
            if looks_like_header(next(csv.reader([line], delimiter=separator), [])):
                return number, separator
    first = next(line for line in lines if line.strip()).strip()
    separator = max((",", ";", "\t", "|"), key=first.count)
    cells = first.split(separator)
    if len(cells) >= 5 and all(_is_number(cell) for cell in cells[1:6]):
        raise DataError(
            f"{path}: has no header line (line 1 is {first[:60]!r}); add one: date,open,high,low,close,volume"
        )
    return lines.index(next(line for line in lines if line.strip())), separator


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].removeprefix("Error tokenizing data. C error: ")[:160]
