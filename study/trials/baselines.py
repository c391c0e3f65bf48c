"""What the layers have to beat, probed by the same code."""

from collections.abc import Mapping

import numpy as np
import torch

from probes import majority_probability
from study.data import StudyData
from study.trials.candidates import candidates
from study.trials.evaluate import device, probe_distinct, probe_network, probe_split
from study.trials.record import Candidate, TrialRecord
from timesnet import TimesNet, TimesNetConfig, Windows

MAJORITY = "majority class"
UNTRAINED = "untrained TimesNet"
LAST, STATISTICS, RAW = "last candle", "window statistics", "raw window"


def baseline_embeddings(windows: Windows) -> dict[tuple[str, str], np.ndarray]:
    """Vectors that need no network, by (name, pooling): float32 (n, dim)."""
    return {
        (LAST, "last"): windows.last(),
        (STATISTICS, "statistics"): windows.statistics(),
        (RAW, "flatten"): windows.flattened(),
    }


def probe_baselines(data: StudyData, *, metric: str, seed: int) -> dict[str, tuple[Candidate, np.ndarray]]:
    """Candidate and select probabilities float32 (n_select, n_classes) of every baseline that needs no network."""
    split = probe_split(data)
    rows = np.concatenate([data.probed.fit, data.probed.tune, data.probed.select])
    embeddings = baseline_embeddings(data.windows.select(rows))
    results = probe_distinct(embeddings, split, metric=metric, seed=seed)
    probed = {
        candidate.layer: (candidate, results[candidate.key].select_probability)
        for candidate in candidates(results, embeddings, ())
    }
    probability = majority_probability(data.labels[data.probed.fit], len(data.probed.select), data.n_classes)
    return {MAJORITY: (_majority(data.labels[data.probed.select], probability), probability), **probed}


def probe_untrained(config: TimesNetConfig, data: StudyData, *, metric: str, seed: int) -> TrialRecord:
    """All layers of a freshly initialised network of the given shape, as a record without training."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = TimesNet(config).to(device())
    return probe_network(model, data, metric=metric, seed=seed, number=-1, variant={})


def _majority(labels: np.ndarray, probability: np.ndarray) -> Candidate:
    from probes import score_probabilities

    scores, unavailable = score_probabilities(labels, probability)
    nothing: Mapping[str, float] = {}
    return Candidate(
        layer=MAJORITY,
        pooling="none",
        depth=0,
        dim=0,
        C=0.0,
        C_on_edge=False,
        k=0,
        k_on_edge=False,
        converged=True,
        tune_score=0.5,
        scores=scores,
        knn_scores=nothing,
        separability=nothing,
        unavailable=unavailable,
    )
