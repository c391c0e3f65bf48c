"""One trial: a variant trained, every layer captured and probed; the baselines beside it."""

from study.trials.baselines import MAJORITY, UNTRAINED, baseline_embeddings, probe_baselines, probe_untrained
from study.trials.candidate_metrics import candidate_metrics
from study.trials.evaluate import CAPTURE_BATCH, Job, Report, evaluate, on_device, probe_network
from study.trials.given import check_given_network, read_given_network
from study.trials.network import task_windows
from study.trials.predictions import PredictionFile
from study.trials.ranking import best_by_layer, best_candidate, depth_series, direction, utility
from study.trials.record import Candidate, TrialRecord
from study.trials.variant import FORECAST, TASKS, Variant

__all__ = [
    "CAPTURE_BATCH",
    "FORECAST",
    "MAJORITY",
    "TASKS",
    "UNTRAINED",
    "Candidate",
    "Job",
    "PredictionFile",
    "Report",
    "TrialRecord",
    "Variant",
    "baseline_embeddings",
    "best_by_layer",
    "best_candidate",
    "candidate_metrics",
    "check_given_network",
    "depth_series",
    "direction",
    "evaluate",
    "on_device",
    "probe_baselines",
    "probe_network",
    "probe_untrained",
    "read_given_network",
    "task_windows",
    "utility",
]
