"""The outcome of a study in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from probes.uncertainty import ENOUGH_BLOCKS
from study.baselines import BASELINE
from study.display import signed
from study.metrics import CONFIDENCE
from study.trials import Candidate, utility


def in_a_row(words: Sequence[str]) -> str:
    """Words with commas, the last one after `and`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


@dataclass(frozen=True)
class Scored:
    """A score with its 95 % block-bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def signed(self) -> str:
        """A difference with its interval."""
        return f"{signed(self.value)} [{signed(self.low)}, {signed(self.high)}]"


@dataclass(frozen=True, kw_only=True)
class BaselineOutcome:
    """A row beside the winner with its select and test scores.

    Attributes:
        name: of the row.
        kind: `baseline`; or what no verdict is against: `reference`, no embedding but what a strong classifier makes of
            the simplest numbers, and `prediction`, a trained network's own answer.
    """

    name: str
    kind: str
    candidate: Candidate
    select: Scored
    test: Scored

    @property
    def row(self) -> str:
        """Kind and name, as tables of layers show them."""
        return f"{self.kind}: {self.name}"

    @property
    def title(self) -> str:
        """The name, with its kind where that is no baseline, as what shows baselines alone calls it."""
        return self.name if self.kind == BASELINE else self.row


def better_on_test(
    winner: Scored, rows: Iterable[BaselineOutcome], metric: str
) -> tuple[BaselineOutcome, ...]:
    """The baselines among the rows whose test score is above the winner's, the best first."""
    mine = utility(metric, winner.value)
    above = [row for row in rows if row.kind == BASELINE and utility(metric, row.test.value) > mine]
    return tuple(sorted(above, key=lambda row: -utility(metric, row.test.value)))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything that a report says first.

    Attributes:
        metric: the primary metric's name.
        trial: the winner's trial number.
        winner: the winning candidate.
        candidates: number of candidates compared; distinct: different answers among them.
        select, test: the winner's scores.
        corrected: its select score less the optimism of picking the best of many.
        baselines: all rows beside the layers, the best select score first; `best_baseline` is of the baselines among
            them.
        advantage: the winner's test score minus the best baseline's, signed so that higher is better;
            lead: the same beside `strongest_baseline`.
        spa_p_value: of "no candidate beats the best baseline" on select.
        confidence_set: candidates, as (trial, layer, pooling), that select does not rule out as the best;
            distinct_not_ruled_out: different answers among them.
        n_blocks: blocks of windows in select.
        openings: every opening of the test split, with candidate and time.
        caveats: sentences on what else the numbers depend on: code that changed, studies that saw the test split.
        together_with: a table that winner and baselines are scored with at their side; empty without one.
        averaged: the labels whose mean `metric` is; empty where the study's own alone is scored.
        trained_again: what the winner's variant did in other periods of time and under other seeds, a sentence each.
    """

    metric: str
    trial: int
    winner: Candidate
    candidates: int
    distinct: int
    select: Scored
    test: Scored
    corrected: float
    baselines: tuple[BaselineOutcome, ...]
    advantage: Scored
    lead: Scored
    spa_p_value: float
    confidence_set: frozenset[tuple[int, str, str]]
    distinct_not_ruled_out: int
    n_blocks: float
    runner_up: tuple[int, str, str] | None
    openings: tuple[dict[str, str], ...]
    caveats: tuple[str, ...] = ()
    together_with: str = ""
    averaged: tuple[str, ...] = ()
    trained_again: tuple[str, ...] = ()

    @property
    def best_baseline(self) -> BaselineOutcome:
        """The baseline with the best select score."""
        return next(row for row in self.baselines if row.kind == BASELINE)

    @property
    def better_on_test(self) -> tuple[BaselineOutcome, ...]:
        """Baselines whose test score is above the winner's, whatever select said of them, the best first."""
        return better_on_test(self.test, self.baselines, self.metric)

    @property
    def strongest_baseline(self) -> BaselineOutcome:
        """What the winner has to be told beside: the best on test where that is above it, else the best on select."""
        return next(iter(self.better_on_test), self.best_baseline)

    @property
    def beats_baselines(self) -> bool:
        """The winner's test score is above that of every baseline, and of the best one on select by the whole interval
        of the difference.
        """
        return self.advantage.low > 0 and not self.better_on_test

    @property
    def score_name(self) -> str:
        """The metric's name as prose has it."""
        return "mean auc" if self.averaged else self.metric

    @property
    def claim(self) -> str:
        """The verb between the winner and the best baseline."""
        if self.advantage.low > 0:
            return "beats"
        return "is ahead of, but not shown to beat," if self.advantage.value > 0 else "does not beat"

    def headline(self) -> str:
        """The claim with its numbers, in one line."""
        what = f"{self.winner.layer} ({self.winner.pooling}) of trial {self.trial}"
        against = f"the best baseline ({self.best_baseline.name})"
        return (
            f"{what} {self.claim} {against}: test {self.score_name} {self.test} against {self.best_baseline.test}, "
            f"advantage {self.advantage.signed()}"
            + (f", each with {self.together_with} at its side" if self.together_with else "")
            + (f"; averaged over {in_a_row(self.averaged)}" if self.averaged else "")
        )

    def sentences(self) -> list[str]:
        """The rest of the verdict, one sentence a line."""
        lines = [
            f"It was chosen on select among {self.candidates} candidates, {self.distinct} of them different: "
            f"{self.score_name} {self.select}; the best of so many looks too good by luck, corrected for that "
            f"{self.corrected:.3f}.",
            f"If no candidate were better than the best baseline, luck alone would give a lead like this on select in "
            f"{100 * self.spa_p_value:.3g} of 100 studies (Hansen's SPA test).",
        ]
        layers = len({layer for _, layer, _ in self.confidence_set})
        told = (
            f"All other candidates are ruled out as the best ({100 * CONFIDENCE:g} % model confidence set)."
            if self.distinct_not_ruled_out == 1
            else f"Not ruled out as the best: {self.distinct_not_ruled_out} of the {self.distinct} different "
            f"candidates, of {layers} layers ({100 * CONFIDENCE:g} % model confidence set; select holds about "
            f"{self.n_blocks:.0f} independent blocks of windows"
            + (", and few blocks rule out little)." if self.n_blocks < ENOUGH_BLOCKS else ").")
        )
        if self.runner_up is not None:
            trial, layer, pooling = self.runner_up
            apart = (
                "is not ruled out" if self.runner_up in self.confidence_set else "is distinguishably worse"
            )
            told += f" The runner-up, {layer} ({pooling}) of trial {trial}, {apart}."
        lines.append(told)
        if self.better_on_test:
            names = ", ".join(f"{b.name} {b.test.value:.3f}" for b in self.better_on_test)
            lines.append(
                f"On test these baselines were better than the winner's {self.test.value:.3f}: {names}. The winner "
                f"less the first of them: {self.lead.signed()}."
            )
        lines += self.trained_again
        if len(self.openings) > 1:
            past = "; ".join(f"{opening['candidate']} at {opening['at']}" for opening in self.openings)
            lines.append(f"The test split was opened {len(self.openings)} times: {past}.")
        return [*lines, *self.caveats]
