"""Reading the other forms of the archives' files: UCR's .tsv and .txt, and .arff."""

import re
from pathlib import Path

import numpy as np

from study.data.ts_files import LabelledSeries, read_lines, read_ts, series_of
from study.errors import StudyError


def read_series(path: Path) -> LabelledSeries:
    """Series with classes from a file of the archives, by its ending: `.ts`, `.tsv`, `.txt` or `.arff`.

    Raises StudyError naming file and line.
    """
    kind = path.suffix.lower()
    if kind == ".arff":
        return read_arff(path)
    return read_ts(path) if kind == ".ts" else read_ucr(path)


def read_ucr(path: Path) -> LabelledSeries:
    """Series of one channel, one a line, its class first, parted by tabs, commas or spaces.

    Missing values at the end mean a shorter series. Raises StudyError naming file and line.
    """
    rows = []
    for number, line in enumerate(read_lines(path), start=1):
        # Two tabs or commas in a row hold a missing value between them.
        cells = re.split(r" *[\t,] *| +", line.strip(" \r\n"))
        if cells == [""]:
            continue
        if len(cells) < 2:
            raise StudyError(f"{path}, line {number}: a class and the values of a series are needed")
        rows.append((number, [",".join(cell or "nan" for cell in cells[1:])], _class_name(cells[0])))
    return _collected(path, rows)


def read_arff(path: Path) -> LabelledSeries:
    """Series of a `.arff` file: an attribute a step and the class last, or one relational attribute of channels.

    Raises StudyError naming file and line.
    """
    lines = read_lines(path)
    header = [line.strip().lower() for line in lines]
    if "@data" not in header:
        raise StudyError(f"{path} has no @data line, so it is no .arff file")
    start = header.index("@data") + 1
    relational = any(re.match(r"@attribute\s+\S+\s+relational", line) for line in header[:start])
    rows = []
    for number, line in enumerate(lines[start:], start=start + 1):
        text = line.strip()
        if not text or text.startswith("%"):
            continue
        if relational:
            found = re.fullmatch(r"""(["'])(.*)\1\s*,\s*(.+)""", text)
            channels = found[2].split("\\n") if found else []
            label = found[3] if found else ""
        else:
            values, _, label = text.rpartition(",")
            channels = [values] if values else []
        if not channels or not label.strip():
            raise StudyError(f"{path}, line {number}: values and a class, parted by commas, are needed")
        rows.append((number, channels, label.strip().strip("'\"")))
    return _collected(path, rows)


def _collected(path: Path, rows: list[tuple[int, list[str], str]]) -> LabelledSeries:
    series: list[np.ndarray] = []
    filled = 0
    for number, channels, _ in rows:
        one, missing = series_of(path, number, channels)
        if series and one.shape[1] != series[0].shape[1]:
            raise StudyError(
                f"{path}, line {number}: {one.shape[1]} channels, the first series has {series[0].shape[1]}"
            )
        series.append(one)
        filled += missing
    if not series:
        raise StudyError(f"{path} holds no series")
    return LabelledSeries(tuple(series), tuple(label for _, _, label in rows), filled)


def _class_name(text: str) -> str:
    """`1.0000000e+00` as `1`; anything else as it is written."""
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else text
