"""How good is the choice of a layer: regret against rules in use, and the honesty of what is said of it.

    python -m benchmarks.selection             all sets, five seeds (three on Bitcoin)
    python -m benchmarks.selection --quick     a smoke run

A study is three small networks (supervised, imputation, reconstruction) on one data set: some 160 candidates. Its
test split is opened for all of them. Regret is the best candidate's test score minus that of the one chosen. Studies
are kept under --cache, so that a second run costs little.

Goals: mean regret of the study's own rule at most half that of the last layer and of LOES, and not above that of the
plain maximum by more than the interval of their difference; the corrected score within 0.01 of the test score on
average where train and test are exchangeable; 95 % intervals cover in 92 ... 98 %; on shuffled labels the superiority
test at 5 % discovers in at most 7 % of studies.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.selection_honesty import (
    Share,
    coverage_of_overlapping_windows,
    coverage_of_windows_that_stand_alone,
    discoveries_without_merit,
)
from benchmarks.selection_rules import BEST, LAST, LOES, MAXIMUM, SIMPLEST, picks
from benchmarks.selection_sets import LabelledSet, labelled_sets
from benchmarks.selection_studies import METRIC, JudgedStudy, judged_study
from probes import score_of_many
from study.choice.choose import choose
from study.engines.threads import one_thread_each

# rule -> set -> regret of each study (or of each network of each study)
Regrets = dict[str, dict[str, list[float]]]
FEW = 10
INFORMED = "an oracle that sees half of test"


def main() -> None:
    """Run the studies, print the tables as markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="two sets, one seed, hardly trained")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "layer-study-selection")
    arguments = parser.parse_args()
    started = time.perf_counter()
    with one_thread_each():
        run(labelled_sets(), cache=arguments.cache, quick=arguments.quick)
    print(f"\n{time.perf_counter() - started:.0f} s")


def run(sets: list[LabelledSet], *, cache: Path, quick: bool) -> None:
    """All tables of these sets; `quick` takes a few seconds of each part."""
    if quick:
        sets = [
            replace(which, seeds=which.seeds[:1])
            for which in sets
            if which.name in ("GunPoint", "planted layer")
        ]
    studies = [
        judged_study(which, seed, cache, epochs=1 if quick else None)
        for which in sets
        for seed in which.seeds
    ]
    print(
        f"{len(studies)} studies of {len(sets)} sets, {sum(len(study.test) for study in studies)} candidates\n"
    )
    print("Regret, layer and network chosen together:\n")
    print_regrets(regrets(studies))
    print("\nRegret, layer chosen within one network:\n")
    print_regrets(regrets(alone for study in studies for alone in networks(study)))
    print("\nThe score said of the chosen candidate, less its test score:\n")
    print_corrections(studies)
    print("\nCoverage of 95 % intervals:\n")
    print_shares(coverage_of_windows_that_stand_alone(studies, draws=3 if quick else 40), "covered")
    print_shares(coverage_of_overlapping_windows(draws=3 if quick else 400), None)
    print("\nDiscoveries of the superiority test at 5 % on shuffled labels:\n")
    print_shares(discoveries_without_merit(studies=2 if quick else 200), "discovered")


def networks(study: JudgedStudy) -> list[JudgedStudy]:
    """The study as if each of its networks had been the only one."""
    found = []
    for number, record in study.records.items():
        rows = study.trial == number
        found.append(
            replace(
                study,
                records={number: record},
                trial=study.trial[rows],
                test=study.test[rows],
                validation=study.validation[rows],
                statistics={name: values[rows] for name, values in study.statistics.items()},
                test_probability=study.test_probability[rows],
                crossed=study.crossed[rows],
            )
        )
    return found


def regrets(studies: Iterable[JudgedStudy]) -> Regrets:
    """Regret of every rule, of a random candidate and of the informed oracle."""
    found: Regrets = defaultdict(lambda: defaultdict(list))
    for study in studies:
        best = study.test.max()
        for rule, place in picks(study).items():
            found[rule][study.name].append(float(best - study.test[place]))
        found["a random candidate"][study.name].append(float(best - study.test.mean()))
        found[INFORMED][study.name].append(float(best - informed(study)))
    return found


def informed(study: JudgedStudy, draws: int = 10) -> float:
    """Score on one half of test of the candidate that is best on the other: what is left of regret is luck."""
    y = study.data.labels[study.data.splits.test]
    generator = np.random.default_rng(study.seed)
    scores = []
    for _ in range(draws):
        half = np.zeros(len(y), dtype=bool)
        for label in np.unique(y):
            rows = generator.permutation(np.flatnonzero(y == label))
            half[rows[: len(rows) // 2]] = True
        chosen = int(np.argmax(score_of_many(y[half], study.test_probability[:, half], METRIC)))
        scores.append(score_of_many(y[~half], study.test_probability[[chosen]][:, ~half], METRIC)[0])
    return float(np.mean(scores))


def print_regrets(found: Regrets) -> None:
    """A row a rule, a column a set, the mean over sets with its 95 % interval; then the goals."""
    names = list(next(iter(found.values())))
    print(f"| rule | {' | '.join(names)} | mean [95 %] |")
    print("| --- |" + " ---: |" * (len(names) + 1))
    for rule, by_set in found.items():
        cells = [f"{np.mean(by_set[name]):.3f}" for name in names]
        mean, low, high = mean_over_sets(by_set)
        print(f"| {rule} | {' | '.join(cells)} | {mean:.4f} [{low:.4f}, {high:.4f}] |")
    own = mean_over_sets(found[BEST])[0]
    print()
    for rule in (LAST, LOES):
        print(f"- {own / mean_over_sets(found[rule])[0]:.2f} of the regret of {rule} (goal: at most 0.50)")
    for rule in (BEST, SIMPLEST):
        ahead = {name: list(np.subtract(found[rule][name], found[MAXIMUM][name])) for name in names}
        mean, low, high = mean_over_sets(ahead)
        print(
            f"- {rule} minus {MAXIMUM}: {mean:+.4f} [{low:+.4f}, {high:+.4f}] (goal: not above 0 by its interval)"
        )


def mean_over_sets(by_set: dict[str, list[float]], resamples: int = 2000) -> tuple[float, float, float]:
    """Mean over sets of their means, with a 95 % interval over seeds: studies resampled within their set."""
    generator = np.random.default_rng(0)
    drawn = np.zeros(resamples)
    for values in by_set.values():
        drawn += np.array(values)[generator.integers(len(values), size=(resamples, len(values)))].mean(axis=1)
    low, high = np.quantile(drawn / len(by_set), [0.025, 0.975])
    return float(np.mean([np.mean(values) for values in by_set.values()])), float(low), float(high)


def print_corrections(studies: list[JudgedStudy]) -> None:
    """Apparent and corrected select score less the test score, where train and test are exchangeable, else apart.

    Studies of fewer than ten select windows stand apart once more: five of them move a mean over all by 0.015.
    """
    print("| studies | | select - test | corrected - test |")
    print("| --- | ---: | ---: | ---: |")
    groups: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for study in studies:
        choice = choose(study.records, study.data, metric=METRIC, rule="best", seed=study.seed)
        place = choice.keys.index((choice.trial, *choice.winner.key))
        exchangeable = study.exchangeable and (study.seed > 0 or study.name.startswith("planted"))
        group = (
            "divided at random"
            if exchangeable
            else "the archive's division"
            if study.exchangeable
            else "by time"
        )
        gap = (choice.points[place] - study.test[place], choice.corrected - study.test[place])
        groups[group].append(gap)
        if exchangeable:
            size = "fewer than" if len(study.data.splits.select) < FEW else "at least"
            groups[f"{group}, {size} {FEW} select windows"].append(gap)
    for group, gaps in groups.items():
        cells = []
        for column in np.array(gaps).T:
            cells.append(f"{column.mean():+.4f} ± {1.96 * column.std() / np.sqrt(len(column)):.4f}")
        print(f"| {group} | {len(gaps)} | {' | '.join(cells)} |")


def print_shares(shares: list[Share], heading: str | None) -> None:
    """A row each, under a heading if given."""
    if heading is not None:
        print(f"| | {heading} | of | |")
        print("| --- | ---: | ---: | --- |")
    for share in shares:
        print(f"| {share.name} | {share} | {share.of} | {share.note} |")


if __name__ == "__main__":
    main()
