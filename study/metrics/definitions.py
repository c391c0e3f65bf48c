"""What each logged metric means: formula, range, direction."""

from dataclasses import dataclass

import numpy as np

from probes import MEAN, METRICS
from probes.candidate import DEFAULT_KNN_BANK_ROWS
from probes.scores import ECE_BINS, SMALLEST_PROBABILITY
from probes.uncertainty import STRETCH
from study.metrics import limits, names

SCORE = "<score>"
HIGHER, LOWER, NEITHER = "higher", "lower", "neither"


@dataclass(frozen=True)
class Definition:
    """One metric in words.

    Attributes:
        name: as it is logged; `<score>` stands for any of the scores.
        meaning: formula or rule.
        range: smallest to largest value, with the unit where there is one.
        better: `higher`, `lower`, `neither`, or `as the score`.
    """

    name: str
    meaning: str
    range: str
    better: str


def _score(name: str, meaning: str, range_: str) -> Definition:
    higher = next(metric.higher_is_better for metric in METRICS if metric.name == name)
    return Definition(name, meaning, range_, HIGHER if higher else LOWER)


SCORES = (
    _score(
        "auc",
        "Area under the ROC curve: share of pairs of one window of class 1 and one of class 0 that the probability of "
        "class 1 ranks in this order, ties counting half.",
        "0 to 1; 0.5 by chance",
    ),
    _score(
        "average_precision",
        "Area under the precision-recall steps: Σ (recall_n − recall_(n−1)) · precision_n over the falling "
        "probabilities of class 1.",
        "0 to 1; the share of class 1 by chance",
    ),
    _score(
        "balanced_accuracy",
        "Mean over the classes of the share of its windows that are predicted as it, the most probable class being "
        "the prediction.",
        "0 to 1; 1 / classes by chance",
    ),
    _score("accuracy", "Share of windows whose most probable class came true.", "0 to 1"),
    _score(
        "log_loss",
        f"Mean of −ln p, p the probability given to the class that came true, at least {SMALLEST_PROBABILITY:.1e}.",
        f"0 to {-np.log(SMALLEST_PROBABILITY):.2f} nats; ln(classes) for equal probabilities",
    ),
    _score(
        "brier",
        "Mean of (p₁ − y)² for two classes; mean of Σ over the classes of (p − y)² for more.",
        "0 to 1; 0 to 2 for more than two classes",
    ),
    _score(
        "mcc",
        "Matthews correlation between predicted and true class, Gorodkin's form for more than two classes; 0 where "
        "either is constant.",
        "−1 to 1; 0 by chance",
    ),
    _score(
        "ece",
        f"Expected calibration error: Σ over {ECE_BINS} equal bins of the probability of share of windows · |mean "
        "probability − share of class 1|.",
        "0 to 1",
    ),
)

# Of several labels at once.
OF_LABELS = (
    Definition(
        MEAN.name,
        "Mean of auc over the study's label and those of `also`, each with a probe of its own; kNN and separation are "
        "of the first. The windows are those for which all labels are known.",
        "0 to 1; 0.5 by chance",
        HIGHER,
    ),
)

AS_SCORE = "as the score"

_GAIN = "minus to plus the score's range; 0: nothing"
_OVER_TABLE = (
    "What {} adds to another table, `beside`, on {}: both side by side less the table alone, the sign turned where a "
    "lower score is better. Its bounds are of the difference over the same resamples."
)
_OVER_LAYER = "What that table adds to {} on {}: both side by side less the layer alone, likewise."
_BOTH = "{} with the numbers of another table, `beside`, at its side, scored on {}."
_ROW = "the layer, in its best pooling in the winner's network,"
_TOGETHER = (
    Definition(
        names.table_alone("test", SCORE),
        "Another table, `beside`, alone on test: the mean of its numbers and the count of its rows since the candle "
        "before, probed as layers are.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.layer_alone("test", SCORE),
        "The winner alone on test where there is another table.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.together("test", SCORE), _BOTH.format("The winner", "test"), "that of the score", AS_SCORE
    ),
    Definition(names.gain_over_table("test", SCORE), _OVER_TABLE.format("the winner", "test"), _GAIN, HIGHER),
    Definition(names.gain_over_layer("test", SCORE), _OVER_LAYER.format("the winner", "test"), _GAIN, HIGHER),
    Definition(
        names.together("select", SCORE),
        _BOTH.format(f"T{_ROW[1:]}", "select"),
        "that of the score",
        AS_SCORE,
    ),
    Definition(names.gain_over_table("select", SCORE), _OVER_TABLE.format(_ROW, "select"), _GAIN, HIGHER),
    Definition(names.gain_over_layer("select", SCORE), _OVER_LAYER.format(_ROW, "select"), _GAIN, HIGHER),
)

PLACES = (
    Definition(
        names.select(SCORE),
        "Logistic probe with the C that tune chose, fitted anew on fit + tune, scored on select. The headline: the "
        "search goes by it and the winner is picked by it. On a trial run: of its best candidate; on a layer run: of "
        "the layer's best pooling in its best trial.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.knn_select(SCORE),
        "kNN probe: class shares among the k nearest windows of fit + tune (standardised features, at most "
        f"{DEFAULT_KNN_BANK_ROWS:,} bank windows, evenly over time), scored on select.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.test(SCORE),
        "Logistic probe fitted on fit + tune, scored on test: opened once a study, for the winner and the baselines, "
        "after the choice was made.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.tune(SCORE),
        "Logistic probe fitted on fit, scored on tune, at the C that is best there. Optimistic by that choice.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.epoch_tune(SCORE),
        f"After each epoch: the last block's score (its mean and last step side by side) on at most "
        f"{limits.QUICK_TUNE_WINDOWS:,} tune windows of a logistic probe at C = {limits.QUICK_C:g} learnt on at most "
        f"{limits.QUICK_FIT_WINDOWS:,} fit windows. Decides pruning and early stopping; the task outcomes stops by its "
        "own tune loss. Step: epoch, from 0.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.mean_select(SCORE),
        "A layer's select score (its best pooling in each trial), mean over the completed trials that have the layer.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.best_select(SCORE),
        "Best select score of any trial so far. Step: trials done.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.corrected_select(SCORE),
        f"Best select score less the optimism of picking the best of many: the mean, over {limits.RESAMPLES:,} "
        "block-bootstrap resamples of select, of picking the best candidate on the resample and scoring it on windows "
        "outside that share no candle with it.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.baseline_test(SCORE),
        "Test score of the baseline with the best select score.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.behind_winner(SCORE),
        "By how much the layer's best candidate scores worse on select than the winner, positive where it does. Its "
        "bounds are of the difference over the same resamples and hold for all layers at once, whichever of them was "
        "picked (Hsu 1996): a layer whose lower bound is above 0 is worse.",
        "minus to plus the score's range; 0 for the winner and its twins",
        LOWER,
    ),
    Definition(
        names.seed_mean(SCORE),
        "Mean, over the seeds that `seeds` asks for, of the layer's best pooling on select when the winner's variant "
        "is trained under each. Nothing is chosen by it.",
        "that of the score",
        AS_SCORE,
    ),
    Definition(
        names.seed_spread(SCORE),
        "Standard deviation of the same: what chance in training does to the layer's score.",
        "0 up",
        LOWER,
    ),
    Definition(
        names.period_advantage(SCORE),
        "The winner's variant, trained anew before each of the periods of time that `periods` asks for, scored on them "
        "less the best baseline, mean weighted by windows, the sign turned where a lower score is better. Its bounds "
        "take periods as independent.",
        "minus to plus the score's range; 0: no advantage",
        HIGHER,
    ),
    *_TOGETHER,
    Definition(
        names.advantage_test(SCORE),
        "Winner's test score minus that of the best baseline, the sign turned where a lower score is better.",
        "minus to plus the score's range; 0: no advantage",
        HIGHER,
    ),
)

BOUNDS = (
    Definition(
        names.low("<metric>"),
        f"Lower bound of the {100 * limits.LEVEL:g} % interval: the score less Student's t (one degree of freedom less "
        f"than blocks) times the standard error over {limits.RESAMPLES:,} resamples of the split's windows. Those that "
        f"overlap are drawn in blocks (circular block bootstrap, blocks at least {STRETCH} · (seq_len + "
        "horizon) long, longer where the data depend on each other for longer), because they are not independent; "
        "windows that stand alone one by one within their class.",
        "that of the metric",
        "as the metric",
    ),
    Definition(names.high("<metric>"), "Upper bound, likewise.", "that of the metric", "as the metric"),
    Definition(
        f"{names.BY_DEPTH}<metric>",
        "On a trial run: the metric of each layer's best pooling. Step: depth of the layer in that network.",
        "that of the metric",
        "as the metric",
    ),
    Definition(
        f"{names.BY_TRIAL}<metric>",
        "On a layer run: the metric in each trial. Step: trial number.",
        "that of the metric",
        "as the metric",
    ),
    Definition(
        f"{names.PROFILE}<metric>",
        "The metric of each layer's best pooling, in the winner's trial and as median over all trials; on a baseline's "
        "run its own throughout. Step: place of the layer among all layers of the study.",
        "that of the metric",
        "as the metric",
    ),
)
