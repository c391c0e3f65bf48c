"""What a person asks of a study, checked."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from study.configuration.checks import check
from study.configuration.other_labels import parse_other_labels
from study.configuration.parameters import StudyParameters
from study.configuration.values import COMPLEMENT, FEATURE_MODES, OF_CANDLES, is_labelled
from study.display import suggestion, without_secrets
from study.errors import StudyError


@dataclass(frozen=True, kw_only=True)
class StudyConfiguration(StudyParameters):
    """The parameters of one study, see `StudyParameters`.

    Raises StudyError, in one line, where they cannot be meant.
    """

    def __post_init__(self) -> None:
        check(self)

    @property
    def study_name(self) -> str:
        """The given name, or one made of what defines the study, so that the same command resumes it."""
        if self.name:
            return self.name
        data = _word(self.data.rstrip("/").rsplit("/", 1)[-1])
        kind = "probe" if self.checkpoint else "study"
        task = "" if self.labelled else f"-{self.label}-h{self.horizon}-w{self.seq_len}"
        metric = "" if self.metric == StudyConfiguration.metric else f"-{self.metric}"
        beside = f"-with-{_word(Path(self.beside).stem)}" if self.selection == COMPLEMENT else ""
        return f"{kind}-{data}{task}-seed{self.seed}{metric}{beside}"

    @property
    def other_labels(self) -> tuple[tuple[str, int | None], ...]:
        """The labels of `also`, each with its horizon, None where none is given."""
        return parse_other_labels(self.also)

    @property
    def own_columns(self) -> bool:
        """Whether a network takes the file's own columns, as the published loader feeds them."""
        return self.features in FEATURE_MODES

    @property
    def labelled(self) -> bool:
        """Whether the data are windows with ready-made labels instead of candles."""
        return is_labelled(self.data)

    def to_dict(self) -> dict[str, Any]:
        """All parameters, JSON-ready."""
        return asdict(self)

    def shown(self) -> dict[str, Any]:
        """The parameters that say something: not empty, not about candles where there are none."""
        silent = OF_CANDLES if self.labelled else ()
        values = {**self.to_dict(), "storage": without_secrets(self.storage)}
        if not self.beside:
            silent = (*silent, "on")
        return {key: value for key, value in values.items() if value != "" and key not in silent}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "StudyConfiguration":
        """Inverse of `to_dict`; an unknown key raises StudyError with the near misses."""
        known = [field.name for field in fields(cls)]
        for key in values:
            if key not in known:
                raise StudyError(f"unknown parameter {key!r}: {suggestion(key, known)}")
        return cls(**values)


def _word(name: str) -> str:
    """A file's name as a part of a study's."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "data"
