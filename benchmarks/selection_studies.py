"""Small studies with the test score of every candidate, kept on disk."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.selection_crossed import cross_fitted
from benchmarks.selection_sets import PLANTED, LabelledSet, planted_network
from probes import fit_logistic_path, score_of_many
from probes.logistic.path import DEFAULT_CS
from probes.separation.separability import separability
from study.choice.compare import can_win
from study.data.study_data import StudyData
from study.trials.evaluate import evaluate_job
from study.trials.job import Job
from study.trials.network import task_windows
from study.trials.probing import CAPTURE_BATCH, STUDIED_POOLINGS, probe_network
from study.trials.record import TrialRecord
from study.trials.variant import Variant
from timesnet import TimesNet, capture_layers

METRIC = "auc"
STATISTICS = ("loes", "logme", "silhouette")
SMALL = Variant(
    task_name="classification",
    d_model=16,
    d_ff=16,
    e_layers=2,
    top_k=2,
    num_kernels=3,
    dropout=0.1,
    use_norm=True,
    pred_len=1,
    learning_rate=3e-3,
    weight_decay=1e-2,
    batch_size=8,
    train_epochs=20,
)
VARIANTS = (
    SMALL,
    replace(SMALL, task_name="imputation", use_norm=False),
    replace(SMALL, task_name="anomaly_detection", e_layers=1, top_k=3),
)


@dataclass(frozen=True, kw_only=True)
class JudgedStudy:
    """A study whose test split was opened for every candidate, which no study may do and a benchmark must.

    Attributes:
        records: by trial number; candidates below are theirs, trial after trial.
        trial: int (m,), each candidate's trial.
        test: float (m,), test score of the probe refitted on fit + tune.
        validation: float (m,), best score over the C path with tune + select as one validation set.
        statistics: by name float (m,), on fit + tune + select; NaN where not defined.
        test_probability: float32 (m, n_test, n_classes).
        crossed: float32 (m, n_tune + n_select, n_classes), cross-fitted probabilities.
    """

    name: str
    seed: int
    exchangeable: bool
    data: StudyData
    records: Mapping[int, TrialRecord]
    trial: np.ndarray
    test: np.ndarray
    validation: np.ndarray
    statistics: Mapping[str, np.ndarray]
    test_probability: np.ndarray
    crossed: np.ndarray


def judged_study(which: LabelledSet, seed: int, cache: Path, *, epochs: int | None = None) -> JudgedStudy:
    """The study of a set and seed, from the cache or by training its variants."""
    data = which.make(seed)
    records: dict[int, TrialRecord] = {}
    judged: list[dict[str, np.ndarray]] = []
    for number in range(len(VARIANTS)):
        variant = _variant(data, number, epochs)
        made_by = hashlib.sha256(repr((variant, data.digest, data.splits.to_dict())).encode()).hexdigest()[:8]
        folder = cache / which.name.replace(" ", "-") / f"seed-{seed}" / f"trial-{number}-{made_by}"
        if not (folder / "judged.npz").exists():
            folder.mkdir(parents=True, exist_ok=True)
            record = _trial(which, data, seed, number, variant)
            assert record.model is not None
            found = _judge(record, record.model, data)
            record.write(folder)
            np.savez(folder / "judged.npz", **found)
        records[number], rows = _that_can_win(TrialRecord.read(folder))
        with np.load(folder / "judged.npz") as stored:
            judged.append({key: stored[key][rows] for key in stored.files})
    joined = {key: np.concatenate([one[key] for one in judged]) for key in judged[0]}
    return JudgedStudy(
        name=which.name,
        seed=seed,
        exchangeable=which.exchangeable,
        data=data,
        records=records,
        trial=np.concatenate([np.full(len(one["test"]), number) for number, one in enumerate(judged)]),
        test=joined["test"],
        validation=joined["validation"],
        statistics={name: joined[name] for name in STATISTICS},
        test_probability=joined["test_probability"],
        crossed=joined["crossed"],
    )


def _that_can_win(record: TrialRecord) -> tuple[TrialRecord, list[int]]:
    """The record without what no study may choose, a network's own predictions, and the rows that are left."""
    rows = [row for row, one in enumerate(record.candidates) if can_win(one, METRIC)]
    kept = tuple(record.candidates[row] for row in rows)
    return replace(record, candidates=kept, predictions=np.asarray(record.predictions)[rows]), rows


def _variant(data: StudyData, number: int, epochs: int | None) -> Variant:
    variant = VARIANTS[number]
    if data.has_candles:
        variant = replace(variant, batch_size=64, train_epochs=3)
    return variant if epochs is None else replace(variant, train_epochs=epochs)


def _trial(which: LabelledSet, data: StudyData, seed: int, number: int, variant: Variant) -> TrialRecord:
    if which.name == PLANTED:  # trial 0 is the network that the classes were made with, the others are decoys
        model = planted_network(seed + 1000 * number)
        return probe_network(model, data, metric=METRIC, seed=seed, number=number, variant={})
    job = Job(number, seed * 1_000_003 + number, variant, run_id="", tracking_uri="")
    return evaluate_job(job, data, metric=METRIC, report=lambda *_: False)


def _judge(record: TrialRecord, model: TimesNet, data: StudyData) -> dict[str, np.ndarray]:
    """Test probabilities and scores, validation scores and statistics of each candidate of a trial."""
    rows = data.split_rows
    order = np.concatenate([rows[name] for name in ("fit", "tune", "select", "test")])
    windows = task_windows(data, model.config).select(order)
    vectors = capture_layers(model, windows.batches(CAPTURE_BATCH), len(order), poolings=STUDIED_POOLINGS)
    fit, tune, select, _ = np.cumsum([len(rows[name]) for name in ("fit", "tune", "select", "test")])
    y = data.labels[order]
    found: dict[tuple[int, str], dict[str, np.ndarray]] = {}
    for candidate in record.candidates:
        key = (
            id(vectors[candidate.key]),
            candidate.pooling,
        )  # layers that return the same numbers share an array
        if key not in found:
            X = vectors[candidate.key]
            path = fit_logistic_path(
                X[:fit], y[:fit], n_classes=data.n_classes, Cs=DEFAULT_CS, precision="single"
            )
            validation = score_of_many(y[fit:select], path.probabilities(X[fit:select]), METRIC).max()
            final = fit_logistic_path(X[:tune], y[:tune], n_classes=data.n_classes, Cs=(candidate.C,))
            probability = final.probabilities(X[select:])
            statistics, _ = separability(X[:select], y[:select], record.seed)
            found[key] = {
                "validation": validation,
                "test": score_of_many(y[select:], probability, METRIC)[0],
                "test_probability": probability[0].astype(np.float32),
                "crossed": cross_fitted(
                    X[:select],
                    y[:select],
                    n_fit=fit,
                    n_classes=data.n_classes,
                    overlap=data.overlap("select"),
                    metric=METRIC,
                ),
                **{name: np.float64(statistics.get(name, np.nan)) for name in STATISTICS},
            }
    each = [found[id(vectors[candidate.key]), candidate.pooling] for candidate in record.candidates]
    return {name: np.stack([one[name] for one in each]) for name in each[0]}
