"""Windows that came with their labels."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from timesnet.market import NEVER_CLOSES, Market

# What a padded set is scaled by where nothing else is asked for.
PUBLISHED = (
    "the whole train part, as published (the published loader scales the test part by itself, which no single window "
    "allows)"
)


@dataclass(frozen=True, kw_only=True)
class LabelledQuality:
    """What reading ready-made windows found and did.

    Attributes:
        source: as it was asked for.
        train, test: windows in each part.
        seq_len, channels: of each window.
        shortest, longest: lengths of the series before they were brought to `seq_len`.
        filled: missing values inside series, interpolated between their neighbours as the published loader does.
        held: series that were shorter and repeat their last value; cut: series that were longer and lost their end.
        class_counts: windows of each class, by name.
        copies: test windows whose values are all those of a train window.
        padded: whether the shorter ones are padded with zeros and masked instead, as the published loader does.
        scaled_by: what a padded set is scaled by, in words.
    """

    source: str
    train: int
    test: int
    seq_len: int
    channels: int
    shortest: int
    longest: int
    filled: int
    held: int
    cut: int
    class_counts: dict[str, int]
    copies: int = 0
    padded: bool = False
    scaled_by: str = ""

    def summary(self) -> str:
        """Two or three lines for the console."""
        classes = ", ".join(f"{name} ({count})" for name, count in self.class_counts.items())
        lines = [
            f"{self.source}: {self.train} train and {self.test} test windows of {self.seq_len} steps x "
            f"{self.channels} channel{'s' if self.channels > 1 else ''}",
            f"  {len(self.class_counts)} classes: {classes}",
        ]
        if self.filled:
            lines.append(
                f"  {self.filled} missing values inside series are interpolated between their neighbours"
            )
        if self.padded:
            lines.append(
                f"  lengths {self.shortest} to {self.longest}: {self.held} series are padded with zeros to the "
                f"checkpoint's {self.seq_len} steps and masked; scaled by {self.scaled_by}"
            )
        elif self.held or self.cut:
            lines.append(
                f"  lengths {self.shortest} to {self.longest}: {self.held} series repeat their last value up to "
                f"{self.seq_len} steps, {self.cut} lost what lies beyond"
            )
        if self.copies:
            lines.append(
                f"  {self.copies} of the {self.test} test windows are copies of train windows: test scores say less of "
                "unseen ones"
            )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """All of it, JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledSource:
    """Ready-made windows with ready-made labels; see WindowSource for the methods.

    Attributes:
        values: float32 (n_windows, seq_len, channels), not scaled, train windows first; NaN where they are padded.
        class_names: by class.
        digest: SHA-256 of values and labels, 16 hex digits.
    """

    values: np.ndarray
    quality: LabelledQuality
    class_names: tuple[str, ...]
    digest: str

    label_kind = "given"
    overlap = 1
    horizon = 0
    interval_seconds = None
    input_kind = "arrays"
    by_rows = False

    @property
    def padded(self) -> bool:
        return self.quality.padded

    @property
    def label_text(self) -> str:
        return f"given classes {', '.join(self.class_names)}"

    @property
    def market(self) -> Market:
        return NEVER_CLOSES

    def period(self, rows: np.ndarray) -> None:
        return None

    def columns(self, rows: np.ndarray) -> dict[str, Any]:
        return {"window": rows}

    def marks(self, *, freq: str, embed: str) -> None:
        return None

    def model_input(self, rows: np.ndarray) -> np.ndarray:
        return self.values[rows]

    def vectors(self, answer: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.asarray(answer, dtype=np.float64)

    def notes(self) -> dict[str, Any]:
        return {}

    def description(self) -> list[tuple[str, str]]:
        quality = self.quality
        return [
            (
                "input",
                f"array (n, {quality.seq_len}, {quality.channels}): windows, steps, channels; any float type",
            ),
            ("label", self.label_text),
            (
                "data",
                f"{quality.source}, {quality.train} train and {quality.test} test windows, digest `{self.digest}`",
            ),
        ]

    def example(self) -> tuple[str, str]:
        shape = f"(n, {self.quality.seq_len}, {self.quality.channels})"
        if self.padded:
            shape += ", NaN behind the end of shorter ones"
        return f'numpy.load("windows.npy")  # {shape}', "windows"
