"""Every layer of a network captured in one pass and probed; the last block alone after each epoch."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from probes import ProbeData, ProbeResult, even_subsample, probe_candidates, quick_scores
from study.data import StudyData
from study.metrics import QUICK_C, QUICK_FIT_WINDOWS, QUICK_TUNE_WINDOWS
from study.trials.candidates import candidates
from study.trials.devices import on_device
from study.trials.network import task_windows
from study.trials.record import TrialRecord
from timesnet import TimesNet, TrainingDiverged, Windows, capture_layers, freeze_frequencies, list_layers
from timesnet.capture import BESIDE

# Fit windows whose mean spectrum sets the periods, evenly over time: with more of them it does not change.
PERIOD_WINDOWS = 5_000
SIDE_BY_SIDE = f"mean{BESIDE}last"
STUDIED_POOLINGS = ("mean", "last", SIDE_BY_SIDE)
# A single kernel is a part of its block's convolution, for which mean and last are probed side by side: leaving the
# kernels out there spares a third of a trial's probes.
SINGLE_KERNEL = ".kernels."
CAPTURE_BATCH = 256


def probe_network(
    model: TimesNet,
    data: StudyData,
    *,
    metric: str,
    seed: int,
    number: int,
    variant: Mapping[str, Any],
) -> TrialRecord:
    """Freeze the network's periods on part of `fit`, capture every layer in one pass, probe every (layer, pooling).

    The test split is not touched. Periods that the network brings along stay.
    """
    started = time.perf_counter()
    windows = task_windows(data, model.config)
    if model.frozen_frequencies is None:
        few = even_subsample(data.probed.fit, PERIOD_WINDOWS, data.symbols)
        freeze_frequencies(model, lambda: on_device(windows.select(few).batches(CAPTURE_BATCH), model))
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
    fit = even_subsample(data.probed.fit, QUICK_FIT_WINDOWS, data.symbols)
    tune = even_subsample(data.probed.tune, QUICK_TUNE_WINDOWS, data.symbols)
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
        labels=data.judged[rows],
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
        labels=data.judged[rows],
        n_classes=data.n_classes,
        beside=data.scored_beside(rows),
        groups=None if data.symbols is None else data.symbols[rows],
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
