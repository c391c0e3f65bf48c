"""Reading the `.ts` format of the time-series classification archives."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from study.errors import StudyError


@dataclass(frozen=True)
class LabelledSeries:
    """Series of one file: each float64 (its length, n_channels), with the text of its class; missing values filled."""

    series: tuple[np.ndarray, ...]
    labels: tuple[str, ...]
    filled: int = 0


def read_ts(path: Path) -> LabelledSeries:
    """Series with classes from a `.ts` file: `@` lines, then a series a line as `1,2,3:4,5,6:class`.

    Colons part the channels, the class comes last. Series may differ in length; missing values, `?` or NaN, at the end
    mean a shorter one, others are filled in, see whole_series. The package aeon reads more of the format, but pins
    older numpy and pandas than this project runs on.

    Raises StudyError naming file and line: no classes, time stamps, unreadable values, channels of unequal length,
    another number of channels than in the first series, or something else than the header says.
    """
    lines = read_lines(path)
    start = _read_header(path, lines)
    said = _said(lines[:start])
    series: list[np.ndarray] = []
    labels: list[str] = []
    filled = 0
    for number, line in enumerate(lines[start:], start=start + 1):
        text = line.strip()
        if not text or text.startswith(("#", "%")):
            continue
        *channels, label = text.split(":")
        if not channels or not label.strip():
            raise StudyError(f"{path}, line {number}: values and a class, parted by ':', are needed")
        _require_said(said, channels, label.strip(), where=f"{path}, line {number}")
        one, missing = series_of(path, number, channels)
        filled += missing
        if series and one.shape[1] != series[0].shape[1]:
            raise StudyError(
                f"{path}, line {number}: {one.shape[1]} channels, the first series has {series[0].shape[1]}"
            )
        series.append(one)
        labels.append(label.strip())
    if not series:
        raise StudyError(f"{path} holds no series after its @data line")
    return LabelledSeries(tuple(series), tuple(labels), filled)


def _read_header(path: Path, lines: list[str]) -> int:
    """Number of lines up to and including `@data`."""
    header = [line.strip().lower() for line in lines]
    if "@data" not in header:
        raise StudyError(f"{path} has no @data line, so it is no .ts file")
    start = header.index("@data") + 1
    if "@timestamps true" in (" ".join(line.split()) for line in header[:start]):
        raise StudyError(
            f"{path}: series with time stamps, pairs of (time, value), are not read (@timeStamps true); "
            "write the values alone, 1,2,3:class"
        )
    if not has_classes(lines[:start]):
        raise StudyError(f"{path} has no classes (@classLabel true); a study needs them")
    return start


@dataclass(frozen=True)
class _Said:
    """What a header says of every series; None where it does not. `classes` are all names in a row, blanks between."""

    channels: int | None
    length: int | None
    classes: str | None


def _said(header: list[str]) -> _Said:
    words = {line.split()[0].lower(): line.split()[1:] for line in header if line.startswith("@")}
    channels = next((_whole(words[key]) for key in ("@dimensions", "@dimension") if key in words), None)
    if [word.lower() for word in words.get("@univariate", [])] == ["true"]:
        channels = 1
    equal = [word.lower() for word in words.get("@equallength", [])] == ["true"]
    classes = " ".join(words.get("@classlabel", [])[1:])
    return _Said(channels, _whole(words.get("@serieslength", [])) if equal else None, classes or None)


def _whole(words: list[str]) -> int | None:
    return int(words[0]) if len(words) == 1 and words[0].isdigit() else None


def _require_said(said: _Said, channels: Sequence[str], label: str, *, where: str) -> None:
    """Raise StudyError where a series is not what the header says: the class is missing, say, or commas are decimal."""
    if "," in label:
        raise StudyError(
            f"{where}: no class at the end of the line, but {label[:40]!r}; it comes after a ':'"
        )
    if said.classes is not None and not _named(label, said.classes):
        raise StudyError(
            f"{where}: class {label[:40]!r} is none of those that the header names, {said.classes[:80]}; correct either"
        )
    if said.channels is not None and len(channels) != said.channels:
        raise StudyError(
            f"{where}: {len(channels)} channels, the header says {said.channels}; correct either"
        )
    values = channels[0].count(",") + 1
    if said.length is not None and values != said.length:
        raise StudyError(
            f"{where}: {values} values, the header says {said.length}; correct either (a comma parts values, it is no "
            "decimal sign)"
        )


def _named(label: str, classes: str) -> bool:
    """Whether a class is among these, in any case or, of a number, in another spelling."""
    if f" {label.lower()} " in f" {classes.lower()} ":
        return True
    number = _number(label)
    return number is not None and number in map(_number, classes.split())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def has_classes(lines: list[str]) -> bool:
    """Whether the header in these lines says that each series has a class."""
    for line in lines:
        words = line.lower().split()
        if words and words[0] == "@data":
            break
        if words[:2] == ["@classlabel", "true"]:
            return True
    return False


def read_lines(path: Path) -> list[str]:
    """The lines of a text file, of which the header alone may hold other than ASCII. Raises StudyError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise StudyError(f"{path}: no such file") from None
    except OSError as error:
        raise StudyError(f"{path} can't be read: {error}") from None
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return content.decode("latin-1").splitlines()


def series_of(path: Path, number: int, channels: Sequence[str]) -> tuple[np.ndarray, int]:
    """One series float64 (length, n_channels) of comma-separated text for each channel, and how many values were filled
    in. Raises StudyError naming the line."""
    values = []
    for channel in channels:
        try:
            values.append(np.array(channel.replace("?", "nan").split(","), dtype=np.float64))
        except ValueError:
            raise StudyError(
                f"{path}, line {number}: something that is no number; correct it or drop the series"
            ) from None
        if np.isinf(values[-1]).any():
            raise StudyError(
                f"{path}, line {number}: a value that is not finite; correct it or drop the series"
            )
    if len({len(channel) for channel in values}) > 1:
        lengths = ", ".join(str(len(channel)) for channel in values)
        raise StudyError(f"{path}, line {number}: channels of lengths {lengths}; they must be equal")
    return whole_series(path, number, np.stack(values, axis=1))


def whole_series(path: Path, number: int, series: np.ndarray) -> tuple[np.ndarray, int]:
    """The series without the steps at its end that hold nothing, its other missing values on a straight line between
    their neighbours (or as the nearest one), and how many those are.

    As the published loader of the UEA archive does (interpolate_missing, limit_direction "both"). Raises StudyError
    where a channel holds nothing at all.
    """
    known = ~np.isnan(series)
    if not known.any(axis=0).all():
        raise StudyError(f"{path}, line {number}: a channel holds no value; drop the series")
    length = int(np.flatnonzero(known.any(axis=1))[-1]) + 1
    series, known = series[:length].copy(), known[:length]
    steps = np.arange(length)
    for channel in np.flatnonzero(~known.all(axis=0)):
        there = known[:, channel]
        series[~there, channel] = np.interp(steps[~there], steps[there], series[there, channel])
    return series, int((~known).sum())
