"""The names of MLflow metrics, tags and artifacts of a study, each written once."""

from collections.abc import Mapping

from study.trial_record import Candidate

# tags
KIND = "kind"
STUDY = "study"
PARENT = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
RUN_NAME = "mlflow.runName"
TRIAL = "trial"
REASON = "reason"
TEST_OPENED = "test_opened"

# values of the tag `kind`
STUDY_RUN, TRIAL_RUN, LAYER_RUN, BASELINE_RUN = "study", "trial", "layer", "baseline"

# artifacts
TRIAL_FOLDER = "trial"
DATA_QUALITY = "data/quality.json"
LEADERBOARD = "tables/leaderboard"


def select(metric: str) -> str:
    """Headline metric: the logistic probe's score on the select split."""
    return f"select_{metric}"


def test(metric: str) -> str:
    """The logistic probe's score on the test split, where it was opened."""
    return f"test_{metric}"


def candidate_metrics(candidate: Candidate, primary: str) -> dict[str, float]:
    """All metrics of one candidate; the headline ones first, since MLflow shows them in the order of arrival."""
    metrics = {select(primary): candidate.scores.get(primary)}
    metrics[f"knn_{select(primary)}"] = candidate.knn_scores.get(primary)
    metrics.update(candidate.separability)
    metrics["depth"] = candidate.depth
    metrics["dim"] = candidate.dim
    metrics[f"tune_{primary}"] = candidate.tune_score
    metrics.update({select(name): value for name, value in candidate.scores.items()})
    metrics.update({f"knn_{select(name)}": value for name, value in candidate.knn_scores.items()})
    metrics.update(
        {
            "logistic_C": candidate.C,
            "logistic_C_on_edge": float(candidate.C_on_edge),
            "knn_k": candidate.k,
            "knn_k_on_edge": float(candidate.k_on_edge),
            "logistic_converged": float(candidate.converged),
        }
    )
    return rounded({name: value for name, value in metrics.items() if value is not None})


def rounded(metrics: Mapping[str, float]) -> dict[str, float]:
    """Four places for scores, six significant digits for the rest: what a person reads in a table."""
    return {
        name: round(float(value), 4) if abs(value) >= 1e-3 or value == 0 else float(f"{value:.4g}")
        for name, value in metrics.items()
    }
