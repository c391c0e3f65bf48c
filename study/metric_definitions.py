"""What each logged metric means: formula, range, direction."""

from dataclasses import dataclass

from probes import METRICS, SEPARABILITY
from study import metric_names as names

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
        "Mean of −ln p, p the probability given to the class that came true, at least 2.2e-16.",
        "0 to 36.04 nats; ln(classes) for equal probabilities",
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
        "Expected calibration error: Σ over 10 equal bins of the probability of share of windows · |mean probability − "
        "share of class 1|.",
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
        "kNN probe: class shares among the k nearest windows of fit + tune (standardised features, at most 2,000 bank "
        "windows), scored on select.",
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
        "After each epoch: the best layer's score on at most 600 tune windows of a logistic probe at C = 0.1 learnt on "
        "at most 1,000 fit windows. Decides early stopping and pruning. Step: epoch, from 0.",
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
        "Best select score less the optimism of picking the best of many: the mean, over 1,000 block-bootstrap "
        "resamples of select, of picking the best candidate on the resample and scoring it on windows outside that "
        "share no candle with it.",
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
        names.advantage_test(SCORE),
        "Winner's test score minus that of the best baseline, the sign turned where a lower score is better.",
        "minus to plus the score's range; 0: no advantage",
        HIGHER,
    ),
)

BOUNDS = (
    Definition(
        names.low("<metric>"),
        "Lower bound of the 95 % interval: the 2.5 % quantile over 1,000 resamples of the split's windows. Windows "
        "that overlap are drawn in blocks (stationary bootstrap, mean length at least seq_len + horizon), because they "
        "are not independent; windows that stand alone one by one within their class.",
        "that of the metric",
        "as the metric",
    ),
    Definition(
        names.high("<metric>"), "Upper bound, the 97.5 % quantile.", "that of the metric", "as the metric"
    ),
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

_DIRECTION = {True: HIGHER, False: LOWER, None: NEITHER}
_SEPARATION = {
    "silhouette": (
        "Mean of (b − a) / max(a, b) over at most 400 select windows: a the mean distance to the own class, b to the "
        "nearest other class (Rousseeuw 1987).",
        "−1 to 1; 0 where classes overlap entirely",
    ),
    "davies_bouldin": (
        "Mean over classes of the worst (spread_i + spread_j) / |mean_i − mean_j|, spread the mean distance to the "
        "class mean (Davies & Bouldin 1979).",
        "0 up",
    ),
    "calinski_harabasz": (
        "Variance between class means over variance within classes, each divided by its degrees of freedom (Calinski "
        "& Harabasz 1974).",
        "0 up; about 1 by chance",
    ),
    "fisher_ratio": (
        "trace(S_B) / trace(S_W): weighted spread of the class means over the mean spread within classes (Fukunaga "
        "1990).",
        "0 up; 0 where class means are equal",
    ),
    "fisher_worst_pair": (
        "Smallest over the pairs of classes of |mean_a − mean_b|² / (spread_a + spread_b), spread the trace of the "
        "class's covariance (Fisher 1936).",
        "0 up",
    ),
    "nearest_class_mean_accuracy": (
        "Share of windows nearer to the mean of their own class, taken without the window itself, than to any other.",
        "0 to 1; about the largest class's share by chance",
    ),
    "nc1": (
        "trace(S_W · pinv(S_B)) / classes: spread within classes in units of the spread between their means (neural "
        "collapse 1, Papyan, Han & Donoho 2020).",
        "0 up; 0 where each class is a point",
    ),
    "logme": (
        "Mean over classes of the log evidence per window of a Bayesian linear model of the class's 0/1 label, both "
        "precisions maximised (You et al. 2021).",
        "any real number, nats per window",
    ),
    "h_score": (
        "trace(pinv(cov(F)) · cov(E[F | y])): variance between classes in units of the total variance (Bao et al. "
        "2019).",
        "0 to classes − 1; about dim · (classes − 1) / windows by chance",
    ),
    "loes": (
        "Mean squared error of a ridge regression of the labels in the sample + (1 − isotropy of the spectrum), the "
        "published layer score of Batra et al. 2026, to compare with.",
        "any real number",
    ),
    "effective_rank": (
        "exp(entropy of the singular values scaled to sum 1): directions in use (Roy & Vetterli 2007).",
        "1 to dim",
    ),
    "participation_ratio": (
        "(Σ variances)² / Σ variances² over the principal axes (Gao et al. 2017).",
        "1 to dim",
    ),
    "isotropy": (
        "(participation ratio − 1) / (dim − 1), IsoScore (Rudman et al. 2022).",
        "0, one direction, to 1, a sphere",
    ),
    "two_nn_dimension": (
        "Intrinsic dimension from the ratio of the distances to the two nearest neighbours, over at most 400 select "
        "windows (Facco et al. 2017).",
        "above 0",
    ),
}
SEPARATION = tuple(
    Definition(name, *_SEPARATION[name], _DIRECTION[higher]) for name, higher in SEPARABILITY.items()
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
        "Inverse L2 penalty of the logistic probe, chosen on tune from 8 powers of ten.",
        "1e-4 to 1e3; 0 for the majority class, which fits nothing",
        NEITHER,
    ),
    Definition(
        names.LOGISTIC_C_ON_EDGE, "1 where the chosen C is the smallest or largest on offer.", "0 or 1", LOWER
    ),
    Definition(
        names.LOGISTIC_CONVERGED, "1 where the logistic probe's solver met its tolerance.", "0 or 1", HIGHER
    ),
    Definition(
        names.KNN_K, "Neighbours of the kNN probe, chosen on tune.", "3 to 257; 0 without a probe", NEITHER
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
        "1 where the layer's best candidate is in the 90 % model confidence set: it can't be told from the best on "
        "select (Hansen, Lunde & Nason 2011).",
        "0 or 1",
        HIGHER,
    ),
    Definition(
        names.CONFIDENCE_SET_SIZE, "Candidates in that set.", "1 to the number of candidates", NEITHER
    ),
    Definition(
        names.BLOCK_LENGTH,
        "Mean block length of the bootstrap on select (Politis & White 2004), at least seq_len + horizon; 1 for "
        "windows that stand alone.",
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
        "probed, over 64 test windows.",
        "0 up; rounding of float32",
        LOWER,
    ),
)

SECTIONS = (
    ("Scores", SCORES),
    ("Where a score is taken", PLACES),
    ("Bounds and series", BOUNDS),
    ("Separation of the classes in an embedding, on select", SEPARATION),
    ("Everything else", OTHERS),
)

_EXACT = {definition.name: definition for definition in (*SEPARATION, *OTHERS)}
_SCORES = {definition.name: definition for definition in SCORES}
_PLACES = {definition.name.removesuffix(SCORE): definition for definition in PLACES}
_BEFORE = {names.BY_DEPTH: BOUNDS[2], names.BY_TRIAL: BOUNDS[3]}
_AFTER = {names.low(""): BOUNDS[0], names.high(""): BOUNDS[1]}
_PHASE = names.seconds("")


def define(name: str) -> tuple[Definition, ...]:
    """What explains a metric as it is logged, from the outside in: series or bound, place, score.

    Raises KeyError when nothing does.
    """
    for before, definition in _BEFORE.items():
        if name.startswith(before):
            return definition, *define(name.removeprefix(before))
    for after, definition in _AFTER.items():
        if name.endswith(after):
            return definition, *define(name.removesuffix(after))
    if name.startswith(_PHASE):
        return (_EXACT[names.seconds("<phase>")],)
    if name in _EXACT:
        return (_EXACT[name],)
    for place, definition in _PLACES.items():
        if name.startswith(place) and name.removeprefix(place) in _SCORES:
            return definition, _SCORES[name.removeprefix(place)]
    raise KeyError(name)


def in_short(name: str) -> Definition:
    """One line for a metric: the outermost meaning, with the range and direction of what it measures."""
    parts = define(name)
    better = next(part.better for part in reversed(parts) if part.better in (HIGHER, LOWER, NEITHER))
    own = parts[0].better in (HIGHER, LOWER, NEITHER)
    return Definition(
        name, parts[0].meaning, parts[0].range if own else parts[-1].range, parts[0].better if own else better
    )
