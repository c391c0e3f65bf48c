"""The table of candles in a file or a folder of files."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..errors import DataError
from ..tables import RowNames, read_tables
from .columns import looks_like_header
from .exports import with_names


@dataclass(frozen=True)
class SourceTable:
    """One table with names for its columns.

    Attributes:
        frame: all rows; its index says where they stand in `names`.
        names: how rows are called in messages.
        separator: of the cells of text, None for other kinds of files.
        recognised: the export whose columns a table without header has, in words; "" where it has a header.
    """

    frame: pd.DataFrame
    names: RowNames
    separator: str | None
    recognised: str


def read_source(path: Path, *, name: str) -> SourceTable:
    """The candles in a file, or those in all files of a folder below each other.

    Raises DataError where there is no table, or two files have other columns.
    """
    tables = [with_names(table) for table in read_tables(path, looks_like_header)]
    first, recognised = tables[0]
    if len(tables) == 1:
        names = RowNames(source=name, first_line=first.first_line)
        return SourceTable(first.frame, names, first.separator, recognised)
    frames, parts, start = [], [], 0
    for table, _ in tables:
        frame = table.frame
        if set(frame.columns) != set(first.frame.columns):
            other = sorted(map(str, set(frame.columns) ^ set(first.frame.columns)))
            raise DataError(
                f"{name}: {table.name} has other columns than {first.name} ({', '.join(other[:4])}); give files of one "
                "kind"
            )
        parts.append((start, table.name, table.first_line))
        frames.append(frame.set_axis(frame.index + start, axis=0))
        start += int(frame.index.max()) + 1
    separators = {table.separator for table, _ in tables}
    separator = separators.pop() if len(separators) == 1 else ";"
    whole = pd.concat(frames)
    return SourceTable(whole, RowNames(source=name, parts=tuple(parts)), separator, recognised)
