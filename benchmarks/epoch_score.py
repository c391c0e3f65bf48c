"""Does the score that steers a study know how a trial will end? Rank correlations over random trials.

    python -m benchmarks.epoch_score --data btc-15min candles.parquet --kept epoch_score

After each epoch a study scores the last block's pooled vectors on part of tune, prunes trials by that score and, where
no loss of heads is there to tell, stops training by it. Here trials of the default space are drawn at random and
trained to their end, none pruned. The table says how that score, and others that could steer in its place, correlate
over the trials with the select and test scores of the trial's best layer and of its last block. The test split is
opened for every trial, which no study may do and a benchmark must. What each trial gave is kept, so that a call goes on
where another ended.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
from scipy.stats import rankdata

from probes import even_subsample, quick_scores, score_of_many
from study.choice import open_layer
from study.configuration import StudyConfiguration
from study.data import INPUTS, StudyData, prepare
from study.errors import TrialPruned
from study.metrics import QUICK_C, QUICK_FIT_WINDOWS, QUICK_TUNE_WINDOWS
from study.search import Space, read_space
from study.trials import (
    CAPTURE_BATCH,
    Candidate,
    Job,
    TrialRecord,
    Variant,
    best_candidate,
    evaluate_job,
    given_weights,
    task_windows,
)
from study.trials.probing import SIDE_BY_SIDE
from timesnet import TimesNet, capture_layers, list_layers

METRIC = "auc"
EARLY = (1, 3)
STEERS = "last block, quick tune score of the kept epoch"
SCORES = (
    *(f"last block, quick tune score after epoch {epoch}" for epoch in EARLY),
    STEERS,
    "best of all layers, quick tune score",
    "last block, select score",
    "best layer, select score",
)
ENDS = ("best layer, select", "best layer, test", "last block, select", "last block, test")
RESAMPLES = 2000


def random_variants(space: Space, number: int, seed: int) -> list[Variant]:
    """So many variants of the space, the first ones the same whatever their number."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    return [space.sample(study.ask()) for _ in range(number)]


def measured(number: int, variant: Variant, data: StudyData) -> dict[str, float]:
    """What one trial scored, by the names of SCORES and ENDS; raises TrialPruned where it comes to no end."""
    record = evaluate_job(Job(number, number, variant, "", ""), data, metric=METRIC, report=lambda *_: False)
    assert record.model is not None
    best = best_candidate(record.candidates, METRIC)
    last = last_block(record)
    found = {
        name: record.probe_scores[min(epoch, len(record.probe_scores)) - 1]
        for name, epoch in zip(SCORES, EARLY, strict=False)
    }
    quick = quick_layer_scores(record.model, data)
    return found | {
        STEERS: record.probe_scores[record.best_epoch],
        "best of all layers, quick tune score": max(quick.values()),
        "last block, select score": last.scores[METRIC],
        "best layer, select score": best.scores[METRIC],
        "best layer, select": best.scores[METRIC],
        "best layer, test": test_score(record.model, best, data),
        "last block, select": last.scores[METRIC],
        "last block, test": test_score(record.model, last, data),
    }


def last_block(record: TrialRecord) -> Candidate:
    """The output of the last block, mean and last side by side."""
    blocks = [
        one for one in record.candidates if one.layer.startswith("layer_norm") and one.pooling == SIDE_BY_SIDE
    ]
    return max(blocks, key=lambda one: one.depth)


def quick_layer_scores(model: TimesNet, data: StudyData) -> dict[str, float]:
    """The quick tune score of every layer that can win, mean and last side by side: what steered studies before."""
    fit = even_subsample(data.probed.fit, QUICK_FIT_WINDOWS)
    tune = even_subsample(data.probed.tune, QUICK_TUNE_WINDOWS)
    rows = np.concatenate([fit, tune])
    windows = task_windows(data, model.config).select(rows)
    captured = capture_layers(
        model,
        windows.batches(CAPTURE_BATCH),
        n=len(rows),
        poolings=(SIDE_BY_SIDE,),
        layers=tuple(layer.name for layer in list_layers(model) if not layer.predicts),
    )
    return quick_scores(
        {layer: vectors for (layer, _), vectors in captured.items()},
        fit_rows=np.arange(len(fit)),
        tune_rows=np.arange(len(fit), len(rows)),
        labels=data.labels[rows],
        n_classes=data.n_classes,
        C=QUICK_C,
        metric=METRIC,
    )


def test_score(model: TimesNet, candidate: Candidate, data: StudyData) -> float:
    """The test score of a layer, by the study's own refitted probe."""
    probability = open_layer(model, candidate, data).probability
    return float(score_of_many(data.labels[data.probed.test], probability[None], METRIC)[0])


def correlations(trials: list[dict[str, float]]) -> str:
    """Markdown: Spearman's rank correlation of each score with each end, with a 95 % percentile interval."""
    lines = ["| | " + " | ".join(ENDS) + " |", "| --- |" + " --- |" * len(ENDS)]
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(trials), size=(RESAMPLES, len(trials)))
    for score in SCORES:
        cells = [_correlation(trials, score, end, drawn) for end in ENDS]
        lines.append(f"| {score} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _correlation(trials: list[dict[str, float]], score: str, end: str, drawn: np.ndarray) -> str:
    if score.removesuffix(" score") == end:
        return ""
    x, y = (np.array([trial[name] for trial in trials]) for name in (score, end))
    low, high = np.quantile(spearman(x[drawn], y[drawn]), [0.025, 0.975])
    return f"{spearman(x[None], y[None])[0]:.2f} [{low:.2f}, {high:.2f}]"


def spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Rank correlation of each row of x (r, n) with that of y, float64 (r,)."""
    a, b = (rankdata(one, axis=1) for one in (x, y))
    a, b = (one - one.mean(axis=1, keepdims=True) for one in (a, b))
    return (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))


def trials_of(
    source: str, number: int, kept: Path, *, seed: int, most_windows: int
) -> list[dict[str, float]]:
    """The trials of one set that came to an end: those that are kept, and those that are missing, run now."""
    path = Path(source)
    configuration = StudyConfiguration(
        data=str(path.absolute()) if path.exists() else source, max_probe_windows=most_windows
    )
    data = prepare(configuration, inputs=INPUTS, outcomes=True)
    pretrained = given_weights(configuration, data, print)
    space = read_space(
        None,
        horizon=data.source.horizon,
        seq_len=data.windows.seq_len,
        inputs=data.inputs,
        pretrained=None if pretrained is None else pretrained.shape,
    )
    data = replace(data, pretrained=pretrained)
    rows: dict[int, dict[str, float]] = {}
    file = kept / f"{path.stem}-seed-{seed}.jsonl"
    if file.exists():
        rows = {row.pop("trial"): row for row in map(json.loads, file.read_text().splitlines())}
    for place, variant in enumerate(random_variants(space, number, seed)):
        if place in rows:
            continue
        try:
            rows[place] = measured(place, variant, data)
        except TrialPruned as reason:
            print(f"{path.stem}, trial {place} left out: {reason}", flush=True)
            rows[place] = {}
        with file.open("a") as out:
            out.write(json.dumps({"trial": place, **rows[place]}) + "\n")
        print(f"{path.stem}, trial {place}: {rows[place]}", flush=True)
    return [rows[place] for place in range(number) if rows[place]]


def main(arguments: Iterable[str] | None = None) -> None:
    """One table a set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", nargs="+", required=True, help="built-in names or files of candles")
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0, help="of the drawn variants")
    parser.add_argument("--max_probe_windows", type=int, default=StudyConfiguration.max_probe_windows)
    parser.add_argument("--kept", type=Path, required=True, help="folder that keeps what each trial gave")
    given = parser.parse_args(None if arguments is None else list(arguments))
    given.kept.mkdir(parents=True, exist_ok=True)
    for source in given.data:
        trials = trials_of(
            source, given.trials, given.kept, seed=given.seed, most_windows=given.max_probe_windows
        )
        print(f"## {Path(source).stem}: {len(trials)} trials\n\n{correlations(trials)}\n", flush=True)


if __name__ == "__main__":
    main()
