"""What a study found, in three lines that need no statistics: which layer, how much better, and what to do now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from probes import metric_named
from study.baselines import BASELINE, UNTRAINED
from study.choice.complement import Complement
from study.choice.outcome import BaselineOutcome, Outcome, Scored, in_a_row
from timesnet import layer_in_words

POOLINGS_IN_WORDS = {
    "mean": "averaged over the window",
    "last": "taken at the window's last step",
    "max": "its largest value in the window",
    "std": "how much it varies in the window",
    "flatten": "every step of the window side by side",
    "mean|last": "averaged over the window and, beside it, taken at its last step",
}
# Baselines whose name does not say what they are.
BASELINES_IN_WORDS = {
    "majority class": "always the more frequent class, whatever the window",
    "last candle": "the features of the window's last candle",
    "window statistics": "mean, spread and last value of each feature",
    "raw window": "the window's features themselves, no network at all",
    "raw window + calendar": "the window's features themselves with time of day and weekday, no network at all",
    "HAR": "how far candles went from low to high, averaged as logarithms over the last 1, 4, 16 and 48 of them",
    "HAR + calendar": "how far candles went from low to high, averaged as logarithms over the last 1, 4, 16 and 48 of "
    "them, with time of day and weekday",
    "MiniRocket": "fixed random convolutions that are never trained",
    "untrained TimesNet": "a network of the same shape that never learned anything",
}
# With fewer independent stretches of windows the intervals themselves are too narrow (docs/benchmarks.md, coverage).
ENOUGH_BLOCKS = 20


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
    winner, best = outcome.winner, outcome.best_baseline
    layer = f"{winner.layer} of trial {outcome.trial}"
    what = f"{layer_in_words(winner.layer)}, {POOLINGS_IN_WORDS.get(winner.pooling, winner.pooling)}"
    against = baseline_in_words(outcome.strongest_baseline.name)
    if outcome.beats_baselines:
        which = f"{layer}: {what}."
        now_what = f"Use it. {load}".strip()
    else:
        open_still = (
            f" {outcome.distinct_not_ruled_out} of {outcome.distinct} different candidates (a layer of a trial, "
            "pooled in one way) may be the best one; the highest"
            if outcome.distinct_not_ruled_out > 1
            else " The best"
        )
        which = (
            f"No trained layer is shown to be better than {against}.{open_still} on select, where the winner is "
            f"chosen, is {layer}: {what}."
        )
        # A network that never learned anything is no help to anybody: the best one that needs no network is.
        plain = _plain_baseline(outcome)
        # Always the same class is no embedding.
        if plain.candidate.dim and best.candidate.dim and _tells(plain.test, outcome.metric, n_classes):
            advice = (
                f"Use a baseline instead: {baseline_in_words(plain.name)} needs no training and has test "
                f"{outcome.metric} {plain.test.value:.3f}, the layer {outcome.test.value:.3f}."
            )
        else:
            advice = "Rely on none of it: the baselines, too, are not shown to do better than guessing."
        few = (
            "There is too little data to tell layers apart: the part that chooses holds about "
            f"{outcome.n_blocks:.0f} independent stretches of windows, and {ENOUGH_BLOCKS} or more are needed. "
            if outcome.n_blocks < ENOUGH_BLOCKS
            else ""
        )
        other = (
            "A longer file (-P data=...; -e fetch downloads one), another thing to predict (-P label=...) or another "
            "look ahead (-P horizon=...)"
            if ahead
            else "More windows (-P data=...)"
        )
        kept = "The layer is registered all the same; loading it prints a warning."
        now_what = f"{advice} {few}{other} may change that. {kept}"
    if leak:
        now_what = (
            "Believe none of these numbers, of layers or of baselines: both were fed the future. Take those inputs out "
            "of the file, train the network on the others, and compare its layers again."
        )
    together = "" if complement is None else _together(complement)
    return Answer(which, _how_much(outcome, class_names, n_classes, ahead), now_what, leak, together)


def _together(found: Complement) -> str:
    """What the winner and the table add to each other on test, in the words of `_how_much`."""
    test, table, metric = found.test, found.table, found.metric
    shares = metric in _SAYS
    table_alone, layer, both = (
        f"{one.value:.1%}".replace("%", " %") if shares else f"{one.value:.3f}"
        for one in (test.table, test.layer, test.both)
    )
    does = f"does so {table_alone} of the time" if shares else f"has {metric} {table_alone}"
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
    return f"{name} ({BASELINES_IN_WORDS[name]})" if name in BASELINES_IN_WORDS else name


def versus_baseline(outcome: Outcome, select: float) -> float:
    """How far a select score is ahead of the best baseline's, the sign turned where a lower score is better."""
    sign = 1.0 if metric_named(outcome.metric).higher_is_better else -1.0
    return sign * (select - outcome.best_baseline.select.value)


def banner(outcome: Outcome, *, leak: str = "") -> str:
    """The answer in the length of a banner, plain text; of inputs that know the future this alone."""
    if leak:
        return leak.partition(". ")[0]
    best, metric, place = (
        outcome.strongest_baseline,
        outcome.metric,
        f"{outcome.winner.layer}, trial {outcome.trial}",
    )
    scores = f"test {metric} {outcome.test.value:.3f} against {best.test.value:.3f} of {best.name}"
    if outcome.beats_baselines:
        return f"{place}: {scores}"
    return f"No layer is shown to beat {best.name}; best: {place}, {scores}"


def _how_much(outcome: Outcome, class_names: Sequence[str], n_classes: int, ahead: bool) -> str:
    metric, best = outcome.metric, outcome.best_baseline
    windows = "the last part of the data, which nothing had used"
    if outcome.together_with:
        windows += f", {outcome.together_with} at the side of every vector"
    if outcome.averaged:
        windows += f", and on average over {len(outcome.averaged)} labels ({in_a_row(outcome.averaged)})"
    says = _SAYS.get(metric)
    gap = difference(outcome.advantage, metric)
    if outcome.advantage.low <= 0 <= outcome.advantage.high:
        gap += ", so there may be none at all"
    others = [b for b in outcome.better_on_test if b.name != best.name][:1]
    if says is None:
        better = "higher" if metric_named(metric).higher_is_better else "lower"
        return (
            f"On {windows}, {metric} ({better} is better) is "
            f"{outcome.test.value:.3f}, that of {best.name} {best.test.value:.3f}; {gap}."
            + "".join(f" {other.name} has {other.test.value:.3f}, which is better." for other in others)
        )
    what, chance = says(class_names, n_classes, ahead)
    return (
        f"On {windows}, {what} {outcome.test.value:.1%} of the time; guessing "
        f"{chance:.0%}, {best.name} (the best baseline on select) {best.test.value:.1%}; {gap}."
        + "".join(
            f" {other.name} does so {other.test.value:.1%} of the time, more than the layer."
            for other in others
        )
    ).replace("%", " %")


def difference(advantage: Scored, metric: str) -> str:
    """The winner's lead over a baseline with its interval, in points of 100 where the score is a share."""
    return f"the difference to that is {_amount(advantage, metric)}"


def _amount(advantage: Scored, metric: str) -> str:
    shares = metric in _SAYS
    factor, unit, places = (100, " points", 1) if shares else (1, "", 3)
    value, low, high = (
        f"{round(factor * number, places) + 0.0:+.{places}f}".replace("-", "−")
        for number in (advantage.value, advantage.low, advantage.high)
    )
    return f"{value}{unit}, plausibly {low} to {high}"


def _auc(class_names: Sequence[str], n_classes: int, ahead: bool) -> tuple[str, float]:
    if n_classes > 2:
        return "of a window of one class and a window of another it tells which is which", 0.5
    zero, one = class_names if len(class_names) == 2 else ("class-0", "class-1")
    if ahead:
        return (
            f"of a window before “{one}” candles and one before “{zero}” candles it ranks the two rightly",
            0.5,
        )
    return f"of one “{one}” and one “{zero}” window it picks the “{one}” one", 0.5


def _balanced_accuracy(class_names: Sequence[str], n_classes: int, ahead: bool) -> tuple[str, float]:
    return "it names the right class (each class counting alike)", 1 / n_classes


def _mean(class_names: Sequence[str], n_classes: int, ahead: bool) -> tuple[str, float]:
    return "of two windows that turn out differently it ranks the two rightly", 0.5


# Metrics that are a share of something: what happens so often, and how often by chance.
_SAYS: dict[str, Callable[[Sequence[str], int, bool], tuple[str, float]]] = {
    "auc": _auc,
    "balanced_accuracy": _balanced_accuracy,
    "mean": _mean,
}
