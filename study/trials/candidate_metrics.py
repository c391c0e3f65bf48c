"""What MLflow gets of one candidate."""

from study.metrics import names
from study.trials.record import Candidate


def candidate_metrics(candidate: Candidate, primary: str) -> dict[str, float]:
    """All metrics of one candidate; the headline ones first, since MLflow shows them in the order of arrival."""
    metrics = {names.select(primary): candidate.scores.get(primary)}
    metrics[names.knn_select(primary)] = candidate.knn_scores.get(primary)
    metrics.update(candidate.separability)
    metrics[names.DEPTH] = candidate.depth
    metrics[names.DIM] = candidate.dim
    metrics[names.tune(primary)] = candidate.tune_score
    metrics.update({names.select(name): value for name, value in candidate.scores.items()})
    metrics.update({names.knn_select(name): value for name, value in candidate.knn_scores.items()})
    metrics.update(
        {
            names.LOGISTIC_C: candidate.C,
            names.LOGISTIC_C_ON_EDGE: float(candidate.C_on_edge),
            names.KNN_K: candidate.k,
            names.KNN_K_ON_EDGE: float(candidate.k_on_edge),
            names.LOGISTIC_CONVERGED: float(candidate.converged),
        }
    )
    return names.rounded({name: value for name, value in metrics.items() if value is not None})
