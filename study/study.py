"""One study under way: what it was asked, what it looks at and where it writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from study.configuration import StudyConfiguration
from study.data import StudyData
from study.search import Space, TrialLedger
from study.tracking import Tracking


@dataclass(frozen=True, kw_only=True)
class Study:
    """What every step of a study works with.

    Attributes:
        configuration: what a person asked for.
        data: labelled windows in four splits.
        space: the variants that trials are drawn from.
        ledger: Optuna's side of the study.
        tracking: MLflow's side of it.
        say: prints a line.
        provenance: seed, digests, commit, packages and dates of the splits.
    """

    configuration: StudyConfiguration
    data: StudyData
    space: Space
    ledger: TrialLedger
    tracking: Tracking
    say: Callable[[str], None]
    provenance: Mapping[str, Any]

    @property
    def tags(self) -> dict[str, Any]:
        """What every run carries of the provenance; the rest are files of the study run."""
        return {key: value for key, value in self.provenance.items() if not isinstance(value, Mapping)}

    @property
    def name(self) -> str:
        """The study's name; the same name resumes."""
        return self.configuration.study_name

    @property
    def metric(self) -> str:
        """What chooses."""
        return self.configuration.metric

    @property
    def seed(self) -> int:
        """Of sampling, initialisation, shuffling and resampling."""
        return self.configuration.seed
