"""Reading the tables in files and folders as they are."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.dataset
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet

from ..errors import DataError
from .json_tables import looks_like_json, read_json
from .packed import FEATHER, ORC, PARQUET, kind_of
from .raw import RawTable
from .text import IsHeader, read_text

_PARQUET_ENDINGS = (".parquet", ".pq", ".parq")
_PACKED = ("", ".gz", ".bz2", ".xz", ".zst")
_KINDS: dict[str, tuple[str, ...]] = {
    "Parquet": _PARQUET_ENDINGS,
    "CSV": (*(ending + packed for ending in (".csv", ".tsv") for packed in _PACKED), ".zip"),
    "Feather": (".feather", ".arrow"),
}
# Read from a folder only where it holds nothing else.
_LAST_KINDS: dict[str, tuple[str, ...]] = {
    "text": tuple(".txt" + packed for packed in _PACKED),
    "JSON": tuple(ending + packed for ending in (".json", ".jsonl", ".ndjson") for packed in _PACKED),
}
TABLE_ENDINGS = tuple(
    ending for kinds in (_KINDS, _LAST_KINDS) for endings in kinds.values() for ending in endings
)


def read_tables(path: Path, is_header: IsHeader | None = None) -> list[RawTable]:
    """The table in a file, or those in the files of a folder: CSV, JSON, Parquet, Feather or ORC, packed or not.

    The kind is told from the content. All files of a folder must be of one kind; Parquet files are one table.

    Args:
        is_header: whether these cells name the columns; see read_text.

    Raises DataError for what is empty, of a kind that is not read, or no table.
    """
    if path.is_dir():
        kind, parts = _files_in(path)
        if kind == "Parquet":
            return [_named(_read_parquet(parts, path), path)]
        return [_with_folders(_read_file(part, is_header), part, path) for part in parts]
    return [_read_file(path, is_header)]


def _read_file(path: Path, is_header: IsHeader | None) -> RawTable:
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty; it must hold a header line and rows")
    kind, content = kind_of(path)
    if content is not None and not content:
        raise DataError(f"{path}: what is packed inside is empty; it must hold a header line and rows")
    if kind == PARQUET or path.suffix.lower() in _PARQUET_ENDINGS:
        if content is None:
            return _named(_read_parquet([path], path), path)
        return _named(_arrow(path, kind, lambda: pd.read_parquet(io.BytesIO(content))), path)
    if kind in (FEATHER, ORC):
        source = str(path) if content is None else io.BytesIO(content)
        reader = pyarrow.feather.read_table if kind == FEATHER else pyarrow.orc.read_table
        return _named(_arrow(path, kind, lambda: reader(source).to_pandas()), path)
    with path.open("rb") as stream:
        start = stream.read(200) if content is None else content[:200]
    if looks_like_json(start):
        return read_json(path, path.read_bytes() if content is None else content, is_header)
    return read_text(path, content, is_header)


def _files_in(folder: Path) -> tuple[str, list[Path]]:
    """The tables in a folder, and their kind."""
    files = sorted(
        part for part in folder.rglob("*") if part.is_file() and not part.name.startswith((".", "_"))
    )
    by_kind = {
        kind: [part for part in files if part.name.lower().endswith(endings)]
        for kind, endings in (_KINDS | _LAST_KINDS).items()
    }
    main = [kind for kind in _KINDS if by_kind[kind]]
    if len(main) > 1:
        raise DataError(
            f"{folder}: the folder holds {' and '.join(main)} files ({by_kind[main[0]][0].name}, "
            f"{by_kind[main[1]][0].name}); give a folder with one kind of them"
        )
    for kind in main or _LAST_KINDS:
        if by_kind[kind]:
            return kind, by_kind[kind]
    raise DataError(
        f"{folder}: the folder holds no .parquet and no .csv file; give a file or a folder with such files"
    )


def _with_folders(table: RawTable, part: Path, folder: Path) -> RawTable:
    """The table with what its folders say, as in `symbol=BTC/2024.csv`."""
    for name in part.relative_to(folder).parts[:-1]:
        key, sign, value = name.partition("=")
        if sign and table.headless:
            raise DataError(
                f"{part}: the folder {name!r} names a {key}, but the file names no columns; give it a header line"
            )
        if sign and key not in table.frame.columns:
            table.frame[key] = value
    return table


def _named(frame: pd.DataFrame, path: Path) -> RawTable:
    if frame.empty:
        raise DataError(f"{path}: holds no rows")
    headless = all(str(label) == str(place) for place, label in enumerate(frame.columns))
    return RawTable(frame=frame.rename(columns=str) if headless else frame, name=str(path), headless=headless)


def _arrow(path: Path, kind: str, read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    try:
        return read()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{path}: is not readable as {kind}: {_first_line(error)}") from error


def _read_parquet(parts: Sequence[Path], path: Path) -> pd.DataFrame:
    def read() -> pd.DataFrame:
        files = [str(part) for part in parts]
        columns = [set(pyarrow.parquet.read_schema(file).names) for file in files]
        for file, its in zip(files, columns, strict=True):
            if its != columns[0]:
                other = ", ".join(sorted(map(str, its ^ columns[0]))[:4])
                raise DataError(
                    f"{path}: {file} has other columns than {files[0]} ({other}); give files of one kind"
                )
        # As text: a symbol 000001 is no number.
        keys = {name.partition("=")[0] for part in parts for name in part.parts[:-1] if "=" in name}
        named = pyarrow.dataset.partitioning(
            pyarrow.schema([(key, pyarrow.string()) for key in sorted(keys)]), flavor="hive"
        )
        return _column_by_column(pyarrow.dataset.dataset(files, format="parquet", partitioning=named))

    return _arrow(path, "Parquet", read)


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


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:160]
