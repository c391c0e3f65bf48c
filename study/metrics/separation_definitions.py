"""What the statistics of class separation mean: formula, range, direction."""

from probes import SEPARABILITY
from probes.separation import PAIR_ROWS
from study.metrics.definitions import HIGHER, LOWER, NEITHER, Definition

_DIRECTION = {True: HIGHER, False: LOWER, None: NEITHER}
_SEPARATION = {
    "silhouette": (
        f"Mean of (b − a) / max(a, b) over at most {PAIR_ROWS:,} select windows: a the mean distance to the own class, "
        "b to the nearest other class (Rousseeuw 1987).",
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
        "Intrinsic dimension from the ratio of the distances to the two nearest neighbours, over at most "
        f"{PAIR_ROWS:,} select windows (Facco et al. 2017).",
        "above 0",
    ),
}
SEPARATION = tuple(
    Definition(name, *_SEPARATION[name], _DIRECTION[higher]) for name, higher in SEPARABILITY.items()
)
