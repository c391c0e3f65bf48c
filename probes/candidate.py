"""Everything that is measured on one candidate embedding."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from probes.baselines import majority_probability
from probes.errors import ProbeError
from probes.knn import DEFAULT_KS, knn_shares
from probes.logistic import DEFAULT_CS, Standardiser, fit_logistic_path
from probes.probe_data import ProbeData, even_subsample
from probes.scores import metric_named, of_each_label, score_of_many, score_probabilities
from probes.separation import separability

Key = TypeVar("Key", bound=Hashable)
DEFAULT_MAX_PROBE_WINDOWS = 50_000
DEFAULT_KNN_BANK_ROWS = 1_500
# Tune rows that choose k, evenly over time: which of eight counts is best is told by these as by all.
KNN_TUNE_ROWS = 2_000
# Numbers of an embedding from which on threads gain anything: two took three times as long at 6,000 x 64, a fifth less
# at 20,000 x 64 and 6,000 x 512.
THREADS_PAY = 1_000_000


@dataclass(frozen=True)
class ProbeResult:
    """What two probes with their statistics say of one embedding.

    Attributes:
        C: inverse penalty chosen on tune. C_on_edge: whether it is the smallest or largest of its grid.
        k: neighbours chosen on tune. k_on_edge: likewise.
        logistic_converged: whether the refitted logistic regression reached its tolerance.
        tune_score: primary metric of the logistic probe at the chosen C on tune.
        select_probability: float32 (n_select, n_classes), logistic refitted on fit + tune; of several labels
            (n_select, n_labels), that of class 1 of each.
        knn_select_probability: float32 (n_select, n_classes), kNN with fit + tune as its bank.
        scores: select scores of the logistic probe. knn_scores: of kNN.
        separability: statistics of the embedding on the select rows.
        unavailable: name of a score or statistic -> why it is not there.
        Cs: of several labels the C of each.
        notes: what was done to keep the work bounded, one line each.
    """

    C: float
    C_on_edge: bool
    k: int
    k_on_edge: bool
    logistic_converged: bool
    tune_score: float
    select_probability: np.ndarray
    knn_select_probability: np.ndarray
    scores: dict[str, float]
    knn_scores: dict[str, float]
    separability: dict[str, float]
    unavailable: dict[str, str]
    Cs: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProbeSettings:
    """Grids with bounds for `probe_candidates`; see there."""

    Cs: tuple[float, ...]
    ks: tuple[int, ...]
    metric: str
    seed: int
    knn_bank_rows: int
    with_separability: bool
    with_knn: bool = True


def probe_candidates(
    embeddings: Mapping[Key, np.ndarray],
    data: ProbeData,
    *,
    Cs: Sequence[float] = DEFAULT_CS,
    ks: Sequence[int] = DEFAULT_KS,
    metric: str = "auc",
    seed: int = 0,
    n_threads: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
    knn_bank_rows: int = DEFAULT_KNN_BANK_ROWS,
    max_probe_windows: int = DEFAULT_MAX_PROBE_WINDOWS,
    with_separability: bool = True,
) -> dict[Key, ProbeResult]:
    """Fit, tune, refit, then score both probes on every embedding.

    C is chosen on tune among solutions fitted on fit; equal scores go to the smaller C. k is chosen on
    tune, on KNN_TUNE_ROWS of its rows at most, with fit as the bank; equal scores go to the larger k.
    Both are then refitted on fit + tune, features standardised on those rows, and scored on select.
    Where the primary metric is not defined on tune (one class), log-loss chooses instead and
    `unavailable["tune_<metric>"]` says so. An embedding that is constant on fit gets the class shares
    as its probabilities, so an AUC of exactly 0.5, with the reason under "embedding".

    Several labels are probed one after the other, each with its own C; C, k, kNN and separability are those of the
    first, `scores["mean"]` is the mean AUC over them.

    What `data.beside` holds is given to both probes at the embedding's side; the statistics are of the embedding alone.

    Args:
        embeddings: key -> (n, dim) float32, n the length of data.labels.
        Cs: inverse penalties. ks: neighbour counts; those above the bank size act as the bank size.
        metric: primary metric, one of METRICS.
        seed: for the subsamples of the separability statistics.
        n_threads: candidates of THREADS_PAY numbers or more that are probed at once; the linear algebra inside stays
            on one thread each.
        on_progress: called with (done, total) after each candidate.
        knn_bank_rows: at most this many bank rows for kNN, evenly over time: neighbouring windows overlap, so a
            thinner bank costs little; ks mean counts in the thinned bank.
        max_probe_windows: past this many fit + tune rows, an even subsample over time is used.
        with_separability: whether to compute separability statistics.

    Raises:
        ProbeError: an embedding of the wrong shape or with values that are not finite, bad grids, unknown metric.
    """
    metric_named(metric)
    if not len(ks) or min(ks) < 1:
        raise ProbeError(f"ks are {list(ks)}; at least one count of 1 or more is needed")
    settings = ProbeSettings(
        Cs=tuple(sorted({float(C) for C in Cs})),
        ks=tuple(sorted({int(k) for k in ks})),
        metric=metric,
        seed=seed,
        knn_bank_rows=knn_bank_rows,
        with_separability=with_separability,
    )
    notes: list[str] = []
    total = len(data.fit_rows) + len(data.tune_rows)
    if total > max_probe_windows:
        fit_share = max(1, round(max_probe_windows * len(data.fit_rows) / total))
        data = replace(
            data,
            fit_rows=even_subsample(data.fit_rows, fit_share, data.groups),
            tune_rows=even_subsample(data.tune_rows, max(1, max_probe_windows - fit_share), data.groups),
        )
        notes.append(
            f"probes learnt from {max_probe_windows} of {total} fit + tune windows, evenly over time"
        )
    if len(data.fit_rows) > knn_bank_rows:
        notes.append(f"kNN searched {knn_bank_rows} bank windows, evenly over time")
    keys = list(embeddings)
    for key in keys:
        _check(key, embeddings[key], len(data.labels))

    probe = _probe if data.labels.ndim == 1 else _probe_labels

    def one(key: Key) -> ProbeResult:
        return probe(embeddings[key], data, settings, tuple(notes))

    pays = {key: n_threads > 1 and embeddings[key].size >= THREADS_PAY for key in keys}
    large, small = ([key for key in keys if pays[key] is side] for side in (True, False))
    results: dict[Key, ProbeResult] = {}
    with threadpool_limits(limits=1), ThreadPoolExecutor(n_threads) as pool:
        for key, result in zip([*large, *small], chain(pool.map(one, large), map(one, small)), strict=True):
            results[key] = result
            if on_progress is not None:
                on_progress(len(results), len(keys))
    return {key: results[key] for key in keys}


def _probe(
    embedding: np.ndarray, data: ProbeData, settings: ProbeSettings, notes: tuple[str, ...]
) -> ProbeResult:
    X = embedding if data.beside is None else np.concatenate([embedding, data.beside], axis=1)
    labels, n_classes = data.labels, data.n_classes
    y_tune, y_select = labels[data.tune_rows], labels[data.select_rows]
    unavailable: dict[str, str] = {}
    metric = settings.metric
    if len(np.unique(y_tune)) < 2 and metric in ("auc", "average_precision", "balanced_accuracy"):
        unavailable[f"tune_{metric}"] = f"all tune labels are class {y_tune[0]}; log_loss chose C and k"
        metric = "log_loss"
    sign = 1.0 if metric_named(metric).higher_is_better else -1.0

    path = fit_logistic_path(
        X[data.fit_rows], labels[data.fit_rows], n_classes=n_classes, Cs=settings.Cs, precision="single"
    )
    if path.standardiser.constant.all():
        return _flat(data, settings, metric, unavailable, notes)
    X_select = X[data.select_rows]
    tuned = sign * score_of_many(y_tune, path.probabilities(X[data.tune_rows]), metric)
    best = int(np.argmax(tuned))
    C = settings.Cs[best]
    final = fit_logistic_path(X[data.refit_rows], labels[data.refit_rows], n_classes=n_classes, Cs=[C])
    probability = final.probabilities(X_select)[0].astype(np.float32)
    scores, missing = score_probabilities(y_select, probability)
    unavailable |= missing

    k, shares = 0, probability
    knn_scores: dict[str, float] = {}
    if settings.with_knn:
        k, shares = _nearest(
            X,
            data,
            settings,
            metric=metric,
            sign=sign,
            fit_scale=path.standardiser,
            refit_scale=final.standardiser,
        )
        knn_scores, _ = score_probabilities(y_select, shares)

    statistics: dict[str, float] = {}
    if data.beside is not None and Standardiser.fit(embedding[data.fit_rows]).constant.all():
        unavailable["embedding"] = "every feature is constant on the fit rows"
    elif settings.with_separability:
        statistics, missing = separability(embedding[data.select_rows], y_select, settings.seed)
        unavailable |= missing
    return ProbeResult(
        C=C,
        C_on_edge=len(settings.Cs) > 1 and best in (0, len(settings.Cs) - 1),
        k=k,
        k_on_edge=len(settings.ks) > 1 and k in (settings.ks[0], settings.ks[-1]),
        logistic_converged=bool(final.converged[0]),
        tune_score=float(sign * tuned[best]),
        select_probability=probability,
        knn_select_probability=shares,
        scores=scores,
        knn_scores=knn_scores,
        separability=statistics,
        unavailable=unavailable,
        notes=notes,
    )


def _probe_labels(
    embedding: np.ndarray, data: ProbeData, settings: ProbeSettings, notes: tuple[str, ...]
) -> ProbeResult:
    """The result of several labels."""
    each = replace(settings, metric=of_each_label(settings.metric))
    quick = replace(each, with_knn=False, with_separability=False)
    found = [
        _probe(embedding, replace(data, labels=one), quick if place else each, notes)
        for place, one in enumerate(data.labels.T)
    ]
    probability = np.stack([one.select_probability[:, 1] for one in found], axis=1)
    scores, missing = score_probabilities(data.labels[data.select_rows], probability)
    return replace(
        found[0],
        logistic_converged=all(one.logistic_converged for one in found),
        tune_score=float(np.mean([one.tune_score for one in found])),
        select_probability=probability,
        scores=scores,
        unavailable={**{name: why for one in found for name, why in one.unavailable.items()}, **missing},
        Cs=tuple(one.C for one in found),
    )


def _flat(
    data: ProbeData, settings: ProbeSettings, metric: str, unavailable: dict[str, str], notes: tuple[str, ...]
) -> ProbeResult:
    """The result of an embedding that says nothing: class shares everywhere."""
    y_tune, y_select = data.labels[data.tune_rows], data.labels[data.select_rows]
    y_refit = data.labels[data.refit_rows]
    prior = majority_probability(y_refit, len(y_select), data.n_classes)
    flat = majority_probability(y_refit, len(y_tune), data.n_classes)
    scores, missing = score_probabilities(y_select, prior)
    reason = "every feature is constant on the fit rows, so both probes say the class shares"
    return ProbeResult(
        C=settings.Cs[0],
        C_on_edge=False,
        k=settings.ks[-1],
        k_on_edge=False,
        logistic_converged=True,
        tune_score=float(score_of_many(y_tune, flat[None].astype(np.float64), metric)[0]),
        select_probability=prior,
        knn_select_probability=prior.copy(),
        scores=scores,
        knn_scores=dict(scores),
        separability={},
        unavailable=unavailable | missing | {"embedding": reason},
        notes=notes,
    )


def _nearest(
    X: np.ndarray,
    data: ProbeData,
    settings: ProbeSettings,
    *,
    metric: str,
    sign: float,
    fit_scale: Standardiser,
    refit_scale: Standardiser,
) -> tuple[int, np.ndarray]:
    """k chosen on tune, then class shares float32 (n_select, n_classes) from the refitted bank."""
    labels = data.labels

    def shares(learnt: np.ndarray, asked: np.ndarray, scale: Standardiser, ks: Sequence[int]) -> np.ndarray:
        bank = even_subsample(learnt, settings.knn_bank_rows, data.groups)
        return knn_shares(
            scale.transform(X[bank], np.float32),
            labels[bank],
            scale.transform(X[asked], np.float32),
            ks,
            n_classes=data.n_classes,
            dtype=np.float32,
        )

    asked = even_subsample(data.tune_rows, KNN_TUNE_ROWS, data.groups)
    if len(np.unique(labels[asked])) < len(np.unique(labels[data.tune_rows])):  # a class too rare to be met
        asked = data.tune_rows
    on_tune = shares(data.fit_rows, asked, fit_scale, settings.ks)
    tuned = sign * score_of_many(labels[asked], on_tune, metric)
    k = settings.ks[len(tuned) - 1 - int(np.argmax(tuned[::-1]))]
    return k, shares(data.refit_rows, data.select_rows, refit_scale, [k])[0].astype(np.float32)


def _check(key: Hashable, X: np.ndarray, n: int) -> None:
    if X.ndim != 2 or len(X) != n or X.shape[1] == 0:
        raise ProbeError(f"embedding {key!r} has shape {X.shape} but there are {n} labels; give (n, dim)")
    if not np.isfinite(X.sum(dtype=np.float64)) and not np.isfinite(X).all():
        row, column = np.argwhere(~np.isfinite(X))[0]
        raise ProbeError(
            f"embedding {key!r} is {X[row, column]} at row {row}, column {column}; drop or fix it"
        )
