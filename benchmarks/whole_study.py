"""The trials of a study, this project's way and the field's.

    python -m benchmarks.whole_study            three variants on Bitcoin candles, about 15 minutes
    python -m benchmarks.whole_study --quick    one variant, few windows, to see that it runs
    python -m benchmarks.whole_study --only imputation

Both do the same trials: the same variants, epochs and windows; seconds are of the processor, on one thread, so that
other work beside changes little. The field's way is the published six-kernel network; plain forward hooks, one pass for
each layer or, in a second row, one for all; and scikit-learn in a joblib loop, one classifier for each C and each k,
standardised once a candidate. Its capture starts from this project's trained weights and frozen periods, so that both
embed the same windows by the same network, which is checked.

One pass for each layer is timed on PASSES layers and multiplied by their number. What this project does beside is in
its seconds: a probe after each epoch, the choice of periods, fourteen statistics of separation a candidate. Goal: at
least 8 times the first way, 4 times the second.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from benchmarks.hooked import hooked_layers
from benchmarks.six_kernel import SixKernelTimesNet
from probes import ProbeData, even_subsample
from probes.candidate import DEFAULT_KNN_BANK_ROWS
from probes.knn import DEFAULT_KS
from probes.logistic.path import DEFAULT_CS
from study.configuration import StudyConfiguration
from study.data import StudyData, prepare
from study.search.space import KNOWN_GOOD
from study.trials import CAPTURE_BATCH, Job, Variant, evaluate, evaluate_job, task_windows
from study.trials.network import network_config
from study.trials.probing import is_candidate, probe_split
from timesnet import TrainingSettings, Windows, capture_layers, train
from timesnet.capture import BESIDE

VARIANTS: tuple[dict[str, Any], ...] = (
    {"task_name": "classification", "d_model": 32, "d_ff": 32, "e_layers": 2, "top_k": 2, "num_kernels": 6},
    {"task_name": "imputation", "d_model": 16, "d_ff": 32, "e_layers": 1, "top_k": 5, "num_kernels": 6},
    {
        "task_name": "anomaly_detection",
        "d_model": 32,
        "d_ff": 16,
        "e_layers": 2,
        "top_k": 3,
        "num_kernels": 4,
    },
)
EPOCHS, PASSES = 3, 2
PHASES = ("training", "capture", "probes")
SIDE_BY_SIDE = f"mean{BESIDE}last"
Embeddings = dict[tuple[str, str], np.ndarray]
POOLS: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda series: series.mean(1),
    "last": lambda series: series[:, -1],
}


def variant_of(changes: dict[str, Any]) -> Variant:
    return Variant(**{**KNOWN_GOOD, "pred_len": 1, "train_epochs": EPOCHS, "inputs": "candle", **changes})


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    found = work()
    return time.process_time() - started, found


def train_six(variant: Variant, data: StudyData, epochs: int) -> None:
    """The same loop with the published network; what an epoch is worth its tune loss says."""
    torch.manual_seed(0)
    config = network_config(variant, data)
    model: Any = SixKernelTimesNet(config.to_dict())
    model.config = config
    windows = task_windows(data, config)
    train(
        model,
        windows.select(data.splits.fit),
        windows.select(data.splits.tune),
        settings=TrainingSettings(
            train_epochs=epochs,
            windows_per_epoch=data.windows_per_epoch,
            batch_size=variant.batch_size,
            learning_rate=variant.learning_rate,
            weight_decay=variant.weight_decay,
            patience=epochs,
            channels=len(data.features),
        ),
        fit_labels=data.labels[data.splits.fit],
        tune_labels=data.labels[data.splits.tune],
    )


def hook_pass(model: SixKernelTimesNet, windows: Windows, only: str | None = None) -> Embeddings:
    """Mean and last of every layer, or of one alone, over all windows."""
    parts: dict[tuple[str, str], list[Tensor]] = {}
    for x, marks in windows.batches(CAPTURE_BATCH):
        for key, vectors in hooked_layers(model, x, marks, pools=POOLS, only=only).items():
            parts.setdefault(key, []).append(vectors)
    return {key: torch.cat(vectors).numpy() for key, vectors in parts.items()}


def with_both(captured: Embeddings) -> Embeddings:
    """The study's candidates: each pooling by itself, and where the study probes them both side by side."""
    found = dict(captured)
    for layer in dict.fromkeys(layer for layer, _ in captured):
        found[layer, SIDE_BY_SIDE] = np.concatenate(
            [captured[layer, "mean"], captured[layer, "last"]], axis=1
        )
    return {key: vectors for key, vectors in found.items() if is_candidate(*key)}


def probe_one(X: np.ndarray, data: ProbeData) -> tuple[float, float]:
    """Select AUC of a logistic and a kNN probe as a careful user of scikit-learn would find them."""
    y = data.labels

    def scaled(rows: np.ndarray) -> tuple[np.ndarray, StandardScaler]:
        scaler = StandardScaler().fit(X[rows])
        return scaler.transform(X[rows]), scaler

    def logistic(learnt: np.ndarray, asked: np.ndarray, C: float) -> float:
        vectors, scaler = of[learnt is data.fit_rows]
        model = LogisticRegression(C=C, max_iter=10_000).fit(vectors, y[learnt])
        return float(roc_auc_score(y[asked], model.predict_proba(scaler.transform(X[asked]))[:, 1]))

    def neighbours(learnt: np.ndarray, asked: np.ndarray, k: int) -> float:
        _, scaler = of[learnt is data.fit_rows]
        bank = even_subsample(learnt, DEFAULT_KNN_BANK_ROWS)
        model = KNeighborsClassifier(min(k, len(bank)), algorithm="brute").fit(
            scaler.transform(X[bank]), y[bank]
        )
        return float(roc_auc_score(y[asked], model.predict_proba(scaler.transform(X[asked]))[:, 1]))

    refit = data.refit_rows
    of = {True: scaled(data.fit_rows), False: scaled(refit)}
    C = max(DEFAULT_CS, key=lambda C: logistic(data.fit_rows, data.tune_rows, C))
    k = max(DEFAULT_KS, key=lambda k: neighbours(data.fit_rows, data.tune_rows, k))
    return logistic(refit, data.select_rows, C), neighbours(refit, data.select_rows, k)


def compare(changes: dict[str, Any], data: StudyData) -> tuple[dict[str, dict[str, float]], float]:
    """Seconds by way and phase of one trial, and the largest difference of a select AUC between the ways."""
    variant = variant_of(changes)
    # A record's seconds by the same clock.
    evaluate.time = SimpleNamespace(perf_counter=time.process_time)  # type: ignore[attr-defined]
    record = evaluate_job(Job(0, 0, variant, "", ""), data, metric="auc", report=lambda *_: False)
    ours = {
        "training": record.seconds["train"],
        "capture": record.seconds["capture"],
        "probes": record.seconds["probe"],
    }
    model = record.model
    assert model is not None
    training, _ = timed(lambda: train_six(variant, data, len(record.epochs)))
    six = SixKernelTimesNet(model.config.to_dict(), frozen_frequencies=model.frozen_frequencies).eval()
    six.load_state_dict(model.state_dict())
    rows = np.concatenate([data.probed.fit, data.probed.tune, data.probed.select])
    windows = task_windows(data, model.config).select(rows)
    at_once, captured = timed(lambda: hook_pass(six, windows))
    layers = list(dict.fromkeys(layer for layer, _ in captured))
    chosen = [layers[place] for place in np.linspace(0, len(layers) - 1, PASSES).round().astype(int)]
    each = np.mean([timed(lambda layer=layer: hook_pass(six, windows, layer))[0] for layer in chosen])
    own = capture_layers(model, windows.batches(CAPTURE_BATCH), len(rows), poolings=tuple(POOLS))
    for key, vectors in captured.items():
        np.testing.assert_allclose(own[key], vectors, rtol=1e-3, atol=1e-3, err_msg=str(key))
    embeddings = with_both(captured)
    split = probe_split(data)
    probing, found = timed(
        lambda: Parallel(n_jobs=1)(delayed(probe_one)(vectors, split) for vectors in embeddings.values())
    )
    scores = {candidate.key: candidate.scores["auc"] for candidate in record.candidates}
    apart = max(
        abs(scores[key] - score) for key, (score, _) in zip(embeddings, found, strict=True) if key in scores
    )
    theirs = {"training": training, "probes": probing}
    return {
        "this project": ours,
        "a pass for each layer": {**theirs, "capture": float(each) * len(layers)},
        "one pass for all": {**theirs, "capture": at_once},
    }, apart


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one variant, few windows")
    parser.add_argument("--only", default="", help="the variants whose task contains this")
    options = parser.parse_args()
    torch.set_num_threads(1)
    data = prepare(StudyConfiguration())
    variants = tuple(changes for changes in VARIANTS if options.only in changes["task_name"])
    if options.quick:
        data = replace(data, windows_per_epoch=512, max_probe_windows=1_200)
        variants = ({**VARIANTS[1], "train_epochs": 1},)
    total: dict[str, dict[str, float]] = {}
    apart = 0.0
    for changes in variants:
        found, difference = compare(changes, data)
        apart = max(apart, difference)
        for way, seconds in found.items():
            for phase in PHASES:
                of_way = total.setdefault(way, dict.fromkeys(PHASES, 0.0))
                of_way[phase] += seconds[phase]
        print(
            f"  {changes['task_name']}: "
            + "; ".join(f"{way} {sum(s.values()):.0f} s" for way, s in found.items()),
            flush=True,
        )
    ours = total["this project"]
    print(f"\n{len(variants)} trials, seconds (times this project's):\n\n| | {' | '.join(PHASES)} | in all |")
    print("| --- |" + " ---: |" * (len(PHASES) + 1))
    for way, seconds in total.items():
        cells = [(seconds[phase], seconds[phase] / ours[phase]) for phase in PHASES]
        cells.append((sum(seconds.values()), sum(seconds.values()) / sum(ours.values())))
        print(f"| {way} | " + " | ".join(f"{s:.1f} ({ratio:.1f})" for s, ratio in cells) + " |")
    print(f"\nSelect AUCs of the two logistic probes differ by at most {apart:.4f}.")


if __name__ == "__main__":
    main()
