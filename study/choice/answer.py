"""What a study found, in three lines that need no statistics: which layer, how much better, and what to do now."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from probes import metric_named
from probes.uncertainty import ENOUGH_BLOCKS
from study.baselines import BASELINE, HAR_SPANS, PREDICTION, REFERENCE, TABLE, UNTRAINED
from study.choice.complement import Complement
from study.choice.outcome import BaselineOutcome, Outcome, Scored, in_a_row
from study.display import signed
from timesnet import layer_in_words

POOLINGS_IN_WORDS = {
    "mean": "averaged over the window",
    "last": "taken at the window's last step",
    "max": "its largest value in the window",
    "std": "how much it varies in the window",
    "flatten": "every step of the window side by side",
    "mean|last": "averaged over the window, then taken at its last step, the two one after the other in one vector",
}
# Baselines whose name does not say what they are; spans are in the name where they are not the usual ones.
BASELINES_IN_WORDS = {
    "majority class": "always the more frequent class, whatever the window",
    "last candle": "the features of the window's last candle",
    "window statistics": "mean, spread and last value of each feature",
    "raw window": "the window's features themselves, no network at all",
    "raw window + calendar": "the window's features themselves with time of day and weekday, no network at all",
    "HAR": "a classic of volatility: the ranges, high over low, of the last {spans} candles, averaged",
    "HAR + calendar": "a classic of volatility: the ranges, high over low, of the last {spans} candles, averaged, with "
    "time of day and weekday",
    "MiniRocket": "fixed random convolutions that are never trained",
    "untrained TimesNet": "a network of the same shape that never learned anything",
}
# Rows beside the layers that no layer has to beat.
KINDS_IN_WORDS = {
    REFERENCE: "no embedding and nothing to beat: what a strong classifier makes of the simplest numbers",
    PREDICTION: "no embedding and nothing to beat: what the whole network answers by itself",
    TABLE: "the other table without any layer; nothing to beat",
}


@dataclass(frozen=True)
class Answer:
    """The lines, plain text, without their questions.

    Attributes:
        which: the layer, or that none is shown to be better than a baseline.
        how_much: the winner's score on test beside chance and the best baseline, the difference with its interval.
        now_what: what a person would do next.
        warning: what makes all of it worth nothing, before everything else; empty where nothing does.
        together: what the layer and another table add to each other; empty where there is none.
    """

    which: str
    how_much: str
    now_what: str
    warning: str = ""
    together: str = ""

    def lines(self) -> list[tuple[str, str]]:
        """Question and answer, three times, with another table four; before them the warning, where there is one."""
        first = [("Warning!", f"{self.warning}.")] if self.warning else []
        asked = [("Together?", self.together)] if self.together else []
        return [
            *first,
            ("Which?", self.which),
            ("How much?", self.how_much),
            *asked,
            ("Now what?", self.now_what),
        ]

    def __str__(self) -> str:
        return "\n".join(f"{question} {line}" for question, line in self.lines())


def answer_of(
    outcome: Outcome,
    *,
    class_names: Sequence[str] = (),
    n_classes: int,
    ahead: bool = False,
    load: str = "",
    leak: str = "",
    complement: Complement | None = None,
) -> Answer:
    """The outcome of a study in three lines.

    Args:
        class_names: by class, empty where they have numbers alone.
        ahead: a class is what follows a window, not what the window is.
        load: the line that loads the registered winner, where there is one.
        leak: the line that names inputs which know the future, where there are such.
        complement: what it and another table add to each other, where there is one.
    """
    winner, against = outcome.winner, outcome.strongest_baseline
    layer = f"{winner.layer} of trial {outcome.trial}"
    what = f"{layer_in_words(winner.layer)}, {POOLINGS_IN_WORDS.get(winner.pooling, winner.pooling)}"
    if outcome.beats_baselines:
        which = (
            f"{layer} (a trial is one trained network), {what}. Its test score is above "
            f"that of all {_number_of_baselines(outcome)} baselines."
        )
        if outcome.distinct_not_ruled_out > 1:
            which += f" Others may be as good a layer: {_not_ruled_out(outcome)}."
        now_what = f"Use it: candles in, a vector for each window out. {load}".strip()
    else:
        which = (
            f"No trained layer is shown to be better than the baseline {baseline_in_words(against.name)}. The layer "
            f"that was chosen is {layer} (a trial is one trained network), {what}."
        )
        if outcome.distinct_not_ruled_out > 1:
            which += f" Nor is that layer shown to be the best one: {_not_ruled_out(outcome)} could be it."
        now_what = _instead(outcome, n_classes, ahead)
    if leak:
        now_what = (
            "Believe none of these numbers, of layers or of baselines: both were fed the future. Take those inputs out "
            "of the file, train the network on the others, and compare its layers again."
        )
    together = "" if complement is None else _together(complement)
    return Answer(which, _how_much(outcome, class_names, n_classes, ahead), now_what, leak, together)


def _number_of_baselines(outcome: Outcome) -> int:
    return sum(row.kind == BASELINE for row in outcome.baselines)


def _not_ruled_out(outcome: Outcome) -> str:
    return (
        f"{outcome.distinct_not_ruled_out} of the {outcome.distinct} candidates that differ (a layer of a trial, made "
        "one vector in one way)"
    )


def _instead(outcome: Outcome, n_classes: int, ahead: bool) -> str:
    """What to do where no layer is shown to be worth its training."""
    # A network that never learned anything is no help to anybody: the best one that needs no network is.
    plain, against = _plain_baseline(outcome), outcome.strongest_baseline
    # Always the same class is no embedding.
    embeds = plain.candidate.dim and outcome.best_baseline.candidate.dim
    if embeds and _tells(plain.test, outcome.metric, n_classes):
        name = plain.name if plain.name == against.name else baseline_in_words(plain.name)
        scores = "" if plain.name == against.name else f" ({_score(plain.test, outcome.metric)} on test)"
        advice = (
            f"Use {name} instead of a layer{scores}: a vector of {plain.candidate.dim} numbers for each window, "
            "without a network (docs/embedding.md shows how)."
        )
    else:
        advice = "Rely on none of it: the baselines, too, are not shown to do better than guessing."
    few = (
        "There is too little data to tell layers apart: windows that follow each other say nearly the same, so that "
        f"the part that chooses the layer (“select”) counts for about {outcome.n_blocks:.0f} independent stretches of "
        f"time, and {ENOUGH_BLOCKS} or more are needed. "
        if outcome.n_blocks < ENOUGH_BLOCKS
        else ""
    )
    other = (
        "The same command with a longer file (-P data=...; -e fetch downloads one), another thing to predict "
        "(-P label=...) or another look ahead (-P horizon=...)"
        if ahead
        else "The same command with more windows (-P data=...)"
    )
    return (
        f"{advice} {few}{other} may change that. The layer is registered anyway, so that loading "
        "by its name works; it prints a warning."
    )


def _together(found: Complement) -> str:
    """What the winner and the table add to each other on test, in the words of `_how_much`."""
    test, table, metric = found.test, found.table, found.metric
    table_alone, layer, both = (_score(one, metric) for one in (test.table, test.layer, test.both))
    does = f"does so {table_alone} of the time" if metric in _SAYS else f"has {metric} {table_alone}"
    leak = f"{found.leak}. " if found.leak else ""
    return (
        f"{leak}{table} alone {does}, the layer alone {layer}, both side by side {both}. To {table} the "
        f"layer adds {_amount(test.over_table, metric)}; to the layer {table} adds {_amount(test.over_layer, metric)}. "
        f"{test.verdict(table)}"
    )


def _plain_baseline(outcome: Outcome) -> BaselineOutcome:
    """The best baseline that a reader can use without a network."""
    usable = (b for b in outcome.baselines if b.kind == BASELINE and b.name != UNTRAINED and b.candidate.dim)
    return next(usable, outcome.best_baseline)


def _tells(scored: Scored, metric: str, n_classes: int) -> bool:
    """Whether a score is above what guessing has, its interval included; true where that is not known."""
    says = _SAYS.get(metric)
    return says is None or scored.low > says((), n_classes, False)[1]


def baseline_in_words(name: str) -> str:
    """A baseline's name, with what it is where that is not plain."""
    meaning = _meaning(name)
    return f"{name} ({meaning})" if meaning else name


def row_in_words(row: BaselineOutcome) -> str:
    """What a row beside the layers is; empty where its name says it."""
    return _meaning(row.name) or KINDS_IN_WORDS.get(row.kind, "")


def _meaning(name: str) -> str:
    named = re.search(r" \(([\d, ]+) candles\)", name)
    spans = named[1].split(", ") if named else [str(span) for span in HAR_SPANS]
    meaning = BASELINES_IN_WORDS.get(name.replace(named[0], "") if named else name, "")
    return meaning.format(spans=in_a_row(spans))


def versus_baseline(outcome: Outcome, select: float) -> float:
    """How far a select score is ahead of the best baseline's, the sign turned where a lower score is better."""
    sign = 1.0 if metric_named(outcome.metric).higher_is_better else -1.0
    return sign * (select - outcome.best_baseline.select.value)


def banner(outcome: Outcome, *, leak: str = "") -> str:
    """The answer in the length of a banner, plain text; of inputs that know the future this alone."""
    if leak:
        return leak.partition(". ")[0]
    best, place = outcome.strongest_baseline, f"{outcome.winner.layer} of trial {outcome.trial}"
    own, other = f"{outcome.test.value:.3f}", f"{best.test.value:.3f}"
    if outcome.beats_baselines:
        return f"{place}: test {outcome.score_name} {own}, {best.name} {other}"
    return (
        f"No layer is shown to beat {best.name} (test {outcome.score_name} {other}); chosen: {place}, {own}"
    )


def _how_much(outcome: Outcome, class_names: Sequence[str], n_classes: int, ahead: bool) -> str:
    metric, against = outcome.metric, outcome.strongest_baseline
    test = f"On test ({'the last' if ahead else 'a'} part of the data, which nothing had used before)"
    if outcome.together_with:
        test += f", with {outcome.together_with} at the side of every vector"
    if outcome.averaged:
        test += f", on average over {len(outcome.averaged)} labels ({in_a_row(outcome.averaged)})"
    layer, baseline = _score(outcome.test, metric), _score(against.test, metric)
    # What the first line has explained already needs no more words.
    name = against.name if not outcome.beats_baselines else baseline_in_words(against.name)
    says = _SAYS.get(metric)
    if says is None:
        better = "higher" if metric_named(metric).higher_is_better else "lower"
        said = f"{test}, {metric} ({better} is better) is {layer} at the layer and {baseline} at {name}"
    else:
        what, chance = says(class_names, n_classes, ahead)
        guessing = f"{chance:.0%}".replace("%", " %")
        said = f"{test}, {what} {layer} of the time, {name} {baseline}, guessing {guessing}"
    gap = f"{said}. The difference is {_amount(outcome.lead, metric)}"
    if outcome.lead.low <= 0 <= outcome.lead.high:
        return f"{gap}, so there may be none."
    return f"{gap}, so it is more than chance." if outcome.lead.low > 0 else f"{gap}."


def _score(scored: Scored, metric: str) -> str:
    """A score as people say it: in percent where it is a share."""
    return f"{scored.value:.1%}".replace("%", " %") if metric in _SAYS else f"{scored.value:.3f}"


def _amount(advantage: Scored, metric: str) -> str:
    shares = metric in _SAYS
    factor, unit, places = (100, " points", 1) if shares else (1, "", 3)
    value, low, high = (
        signed(factor * number, places).replace("-", "−")
        for number in (advantage.value, advantage.low, advantage.high)
    )
    return f"{value}{unit}, plausibly {low} to {high}"


def _auc(class_names: Sequence[str], n_classes: int, ahead: bool) -> tuple[str, float]:
    zero, one = class_names if len(class_names) == 2 else ("class-0", "class-1")
    if n_classes > 2:
        shown = "a window of one class and one of another"
    elif ahead:
        shown = f"a window that “{one}” candles followed and one that “{zero}” candles followed"
    else:
        shown = f"a “{one}” and a “{zero}” window"
    return f"given {shown}, the layer tells which is which", 0.5


def _balanced_accuracy(class_names: Sequence[str], n_classes: int, ahead: bool) -> tuple[str, float]:
    return "the layer names the right class (each class counting alike)", 1 / n_classes


def _mean(class_names: Sequence[str], n_classes: int, ahead: bool) -> tuple[str, float]:
    return "given two windows that turn out differently, the layer tells which is which", 0.5


# Metrics that are a share of something: what happens so often, and how often by chance.
_SAYS: dict[str, Callable[[Sequence[str], int, bool], tuple[str, float]]] = {
    "auc": _auc,
    "balanced_accuracy": _balanced_accuracy,
    "mean": _mean,
}
