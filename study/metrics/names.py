"""The names of MLflow metrics, tags and artifacts of a study, each written once."""

from collections.abc import Mapping

from study.metrics.limits import PLACES, SMALL

# tags
KIND = "kind"
STUDY = "study"
PARENT = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
RUN_NAME = "mlflow.runName"
RUN_COLOUR = "mlflow.runColor"
RUN_KEY = "run_key"
TRIAL = "trial"
REASON = "reason"
OUTCOME = "outcome"
ADJUSTED = "adjusted"
TEST_OPENED = "test_opened"
BANNER = "banner"
PAGES = "pages"
ANSWER = "answer"
REGISTERED_VERSION = "registered_version"

# value of the tag `answer`, where no better layer gives the same one; else it names that layer
OWN = "own"

# values of the tag `kind`
STUDY_RUN, TRIAL_RUN, LAYER_RUN, BASELINE_RUN = "study", "trial", "layer", "baseline"
PROFILE_RUN = "profile"
# A study run that a later call of the same study goes on from.
SUPERSEDED = "superseded"
RUN_KINDS = (STUDY_RUN, TRIAL_RUN, LAYER_RUN, BASELINE_RUN, PROFILE_RUN)

# artifacts
TRIAL_FOLDER = "trial"
DATA_QUALITY = "data/quality.json"
PROVENANCE = "provenance/{}.json"
LEADERBOARD = "tables/leaderboard"
COMPLEMENT_TABLE = "tables/complement.csv"
PERIODS_TABLE, SEEDS_TABLE = "tables/periods.csv", "tables/seeds.csv"
LABELS = "tables/labels"
REPORT = "report/report.html"
EMBEDDING_TABLE = "tables/embedding.parquet"
OPTUNA_PLOTS = "optuna/plots.html"

# key of an image
MAP_IMAGE = "map"

# metrics that do not depend on the primary one
DEPTH, DIM = "depth", "dim"
SILHOUETTE, EFFECTIVE_RANK = "silhouette", "effective_rank"
LOGISTIC_C, LOGISTIC_C_ON_EDGE, LOGISTIC_CONVERGED = "logistic_C", "logistic_C_on_edge", "logistic_converged"
KNN_K, KNN_K_ON_EDGE = "knn_k", "knn_k_on_edge"
MEAN_RANK, WINS, WIN_SHARE = "mean_rank", "wins", "win_share_resampled"
IN_CONFIDENCE_SET, CONFIDENCE_SET_SIZE = "in_confidence_set", "confidence_set_size"
DISTINCT_CANDIDATES = "distinct_candidates"
PERIODS_AHEAD, SEED_AGREEMENT = "periods_ahead", "seed_rank_correlation"
VS_BASELINE, POINTS = "vs_baseline", "points_vs_baseline"
PROFILE_LAYERS = "profile_layers"
BLOCK_LENGTH = "block_length_windows"
SPA_P_VALUE = "spa_p_value"
TRAIN_LOSS, TUNE_LOSS, LEARNING_RATE = "train_loss", "tune_loss", "learning_rate"
TRIALS_DONE = "trials_done"

# prefixes of series: step = depth of the layer, trial number, place among all layers of the study
BY_DEPTH, BY_TRIAL, PROFILE = "by_depth/", "by_trial/", "depth_profile/"


def select(metric: str) -> str:
    """Headline metric: the logistic probe's score on the select split."""
    return f"select_{metric}"


def knn_select(metric: str) -> str:
    """The kNN probe's score on the select split."""
    return f"knn_select_{metric}"


def test(metric: str) -> str:
    """The logistic probe's score on the test split, where it was opened."""
    return f"test_{metric}"


def tune(metric: str) -> str:
    """The logistic probe's score on the tune split, where its C was chosen."""
    return f"tune_{metric}"


def epoch_tune(metric: str) -> str:
    """The last block's quick score on the tune split after an epoch."""
    return f"epoch_tune_{metric}"


def mean_select(metric: str) -> str:
    """A layer's select score, mean over the trials."""
    return f"mean_select_{metric}"


def best_select(metric: str) -> str:
    """The best select score of any trial so far."""
    return f"best_select_{metric}"


def corrected_select(metric: str) -> str:
    """The best select score less the optimism of picking the best of many."""
    return f"corrected_select_{metric}"


def baseline_test(metric: str) -> str:
    """The best baseline's test score."""
    return f"baseline_test_{metric}"


def advantage_test(metric: str) -> str:
    """The winner's test score against the best baseline's."""
    return f"advantage_test_{metric}"


def behind_winner(metric: str) -> str:
    """By how much a layer's best select score is worse than the winner's."""
    return f"behind_winner_select_{metric}"


def table_alone(split: str, metric: str) -> str:
    """The score of another table alone."""
    return f"table_alone_{split}_{metric}"


def layer_alone(split: str, metric: str) -> str:
    """The score of a layer without the other table."""
    return f"layer_alone_{split}_{metric}"


def together(split: str, metric: str) -> str:
    """The score of a layer with the other table at its side."""
    return f"together_{split}_{metric}"


def gain_over_table(split: str, metric: str) -> str:
    """What a layer adds to the other table."""
    return f"gain_over_table_{split}_{metric}"


def gain_over_layer(split: str, metric: str) -> str:
    """What the other table adds to a layer."""
    return f"gain_over_layer_{split}_{metric}"


def period_advantage(metric: str) -> str:
    """The winner's variant against the best baseline, over the periods that it was trained anew before."""
    return f"period_advantage_{metric}"


def seed_mean(metric: str) -> str:
    """A layer's select score under several seeds, mean."""
    return f"seed_mean_select_{metric}"


def seed_spread(metric: str) -> str:
    """A layer's select score under several seeds, standard deviation."""
    return f"seed_spread_select_{metric}"


def low(name: str) -> str:
    """Lower bound of a metric's 95 % interval."""
    return f"{name}_low"


def high(name: str) -> str:
    """Upper bound of a metric's 95 % interval."""
    return f"{name}_high"


def seconds(phase: str) -> str:
    """Wall time of a phase of a trial."""
    return f"seconds_{phase}"


def rounded(metrics: Mapping[str, float]) -> dict[str, float]:
    """So many places for scores, as many significant digits for what is smaller: what a person reads in a table."""
    return {
        name: round(float(value), PLACES)
        if abs(value) >= SMALL or value == 0
        else float(f"{value:.{PLACES}g}")
        for name, value in metrics.items()
    }
