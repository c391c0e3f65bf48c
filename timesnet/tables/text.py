"""Reading delimited text, every cell of it as text."""

import csv
import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from ..errors import DataError
from .raw import RawTable

# How many known names are among these cells; 0 where they are no header.
IsHeader = Callable[[list[str]], int]
SEPARATORS = (",", ";", "\t", "|")
_PREAMBLE_LINES = 10
_LOOKED_AT = 60
_SAMPLE = 2**18
_NUMBER = r"[$€£¥]?[+-]?[\d.,'\u00a0\u202f]*\d[\d.,]*(?:[eE][+-]?\d+)?[KMBkmb]?"
# Tried where text is not UTF-8, and believed where a header is read with it.
_OLD_ENCODINGS = ("cp1252", "gb18030")


@dataclass(frozen=True)
class _Layout:
    """Where the cells of a text stand: lines before row 0, the names of its columns, what separates cells."""

    skip: int
    names: list[str]
    separator: str
    headless: bool
    header: tuple[str, ...] = ()
    preamble: tuple[tuple[str, ...], ...] = ()


def read_text(path: Path, content: bytes | None, is_header: IsHeader | None) -> RawTable:
    """The table in a text file, or in its `content` where it was packed.

    Args:
        is_header: tells the header from the lines above it, and that there is none; without it the first line that
            holds anything is the header.

    Raises DataError for what is empty, no text, or has lines with more cells than names.
    """
    try:
        sample, encoding = _sample(path, content, is_header)
        lines = list(islice(io.StringIO(sample, newline=None), _LOOKED_AT))
        layout = _layout(lines, path, is_header)
        if encoding != "utf-8":
            text = (path.read_bytes() if content is None else content).decode(encoding)
            content = text.removeprefix("\ufeff").encode()
        frame = _read(path, content, layout)
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not text in UTF-8 (byte {error.start}); save it as UTF-8 CSV") from error
    except pd.errors.ParserWarning as error:
        raise DataError(
            f"{path}: lines hold more cells than the header has names; give every column a name, and write "
            f"decimals with a point where {layout.separator!r} separates cells"
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, EOFError, OSError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as CSV: {_first_line(error)}") from error
    if frame.empty or frame.isna().all(axis=None):
        raise DataError(f"{path}: holds a header but no rows")
    return RawTable(
        frame=frame,
        name=str(path),
        first_line=layout.skip + 1,
        separator=layout.separator,
        headless=layout.headless,
        header=layout.header,
        preamble=layout.preamble,
    )


def _sample(path: Path, content: bytes | None, is_header: IsHeader | None) -> tuple[str, str]:
    """The beginning of the text, whole lines, and its encoding."""
    if content is None:
        with path.open("rb") as stream:
            start = stream.read(_SAMPLE)
    else:
        start = content[:_SAMPLE]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start[: len(start) // 2 * 2].decode("utf-16", errors="ignore"), "utf-16"
    whole = start if len(start) < _SAMPLE else start[: start.rfind(b"\n") + 1] or start
    try:
        return whole.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        found: list[tuple[int, str, str]] = []
        for encoding in _OLD_ENCODINGS:
            try:
                text = whole.decode(encoding)
            except UnicodeDecodeError:
                continue
            lines = text.splitlines()
            if is_header is not None and (place := _header_place(lines, is_header)) is not None:
                found.append((is_header(_cells(lines[place[0]], place[1])), text, encoding))
        if not found:
            raise
        # Nearly every text of one reads as the other, too; in the right one more names are known.
        _, text, encoding = max(found, key=lambda one: one[0])
        return text, encoding


def _header_place(lines: list[str], is_header: IsHeader) -> tuple[int, str] | None:
    for number, line in enumerate(lines[:_PREAMBLE_LINES]):
        for separator in SEPARATORS:
            if is_header(_cells(line, separator)):
                return number, separator
    return None


def _layout(lines: list[str], path: Path, is_header: IsHeader | None) -> _Layout:
    if not any(line.strip() for line in lines):
        raise DataError(f"{path}: the file is empty; it must hold a header line and rows")
    filled = [number for number, line in enumerate(lines) if line.strip()]
    # What Excel writes to say which separator follows.
    if lines[filled[0]].strip().lower().startswith("sep=") and len(filled) > 1:
        filled = filled[1:]
    found = None if is_header is None else _header_place(lines, is_header)
    if found is None:
        first = lines[filled[0]].strip()
        # Commas may group thousands where another sign separates cells.
        likely = [other for other in SEPARATORS[1:] if first.count(other) >= 4]
        separator = likely[0] if likely else max(SEPARATORS, key=first.count)
        cells = _cells(first, separator)
        if is_header is not None and sum(map(_is_number, cells)) >= max(4, len(cells) - 4):
            names = [str(place) for place in range(len(cells))]
            return _Layout(filled[0], names, separator, headless=True)
        found = filled[0], separator
    place, separator = found
    names = _cells(lines[place], separator)
    names = [name.strip().removeprefix("\ufeff") for name in names]
    preamble = tuple(tuple(_cells(line, separator)) for line in lines[:place])
    rows = [line for line in lines[place + 1 :] if line.strip()][:-1] or [
        line for line in lines[place + 1 :] if line.strip()
    ]
    below = [_cells(line, separator) for line in rows]
    if below and all(len(cells) == 1 for cells in below):
        # Names parted by commas above rows parted by semicolons.
        for other in SEPARATORS:
            if all(len(_cells(line, other)) >= len(names) for line in rows):
                separator, below = other, [_cells(line, other) for line in rows]
                break
    widths = {len(cells) for cells in below}
    if widths == {len(names) + 1} and all(not cells[-1].strip() for cells in below):
        names = [*names, ""]
    elif widths == {len(names) - 1} and not names[-1]:
        names = names[:-1]
    elif is_header is not None and len(widths) == 1 and min(widths) > len(names):
        numbered = [str(number) for number in range(min(widths))]
        return _Layout(place + 1, numbered, separator, True, tuple(names), preamble)
    return _Layout(place + 1, names, separator, False, (), preamble)


def _read(path: Path, content: bytes | None, layout: _Layout) -> pd.DataFrame:
    source = str(path) if content is None else pa.BufferReader(content)
    keys = [f"f{place}" for place in range(len(layout.names))]
    try:
        table = pa.csv.read_csv(
            source,
            pa.csv.ReadOptions(column_names=keys, skip_rows=layout.skip),
            pa.csv.ParseOptions(
                delimiter=layout.separator, newlines_in_values=True, ignore_empty_lines=False
            ),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(keys, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
        frame = table.to_pandas()
    except pa.ArrowException:
        # Lines of several lengths or nothing: slower, and every one of them is accounted for.
        frame = _read_patiently(path, content, layout)
    frame.columns = pd.Index(layout.names, dtype=object)
    return frame


def _read_patiently(path: Path, content: bytes | None, layout: _Layout) -> pd.DataFrame:
    with warnings.catch_warnings():
        # Lines with more cells than the header has names would be cut off with no more than a warning.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            path if content is None else io.BytesIO(content),
            sep=layout.separator,
            skiprows=layout.skip,
            header=None,
            names=range(len(layout.names)),
            dtype="str",
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8-sig",
            skip_blank_lines=False,
            skipinitialspace=True,
            low_memory=False,
            index_col=False,
            compression=None,
        )


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], delimiter=separator, skipinitialspace=True), [])


def _is_number(cell: str) -> bool:
    return re.fullmatch(_NUMBER, cell.strip()) is not None


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].removeprefix("Error tokenizing data. C error: ")[:160]
