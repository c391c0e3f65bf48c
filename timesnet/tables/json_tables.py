"""Tables in JSON: a list of records or lists, lines of them, columns, or any of these inside an answer."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError
from .raw import RawTable

_DEPTH = 4


def looks_like_json(start: bytes) -> bool:
    """Whether text begins as a list or an object does."""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{")


def read_json(path: Path, content: bytes, is_header: Callable[[list[str]], int] | None) -> RawTable:
    """The largest table in a JSON file. Raises DataError where there is none, or several with the same columns."""
    try:
        found = _documents(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read as JSON: {' '.join(str(error).split())[:160]}") from error
    tables = list(_tables(found, is_header or (lambda names: 0), _DEPTH))
    if not tables:
        raise DataError(f"{path}: the JSON holds no table: no list of records or lists")
    frame, headless = max(tables, key=lambda table: table[0].size)
    if sum(list(other.columns) == list(frame.columns) for other, _ in tables) > 1:
        raise DataError(f"{path}: the JSON holds several tables with the same columns; give a file of each")
    return RawTable(frame=frame, name=str(path), headless=headless)


def _documents(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]


def _tables(
    found: Any, is_header: Callable[[list[str]], int], depth: int
) -> Iterator[tuple[pd.DataFrame, bool]]:
    """Every table in what JSON holds, and whether its columns have no names."""
    if isinstance(found, list) and found:
        if all(isinstance(row, dict) for row in found):
            yield pd.DataFrame.from_records(found), False
        elif all(isinstance(row, list) for row in found):
            frame = pd.DataFrame(found)
            yield frame.rename(columns=str), True
        return
    if not isinstance(found, dict) or depth == 0:
        return
    names, values = list(found), list(found.values())
    if (
        {"columns", "data"} <= set(names)
        and isinstance(found["data"], list)
        and isinstance(found["columns"], list)
    ):
        frame = pd.DataFrame(found["data"], columns=[str(name) for name in found["columns"]])
        index = found.get("index")
        if isinstance(index, list) and len(index) == len(frame):
            frame = _with_index(frame, index)
        yield frame, False
        return
    columns = {name: value for name, value in found.items() if isinstance(value, list)}
    if is_header(list(columns)) and len({len(value) for value in columns.values()}) == 1:
        yield pd.DataFrame(columns), False
        return
    if values and all(isinstance(value, dict) for value in values):
        if is_header(names):
            frame = pd.DataFrame(found)
            yield _with_index(frame.reset_index(drop=True), frame.index), False
            return
        if len(values) > 1 and is_header(list(values[0])):
            frame = pd.DataFrame.from_dict(found, orient="index")
            yield _with_index(frame.reset_index(drop=True), frame.index, "date"), False
            return
    for value in values:
        yield from _tables(value, is_header, depth - 1)


def _with_index(frame: pd.DataFrame, index: Any, name: str = "index") -> pd.DataFrame:
    """The table with what its rows are called as its first column, where it has no column of that name."""
    if name not in frame.columns:
        frame.insert(0, name, index)
    return frame
