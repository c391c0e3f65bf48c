"""Everything that a study has in hand at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from study.choice import (
    Answer,
    Choice,
    Complement,
    HeldOutPrediction,
    LayerSummary,
    Outcome,
    PeriodScores,
    Purposes,
    SeedScores,
    answer_of,
)
from study.configuration import StudyConfiguration
from study.data import StudyData
from study.study import Study
from study.tracking import NextSteps
from study.trials import TrialRecord
from timesnet import TimesNet
from timesnet.extractor import LEAK


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """What was found, and the study that found it.

    Attributes:
        layers: every layer over the trials, in the order of the forward pass.
        records: completed trials by number.
        model: the winner's network.
        opened: the winner's test probabilities.
        periods, seeds: the winner's variant in other periods of time and under other seeds, where asked for.
        purposes: what the layers of the winner's network say of other labels; None where there are none.
        complement: what they and another table add to each other; None without such a table.
        version: of the registered model, None where none was registered.
        aliases: that the version has in the registry.
    """

    study: Study
    outcome: Outcome
    choice: Choice
    layers: Sequence[LayerSummary]
    records: Mapping[int, TrialRecord]
    model: TimesNet
    opened: HeldOutPrediction
    periods: PeriodScores | None = None
    seeds: SeedScores | None = None
    purposes: Purposes | None = None
    complement: Complement | None = None
    version: str | None = None
    aliases: Sequence[str] = ()

    @property
    def configuration(self) -> StudyConfiguration:
        """What a person asked for."""
        return self.study.configuration

    @property
    def data(self) -> StudyData:
        """Labelled windows in four splits."""
        return self.study.data

    @property
    def provenance(self) -> Mapping[str, Any]:
        """Seed, digests, commit, packages."""
        return self.study.provenance

    @cached_property
    def trials(self) -> str:
        """In words, how many trials there were and what came of them."""
        return self.study.ledger.summary()

    @property
    def answer(self) -> Answer:
        """What was found, in three lines; the line that loads the winner among them once it is registered."""
        data = self.data
        load = self.next_steps.load_line() if self.version is not None else ""
        return answer_of(
            self.outcome,
            class_names=data.source.class_names,
            n_classes=data.n_classes,
            ahead=data.has_candles,
            load=load,
            leak=self.leak,
            complement=self.complement,
        )

    @property
    def leak(self) -> str:
        """The line that names inputs which know the future; empty where none does."""
        table = self.data.table
        beside = table.leak if self.data.together and table is not None else ""
        return str(self.data.source.notes().get(LEAK, "")) or beside

    @property
    def next_steps(self) -> NextSteps:
        """Commands and snippets that use the registered winner."""
        made, name = self.data.source.example()
        return NextSteps(
            tracking_uri=self.study.tracking.uri,
            model=self.load_uri,
            made=made,
            name=name,
            data=self.configuration.data if self.data.has_candles else "",
            beside=self.configuration.beside,
            on=self.configuration.on,
            past=self.data.has_candles and not self.data.source.by_rows,
        )

    @property
    def load_uri(self) -> str:
        """The name by which the registered winner loads: its alias, champion first, else its version."""
        name = self.configuration.model_name
        alias = min(self.aliases, key=lambda alias: (alias != "champion", alias), default=None)
        if alias is not None:
            return f"models:/{name}@{alias}"
        return f"models:/{name}/{self.version}" if self.version is not None else f"models:/{name}@champion"
