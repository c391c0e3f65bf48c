"""Which values the parameters of a study know, and what a value says of itself."""

import re

LABELS = ("volatility", "volume", "direction", "return_quantile", "triple_barrier")
# Labels of two classes, which the layers of the winner's network are probed for as well.
ALSO, NO_OTHER_LABELS = ("volatility", "volume", "direction"), "none"
THRESHOLDS_BY = ("all", "symbol")
# The prefix of a labelled data set inside the package aeon.
ARCHIVE = "uea:"
# Windows that follow each other say nearly the same: more take a trial longer and narrow little (docs/log.md).
MAX_PROBE_WINDOWS = 20_000
# Six epochs of so many are enough for the networks of the default space, however many there are (docs/log.md).
WINDOWS_PER_EPOCH = 6_000
PRETRAIN, NO_PRETRAINING = "candles", "none"
COMPLEMENT = "complement"
# The metric that is the mean AUC over the study's label and those of `also`.
MEAN = "mean"
SELECTION_RULES = ("best", "simplest", COMPLEMENT)
LEAST_PROBE_WINDOWS = 200
# scikit-learn takes no larger seed. Of the others nobody means more: each is a training, or a call of a database.
MOST_SEED, MOST_SEEDS, MOST_PERIODS, MOST_TRIALS = 2**32 - 1, 100, 100, 1_000_000
# What windows with ready-made labels leave no choice of.
OF_CANDLES = (
    "timezone",
    "label",
    "threshold",
    "threshold_by",
    "classes",
    "horizon",
    "seq_len",
    "features",
    "pretrain",
    "calendar",
    "target",
    "loader",
    "grid",
    "beside",
    "on",
    "also",
)
# Which of a file's own columns a published checkpoint takes, in the published words.
FEATURE_MODES = ("M", "MS", "S")
SCALERS, GRIDS = ("published", "fit"), ("time", "rows")
ANSWERS = ("no", "yes")


def is_labelled(data: str) -> bool:
    """Whether `data` names windows with ready-made labels: `uea:<set>`, a `.ts` file or another train file of the
    archives, `X_TRAIN.tsv`, `.txt` or `.arff`."""
    name = data.lower()
    return data.startswith(ARCHIVE) or name.endswith((".ts", "_train.tsv", "_train.txt", "_train.arff"))


def is_file_of_a_scaler(scaler: str) -> bool:
    """Whether `scaler` is the path of a file, not one of the ways to fit one."""
    return scaler not in SCALERS and bool(re.search(r"[./\\]", scaler))
