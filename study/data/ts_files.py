"""Reading the `.ts` format of the time-series classification archives."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from study.errors import StudyError


@dataclass(frozen=True)
class LabelledSeries:
    """Series of one file: each float64 (its length, n_channels), with the text of its class."""

    series: tuple[np.ndarray, ...]
    labels: tuple[str, ...]


def read_ts(path: Path) -> LabelledSeries:
    """Series with classes from a `.ts` file: `@` lines, then a series a line as `1,2,3:4,5,6:class`.

    Colons part the channels, the class comes last. Series may differ in length. The package aeon reads more of the
    format, but pins older numpy and pandas than this project runs on.

    Raises StudyError naming file and line: no classes, time stamps, missing or unreadable values, channels of unequal
    length, another number of channels than in the first series.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise StudyError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path} can't be read: {error}") from None
    start = _read_header(path, lines)
    series: list[np.ndarray] = []
    labels: list[str] = []
    for number, line in enumerate(lines[start:], start=start + 1):
        text = line.strip()
        if not text or text.startswith(("#", "%")):
            continue
        *channels, label = text.split(":")
        if not channels or not label.strip():
            raise StudyError(f"{path}, line {number}: values and a class, parted by ':', are needed")
        one = _series(path, number, channels)
        if series and one.shape[1] != series[0].shape[1]:
            raise StudyError(
                f"{path}, line {number}: {one.shape[1]} channels, the first series has {series[0].shape[1]}"
            )
        series.append(one)
        labels.append(label.strip())
    if not series:
        raise StudyError(f"{path} holds no series after its @data line")
    return LabelledSeries(tuple(series), tuple(labels))


def _read_header(path: Path, lines: list[str]) -> int:
    """Number of lines up to and including `@data`."""
    header = [line.strip().lower() for line in lines]
    if "@data" not in header:
        raise StudyError(f"{path} has no @data line, so it is no .ts file")
    start = header.index("@data") + 1
    if "@timestamps true" in (" ".join(line.split()) for line in header[:start]):
        raise StudyError(f"{path}: series with time stamps are not read; write the values alone")
    if not has_classes(lines[:start]):
        raise StudyError(f"{path} has no classes (@classLabel true); a study needs them")
    return start


def has_classes(lines: list[str]) -> bool:
    """Whether the header in these lines says that each series has a class."""
    for line in lines:
        words = line.lower().split()
        if words and words[0] == "@data":
            break
        if words[:2] == ["@classlabel", "true"]:
            return True
    return False


def _series(path: Path, number: int, channels: list[str]) -> np.ndarray:
    values = []
    for channel in channels:
        try:
            values.append(np.array(channel.split(","), dtype=np.float64))
        except ValueError:
            what = "a missing value (?)" if "?" in channel else "something that is no number"
            raise StudyError(f"{path}, line {number}: {what}; fill it or drop the series") from None
        if not np.isfinite(values[-1]).all():
            raise StudyError(f"{path}, line {number}: a value that is not finite; fill it or drop the series")
    if len({len(channel) for channel in values}) > 1:
        lengths = ", ".join(str(len(channel)) for channel in values)
        raise StudyError(f"{path}, line {number}: channels of lengths {lengths}; they must be equal")
    return np.stack(values, axis=1)
