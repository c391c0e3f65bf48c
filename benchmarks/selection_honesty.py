"""How often the statistics of a choice are right: intervals that should cover, discoveries that should not be made."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.selection_sets import bitcoin_data, planted_data, planted_network
from benchmarks.selection_studies import METRIC, JudgedStudy
from probes import bootstrap_scores, probe_candidates, score_of_many
from study.baselines.probe import BASELINE, probe_baselines
from study.choice.choose import choose, superiority
from study.choice.resampling import draw, score_bounds
from study.data.study_data import StudyData
from study.trials.candidates import candidates
from study.trials.network import task_windows
from study.trials.probing import CAPTURE_BATCH, STUDIED_POOLINGS, probe_split
from study.trials.ranking import utility
from study.trials.record import TrialRecord
from timesnet import TimesNet, TimesNetConfig, capture_layers, freeze_frequencies, list_layers

# A default study: its select split and what two of its windows share.
SERIAL_WINDOWS, SERIAL_OVERLAP = 1223, 52


@dataclass(frozen=True)
class Share:
    """A share of `of` cases with the 95 % bounds that chance leaves it."""

    name: str
    share: float
    of: int
    note: str = ""

    def __str__(self) -> str:
        spread = 1.96 * np.sqrt(self.share * (1 - self.share) / self.of)
        return f"{self.share:.1%} ± {spread:.1%}"


def coverage_of_windows_that_stand_alone(studies: list[JudgedStudy], draws: int) -> list[Share]:
    """Select-sized samples from each study's test split, whose own score is the truth; three candidates of each."""
    hits: dict[str, list[bool]] = defaultdict(list)
    generator = np.random.default_rng(0)
    for study in studies:
        splits, labels = study.data.splits, study.data.labels
        y_test, y_select = labels[splits.test], labels[splits.select]
        if not study.exchangeable or len(np.unique(y_test)) < study.data.n_classes:
            continue
        order = np.argsort(study.test)
        chosen = np.unique([order[-1], order[len(order) // 2], order[len(order) // 4]])
        probability = study.test_probability[chosen].astype(np.float64)
        for number in range(draws):
            rows = np.concatenate(
                [
                    generator.choice(np.flatnonzero(y_test == label), int((y_select == label).sum()))
                    for label in range(study.data.n_classes)
                ]
            )
            low, high = _bounds(y_test[rows], probability[:, rows], overlap=1, seed=number)
            truth = study.test[chosen]
            hits[f"{study.name}, {len(rows)} windows"] += list((low <= truth + 1e-9) & (truth <= high + 1e-9))
    return [Share(name, float(np.mean(found)), len(found)) for name, found in hits.items()]


def coverage_of_overlapping_windows(draws: int) -> list[Share]:
    """Series with persistent volatility, windows that overlap, three fixed predictors; truth from a long series."""
    generator = np.random.default_rng(0)
    threshold = float(np.median(_volatile(generator, 400_000)[1]))
    outcome, predictors = _volatile(generator, 2_000_000)[1:]
    truth = score_of_many((outcome > threshold).astype(np.int64), _probabilities(predictors), METRIC)
    hits: dict[str, list[bool]] = defaultdict(list)
    for number in range(draws):
        _, outcome, predictors = _volatile(generator, SERIAL_WINDOWS)
        y = (outcome > threshold).astype(np.int64)
        if len(np.unique(y)) < 2:
            continue
        low, high = _bounds(y, _probabilities(predictors), overlap=SERIAL_OVERLAP, seed=number)
        for name, found in zip(LOOK_BACK, (low <= truth) & (truth <= high), strict=True):
            hits[f"volatility of the last {name} steps, {SERIAL_WINDOWS} windows"].append(bool(found))
    notes = [f"true AUC {value:.3f}" for value in truth]
    return [
        Share(name, float(np.mean(found)), len(found), note)
        for (name, found), note in zip(hits.items(), notes, strict=True)
    ]


LOOK_BACK = (4, 12, 48)


def _volatile(generator: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns, the next four steps' mean size (n,), and the last steps' mean size by LOOK_BACK (3, n)."""
    steps = n + 600
    shocks = 0.35 * generator.standard_normal(steps)
    level = np.empty(steps)
    level[0] = shocks[0]
    for step in range(1, steps):
        level[step] = 0.95 * level[step - 1] + shocks[step]
    size = np.abs(np.exp(level / 2) * generator.standard_normal(steps))
    total = np.concatenate([[0.0], np.cumsum(size)])
    ends = np.arange(steps - n - 5, steps - 5)
    ahead = (total[ends + 5] - total[ends + 1]) / 4
    past = np.stack([(total[ends + 1] - total[ends + 1 - back]) / back for back in LOOK_BACK])
    return size, ahead, past


def _probabilities(scores: np.ndarray) -> np.ndarray:
    """Any positive scores (m, n) as probabilities of two classes (m, n, 2) in the same order."""
    positive = scores / (1 + scores)
    return np.stack([1 - positive, positive], axis=2)


def _bounds(
    y: np.ndarray, probability: np.ndarray, *, overlap: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    drawn = draw(y, probability[0], metric=METRIC, overlap=overlap, seed=seed)
    resampled = bootstrap_scores(y, probability, METRIC, drawn.counts)
    return score_bounds(y, score_of_many(y, probability, METRIC), resampled, drawn, metric=METRIC)


def discoveries_without_merit(studies: int) -> list[Share]:
    """Share of studies on shuffled labels whose SPA test at 5 % says that a layer beats the best baseline.

    The layers are those of an untrained network, captured once; labels are shuffled inside each split (in blocks as
    long as two windows overlap where they do), then everything is probed and compared as in a study.
    """
    alone = planted_data(0)
    serial = bitcoin_data("volatility")
    serial = replace(
        serial, splits=replace(serial.splits, fit=serial.splits.fit[-1000:], tune=serial.splits.tune[:500])
    )
    config = planted_network(0).config.to_dict() | {"seq_len": serial.windows.seq_len, "freq": serial.freq}
    config |= {"enc_in": len(serial.features), "c_out": len(serial.features)}
    shares = []
    for name, data, model, block in (
        ("windows that stand alone (72 in select)", alone, planted_network(7), 1),
        (
            "overlapping windows, labels in blocks of 52 (1,223 in select)",
            serial,
            TimesNet(TimesNetConfig.from_dict(config)),
            52,
        ),
    ):
        vectors = _captured(model, data)
        p_values = [_null_p_value(data, model, vectors, block, seed) for seed in range(studies)]
        share = float((np.array(p_values) < 0.05).mean())
        shares.append(
            Share(name, share, studies, f"{len(vectors)} candidates, median p {np.median(p_values):.2f}")
        )
    return shares


def _captured(model: TimesNet, data: StudyData) -> dict[tuple[str, str], np.ndarray]:
    windows = task_windows(data, model.config)
    freeze_frequencies(model, lambda: windows.select(data.splits.fit).batches(CAPTURE_BATCH))
    rows = np.concatenate([data.splits.fit, data.splits.tune, data.splits.select])
    vectors = capture_layers(
        model, windows.select(rows).batches(CAPTURE_BATCH), len(rows), poolings=STUDIED_POOLINGS
    )
    distinct = {(id(array), key[1]): key for key, array in reversed(vectors.items())}
    return {key: vectors[key] for key in distinct.values()}


def _null_p_value(
    data: StudyData, model: TimesNet, vectors: Mapping[tuple[str, str], np.ndarray], block: int, seed: int
) -> float:
    shuffled = replace(data, labels=_shuffled(data, block, np.random.default_rng(seed)))
    results = probe_candidates(
        vectors, probe_split(shuffled), metric=METRIC, seed=seed, with_separability=False
    )
    record = TrialRecord(
        number=0,
        variant={},
        seed=seed,
        layers=(),
        candidates=candidates(results, vectors, tuple(list_layers(model))),
        predictions=np.stack([result.select_probability for result in results.values()]),
        epochs=(),
        probe_scores=(),
        best_epoch=-1,
        seconds={},
        model=None,
    )
    choice = choose({0: record}, shuffled, metric=METRIC, rule="best", seed=seed)
    baselines = probe_baselines(shuffled, metric=METRIC, seed=seed)
    best = max(
        (row for row in baselines if row.kind == BASELINE),
        key=lambda row: utility(METRIC, row.candidate.scores[METRIC]),
    )
    return superiority(choice, best.probability, shuffled, metric=METRIC)


def _shuffled(data: StudyData, block: int, generator: np.random.Generator) -> np.ndarray:
    labels = data.labels.copy()
    for rows in data.split_rows.values():
        pieces = [rows[start : start + block] for start in range(0, len(rows), block)]
        order = generator.permutation(len(pieces))
        labels[rows] = data.labels[np.concatenate([pieces[place] for place in order])]
    return labels
