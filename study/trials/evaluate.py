"""One trial: train a variant, capture every layer, probe them all."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from probes import ProbeData, ProbeResult, even_subsample, probe_candidates, quick_scores
from study.data import StudyData
from study.errors import TrialPruned
from study.metrics import QUICK_C, QUICK_FIT_WINDOWS, QUICK_TUNE_WINDOWS
from study.trials.batch_size import within_memory
from study.trials.candidates import candidates
from study.trials.network import learnt_outcomes, network_config, task_windows
from study.trials.ranking import utility
from study.trials.record import TrialRecord
from study.trials.variant import OUTCOMES, PRETRAINED, Variant
from timesnet import (
    DataError,
    EpochReport,
    TimesNet,
    TrainingDiverged,
    TrainingResult,
    TrainingSettings,
    Windows,
    capture_layers,
    freeze_frequencies,
    list_layers,
    train,
)
from timesnet.capture import BESIDE
from timesnet.windows import as_slice

SIDE_BY_SIDE = f"mean{BESIDE}last"
STUDIED_POOLINGS = ("mean", "last", SIDE_BY_SIDE)
# A single kernel is a part of its block's convolution, for which mean and last are probed side by side: leaving the
# kernels out there spares a third of a trial's probes.
SINGLE_KERNEL = ".kernels."
# Share of the steps over which the learning rate of the task `outcomes` rises.
WARMUP = 0.1
CAPTURE_BATCH = 256

# report(epoch, score, epoch report) -> True when the trial should be pruned
Report = Callable[[int, float, EpochReport], bool]


@dataclass(frozen=True)
class Job:
    """What a backend is asked to evaluate.

    Attributes:
        number: trial number in Optuna.
        seed: of initialisation, shuffling, dropout and probes.
        variant: sampled hyper-parameters.
        run_id: the trial's MLflow run.
        tracking_uri: where that run is.
        state_file: where its training stands after each epoch, to go on from after a kill; None keeps nothing.
    """

    number: int
    seed: int
    variant: Variant
    run_id: str
    tracking_uri: str
    state_file: Path | None = None


def evaluate_job(job: Job, data: StudyData, *, metric: str, report: Report) -> TrialRecord:
    """Train the job's variant on `fit`, follow its layers' probe score on `tune`, then probe them on `select`.

    Raises:
        TrialPruned: `report` said so, training diverged, or no layer can be scored; its message is the reason.
        MemoryError: memory ran out however small the batch.
    """
    variant = job.variant
    started = time.perf_counter()
    reported: set[int] = set()

    def report_once(epoch: int, score: float, epoch_report: EpochReport) -> bool:
        # Training that starts again with a smaller batch comes to the same epochs again.
        if epoch in reported:
            return False
        reported.add(epoch)
        return report(epoch, score, epoch_report)

    try:
        (model, training, scores), batch_size = within_memory(
            lambda size: _train(job, data, size, metric=metric, report=report_once), variant.batch_size
        )
        trained = time.perf_counter() - started
        record = probe_network(
            model, data, metric=metric, seed=job.seed, number=job.number, variant=variant.to_dict()
        )
    except (TrainingDiverged, DataError) as error:
        raise TrialPruned(str(error)) from None
    if all(metric not in candidate.scores for candidate in record.candidates):
        raise TrialPruned(f"no layer has a select {metric}: {record.candidates[0].unavailable.get(metric)}")
    notes: tuple[str, ...] = ()
    if batch_size != variant.batch_size:
        notes = (f"out of memory with a batch of {variant.batch_size}: trained with {batch_size}",)
    return replace(
        record,
        epochs=training.epochs,
        probe_scores=tuple(scores),
        best_epoch=training.best_epoch,
        seconds={"train": round(trained, 2), **record.seconds},
        notes=notes,
    )


def _train(
    job: Job, data: StudyData, batch_size: int, *, metric: str, report: Report
) -> tuple[TimesNet, TrainingResult, list[float]]:
    """A network of the job's variant, trained with that batch, and its quick tune score after each epoch."""
    variant = job.variant
    with torch.random.fork_rng():
        torch.manual_seed(job.seed)
        model = TimesNet(network_config(variant, data)).to(device())
    if variant.start == PRETRAINED and data.pretrained is not None:
        features = data.input_features(model.config.enc_in)
        data.pretrained.start(model, features=features, outcomes=_names_of_learnt(variant, data))
    windows = task_windows(data, model.config)
    # Training draws from all fit windows; what follows it is told from the windows that are probed.
    fit, tune = data.splits.fit, data.probed.tune
    outcomes = variant.task_name == OUTCOMES
    learnt, weights = _learnt(variant, data)
    scores: list[float] = []

    def tell(epoch: EpochReport, score: float) -> None:
        scores.append(score)
        if report(epoch.epoch, score, epoch):
            raise TrialPruned(
                f"after epoch {epoch.epoch + 1} of {variant.train_epochs} its tune {metric} was worse than the median "
                "of earlier trials"
            )

    def on_epoch(epoch: EpochReport) -> float:
        score = quick_score(model, windows, data, metric=metric)
        tell(epoch, score)
        return utility(metric, score)

    training = train(
        model,
        windows.select(fit),
        windows.select(tune),
        settings=TrainingSettings(
            train_epochs=variant.train_epochs,
            windows_per_epoch=data.windows_per_epoch,
            batch_size=batch_size,
            learning_rate=variant.learning_rate,
            weight_decay=variant.weight_decay,
            # The heads' own loss knows more than the label alone; published tasks stop as their probe says.
            warmup=WARMUP if outcomes else 0.0,
            stop_by_loss=outcomes,
            channels=0 if outcomes else len(data.features),
            seed=job.seed,
        ),
        fit_labels=learnt[as_slice(fit)],
        target_weights=weights,
        fit_groups=None if data.symbols is None else data.symbols[as_slice(fit)],
        tune_labels=learnt[tune],
        on_epoch=on_epoch,
        # A utility is the score or its negative, so that taking it twice gives the score back.
        on_restored=lambda epoch, value: tell(epoch, utility(metric, value)),
        state_file=job.state_file,
        identity=f"{job.seed} {variant.to_dict()} batch {batch_size} {data.digest}",
    )
    return model, training, scores


def _learnt(variant: Variant, data: StudyData) -> tuple[np.ndarray, np.ndarray | None]:
    """What a task that predicts something of whole windows learns of each, and how its errors weigh."""
    if variant.task_name != OUTCOMES or data.outcomes is None:
        return data.labels, None
    columns, values = learnt_outcomes(variant, data), data.outcomes.values
    if len(columns) < values.shape[1]:
        values = values[:, columns]
    return values, data.outcomes.weights[columns]


def _names_of_learnt(variant: Variant, data: StudyData) -> tuple[str, ...]:
    """What each output of the heads of the task `outcomes` predicts; nothing that has a name of ready-made windows."""
    if data.outcomes is None:
        return ()
    return tuple(data.outcomes.names[place] for place in learnt_outcomes(variant, data))


def probe_network(
    model: TimesNet,
    data: StudyData,
    *,
    metric: str,
    seed: int,
    number: int,
    variant: Mapping[str, Any],
) -> TrialRecord:
    """Freeze the network's periods on `fit`, capture every layer in one pass, probe every (layer, pooling).

    The test split is not touched. Periods that the network brings along stay.
    """
    started = time.perf_counter()
    windows = task_windows(data, model.config)
    if model.frozen_frequencies is None:
        freeze_frequencies(
            model, lambda: on_device(windows.select(data.probed.fit).batches(CAPTURE_BATCH), model)
        )
    model.period_selection = "frozen"
    rows = np.concatenate([data.probed.fit, data.probed.tune, data.probed.select])
    embeddings = capture_layers(
        model,
        on_device(windows.select(rows).batches(CAPTURE_BATCH), model),
        n=len(rows),
        poolings=STUDIED_POOLINGS,
    )
    _require_finite(embeddings)
    embeddings = {key: array for key, array in embeddings.items() if is_candidate(*key)}
    captured = time.perf_counter()
    probe_data = probe_split(data)
    results = probe_distinct(embeddings, probe_data, metric=metric, seed=seed)
    probed = time.perf_counter()
    layers = tuple(list_layers(model))
    return TrialRecord(
        number=number,
        variant=variant,
        seed=seed,
        layers=layers,
        candidates=candidates(results, embeddings, layers),
        predictions=np.stack([result.select_probability for result in results.values()]).astype(np.float32),
        epochs=(),
        probe_scores=(),
        best_epoch=-1,
        seconds={"capture": round(captured - started, 2), "probe": round(probed - captured, 2)},
        model=model,
    )


def is_candidate(layer: str, pooling: str) -> bool:
    """Whether a layer's pooling is a candidate."""
    return SINGLE_KERNEL not in layer or BESIDE not in pooling


def quick_score(model: TimesNet, windows: Windows, data: StudyData, *, metric: str) -> float:
    """Score on part of `tune` of one fixed probe on the last block's pooled vectors; the network is left as it was.

    They are what training moves: the best of all layers is an early one that hardly changes.
    """
    fit = even_subsample(data.probed.fit, QUICK_FIT_WINDOWS)
    tune = even_subsample(data.probed.tune, QUICK_TUNE_WINDOWS)
    rows = np.concatenate([fit, tune])
    chosen = windows.select(rows)
    selection = model.period_selection
    freeze_frequencies(model, lambda: on_device(windows.select(fit).batches(CAPTURE_BATCH), model))
    last = f"layer_norm#{model.config.e_layers - 1}" if model.config.e_layers > 1 else "layer_norm"
    embeddings = capture_layers(
        model,
        on_device(chosen.batches(CAPTURE_BATCH), model),
        n=len(rows),
        poolings=(SIDE_BY_SIDE,),
        layers=(last,),
    )
    model.set_frozen_frequencies(None)
    model.period_selection = selection
    _require_finite(embeddings)
    scores = quick_scores(
        {last: data.as_scored(embeddings[last, SIDE_BY_SIDE], rows)},
        fit_rows=np.arange(len(fit)),
        tune_rows=np.arange(len(fit), len(rows)),
        labels=data.labels[rows],
        n_classes=data.n_classes,
        C=QUICK_C,
        metric=metric,
    )
    return scores[last]


def _require_finite(embeddings: Mapping[tuple[str, str], np.ndarray]) -> None:
    for (layer, _), array in embeddings.items():
        if not np.isfinite(array.sum(dtype=np.float64)):
            raise TrainingDiverged(f"the output of layer {layer!r} is not finite; lower the learning rate")


def probe_split(data: StudyData) -> ProbeData:
    """The probe's view of fit, tune and select, in the order in which `probe_network` captures them."""
    sizes = np.cumsum([0, len(data.probed.fit), len(data.probed.tune), len(data.probed.select)])
    rows = np.concatenate([data.probed.fit, data.probed.tune, data.probed.select])
    return ProbeData(
        fit_rows=np.arange(sizes[0], sizes[1]),
        tune_rows=np.arange(sizes[1], sizes[2]),
        select_rows=np.arange(sizes[2], sizes[3]),
        labels=data.labels[rows],
        n_classes=data.n_classes,
        beside=data.scored_beside(rows),
    )


def probe_distinct(
    embeddings: Mapping[tuple[str, str], np.ndarray], data: ProbeData, *, metric: str, seed: int
) -> dict[tuple[str, str], ProbeResult]:
    """Probe each array once: layers that return the same numbers share theirs."""
    first: dict[tuple[int, str], tuple[str, str]] = {}
    for key, array in embeddings.items():
        first.setdefault((id(array), key[1]), key)
    distinct = {key: embeddings[key] for key in first.values()}
    # The windows are thinned already.
    results = probe_candidates(
        distinct,
        data,
        metric=metric,
        seed=seed,
        n_threads=torch.get_num_threads(),
        max_probe_windows=len(data.labels),
    )
    return {key: results[first[id(array), key[1]]] for key, array in embeddings.items()}


def device() -> torch.device:
    """The GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def on_device(
    batches: Iterator[tuple[torch.Tensor, torch.Tensor | None]], model: TimesNet
) -> Iterator[tuple[torch.Tensor, torch.Tensor | None]]:
    """The batches, moved to where the network is."""
    where = next(model.parameters()).device
    for x, marks in batches:
        yield x.to(where), None if marks is None else marks.to(where)
