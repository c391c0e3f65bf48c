"""What each logged metric means: formula, range, direction."""

from dataclasses import dataclass

import numpy as np

from probes import METRICS
from probes.candidate import DEFAULT_KNN_BANK_ROWS
from probes.knn import DEFAULT_KS
from probes.logistic import DEFAULT_CS
from probes.scores import ECE_BINS, SMALLEST_PROBABILITY
from probes.uncertainty import ENOUGH_BLOCKS, FEWEST_BLOCKS, STRETCH
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

AS_SCORE = "as the score"

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
)

OTHERS = (
    Definition(
        names.DEPTH,
        "Place of the layer in the forward pass, from 0. On a layer run: its place among all layers of the study, "
        "which is also the number that the run's name begins with.",
        "0 up",
        NEITHER,
    ),
    Definition(names.DIM, "Numbers in the embedding of one window.", "1 up; 0 without an embedding", NEITHER),
    Definition(
        names.LOGISTIC_C,
        f"Inverse L2 penalty of the logistic probe, chosen on tune from {len(DEFAULT_CS)} powers of ten.",
        f"{min(DEFAULT_CS):g} to {max(DEFAULT_CS):g}; 0 for the majority class, which fits nothing",
        NEITHER,
    ),
    Definition(
        names.LOGISTIC_C_ON_EDGE, "1 where the chosen C is the smallest or largest on offer.", "0 or 1", LOWER
    ),
    Definition(
        names.LOGISTIC_CONVERGED, "1 where the logistic probe's solver met its tolerance.", "0 or 1", HIGHER
    ),
    Definition(
        names.KNN_K,
        f"Neighbours of the kNN probe, chosen on tune from {len(DEFAULT_KS)} counts.",
        f"{min(DEFAULT_KS)} to {max(DEFAULT_KS)}; 0 without a probe",
        NEITHER,
    ),
    Definition(
        names.KNN_K_ON_EDGE, "1 where the chosen k is the smallest or largest on offer.", "0 or 1", LOWER
    ),
    Definition(
        names.MEAN_RANK,
        "A layer's place among the layers of a trial by select score, mean over the trials; 1 is first.",
        "1 to the number of layers",
        LOWER,
    ),
    Definition(names.WINS, "Trials in which the layer was first.", "0 to the number of trials", HIGHER),
    Definition(
        names.WIN_SHARE,
        "Share of the block-bootstrap resamples of select in which one of the layer's candidates is the best of all.",
        "0 to 1, adding up to 1 over the layers",
        HIGHER,
    ),
    Definition(
        names.IN_CONFIDENCE_SET,
        f"1 where the layer's best candidate is in the {100 * limits.CONFIDENCE:g} % model confidence set: select does "
        "not rule it out as the best. Few windows rule out little (Hansen, Lunde & Nason 2011).",
        "0 or 1",
        HIGHER,
    ),
    Definition(
        names.CONFIDENCE_SET_SIZE,
        "Different answers in that set; twins count once.",
        f"1 to {names.DISTINCT_CANDIDATES}",
        NEITHER,
    ),
    Definition(
        names.DISTINCT_CANDIDATES,
        "Different answers among the candidates: those whose predictions return the same numbers, or of one network "
        f"order the select windows alike (rank correlation above {limits.ALIKE:g}), are twins and count once.",
        "1 to the number of candidates",
        NEITHER,
    ),
    Definition(
        names.BLOCK_LENGTH,
        "Block length of the bootstrap on select: what the score's terms ask for (Politis & White 2004), at least "
        f"{STRETCH} times what the predictions ask for and {STRETCH} · (seq_len + horizon) where windows overlap, at "
        f"most what leaves {FEWEST_BLOCKS} blocks; 1 for windows that stand alone. With fewer than {ENOUGH_BLOCKS} "
        "blocks intervals may hold less often than they say.",
        "1 window up",
        NEITHER,
    ),
    Definition(
        names.SPA_P_VALUE,
        "Hansen's test for superior predictive ability: probability of a lead over the best baseline this large on "
        "select if no candidate truly beat it (Hansen 2005).",
        "0 to 1",
        LOWER,
    ),
    Definition(
        names.TRAIN_LOSS,
        "Training loss of an epoch, mean over the fit windows: squared error, or cross-entropy for classification. Not "
        "comparable between tasks. Step: epoch.",
        "0 up",
        LOWER,
    ),
    Definition(names.TUNE_LOSS, "The same loss on tune, without dropout. Step: epoch.", "0 up", LOWER),
    Definition(
        names.LEARNING_RATE,
        "AdamW's step size at the start of an epoch; it falls to 0 along a half cosine. Step: epoch.",
        "above 0",
        NEITHER,
    ),
    Definition(
        names.seconds("<phase>"),
        "Wall time of a trial's phase: train, capture (every layer's output) or probe.",
        "0 s up",
        LOWER,
    ),
    Definition(
        names.TRIALS_DONE,
        "Trials that ended, pruned and failed ones among them. Step: the same.",
        "0 to trials",
        NEITHER,
    ),
    Definition(
        "registered_embedding_difference",
        "Largest difference between the vectors of the registered model, loaded back by name, and those that were "
        f"probed, over {limits.CHECKED_WINDOWS:,} test windows.",
        "0 up; rounding of float32",
        LOWER,
    ),
)
