"""All layers, all penalties, all neighbour counts: the probes beside scikit-learn loops on the same embeddings.

    python -m benchmarks.probes             all sizes, one core and two
    python -m benchmarks.probes --quick     a smoke run
    python -m benchmarks.probes --trial     what probing costs in a default trial, only

Times are for 30 layers. Where fewer were run, the table says how many and the time is scaled up in proportion:
layers are independent, so cost is linear in their number. Each side gets the same rows, features, penalties and
counts. "Equal accuracy" is the loosest tolerance 1e-4, 1e-5, … at which no scikit-learn probability is further than
1e-5 (or our own error, if larger) from the converged solution; error is the largest such distance over all rows and
penalties.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from benchmarks.interleaved import interleave, spread
from benchmarks.probe_peers import Size, knn_loop, layer_embedding, logistic_loop, seconds, spread_over
from probes import ProbeData, fit_logistic_path, knn_shares, probe_candidates
from probes.knn import DEFAULT_KS
from probes.logistic.path import DEFAULT_CS

LAYERS = 30
SIZES = (
    *(
        Size(n=n, dim=dim, n_classes=n_classes)
        for n in (6_000, 50_000)
        for dim in (64, 512)
        for n_classes in (2, 5)
    ),
    Size(n=6_000, dim=64, n_classes=2, strength=3.0),
)
QUICK = (Size(n=600, dim=8, n_classes=2), Size(n=600, dim=8, n_classes=5))
TRIAL_SECONDS = 18.0

Layers = Sequence[tuple[np.ndarray, np.ndarray]]


def our_probabilities(
    X: np.ndarray, y: np.ndarray, n_classes: int, tolerance: float | None = None
) -> np.ndarray:
    """(n_C, n, n_classes) on the training rows."""
    path = fit_logistic_path(
        X, y, n_classes=n_classes, Cs=DEFAULT_CS, tolerance=tolerance, max_iterations=5000
    )
    return path.probabilities(X)


def our_logistic(layers: Layers, n_classes: int, *, jobs: int) -> list[np.ndarray]:
    return spread_over(jobs, our_probabilities, [(X, y, n_classes) for X, y in layers])


def our_shares(X: np.ndarray, y: np.ndarray, queries: np.ndarray, n_classes: int) -> np.ndarray:
    return knn_shares(X, y, queries, DEFAULT_KS, n_classes=n_classes, dtype=np.float32)


def our_knn(layers: Layers, n_queries: int, n_classes: int, *, jobs: int) -> list[np.ndarray]:
    tasks = [(X[:-n_queries], y[:-n_queries], X[-n_queries:], n_classes) for X, y in layers]
    return spread_over(jobs, our_shares, tasks)


def error(found: Sequence[np.ndarray], exact: Sequence[np.ndarray]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(found, exact, strict=True))


def logistic_row(size: Size, *, layers_run: int, rounds: int) -> str:
    layers = [layer_embedding(size, seed) for seed in range(layers_run)]
    # The reference is one layer's path at a tolerance a thousand times tighter than either side's.
    exact = list(our_probabilities(*layers[0], size.n_classes, tolerance=1e-10))
    ours_error = error(list(our_probabilities(*layers[0], size.n_classes)), exact)
    default = logistic_loop(layers[:1], DEFAULT_CS, 1e-4, solver="lbfgs", jobs=1)
    default_error = error(default, exact)
    goal = max(1e-5, ours_error)
    tol = 1e-4
    for exponent in range(4, 12):
        tol = 10.0**-exponent
        if error(logistic_loop(layers[:1], DEFAULT_CS, tol, solver="lbfgs", jobs=1), exact) <= goal:
            break
    cells = [f"{size.n:,}, {size.dim}, {size.n_classes}" + (", strong" if size.strength > 1 else "")]
    scale = LAYERS / layers_run
    for jobs in (1, 2):
        times = interleave(
            {
                "ours": lambda jobs=jobs: our_logistic(layers, size.n_classes, jobs=jobs),  # type: ignore[misc]
                "default": lambda jobs=jobs: logistic_loop(  # type: ignore[misc]
                    layers, DEFAULT_CS, 1e-4, solver="lbfgs", jobs=jobs
                ),
                "equal": lambda jobs=jobs: logistic_loop(  # type: ignore[misc]
                    layers, DEFAULT_CS, tol, solver="lbfgs", jobs=jobs
                ),
            },
            rounds=rounds,
            warm_up=1 if size.n < 10_000 else 0,
        )
        ours, loose, equal = (spread(times[name]).median for name in ("ours", "default", "equal"))
        cells += [f"{ours * scale:.2f}", f"{loose * scale:.1f}", f"{equal * scale:.1f}"]
        cells += [f"**{loose / ours:.1f}**", f"**{equal / ours:.1f}**"]
    if size.n_classes == 2:
        newton, found = seconds(logistic_loop, layers[:1], DEFAULT_CS, 1e-4, solver="newton-cholesky", jobs=1)
        alone = seconds(our_logistic, layers[:1], size.n_classes, jobs=1)[0]
        cells.append(f"{newton / alone:.1f} ({error(found, exact):.0e})")  # type: ignore[arg-type]
    else:
        cells.append("")
    cells += [f"{ours_error:.0e} / {default_error:.0e}", f"{tol:.0e}", str(layers_run)]
    return "| " + " | ".join(cells) + " |"


def knn_row(size: Size, *, layers_run: int, rounds: int) -> str:
    layers = [layer_embedding(size, seed) for seed in range(layers_run)]
    n_queries = min(1_300, size.n // 5)
    ours = our_knn(layers[:1], n_queries, size.n_classes, jobs=1)[0]
    theirs = np.stack(knn_loop(layers[:1], n_queries, DEFAULT_KS, jobs=1))
    differing = float((np.abs(ours - theirs) > 1e-9).any(axis=2).mean())
    cells = [f"{size.n:,}, {size.dim}, {size.n_classes}"]
    scale = LAYERS / layers_run
    for jobs in (1, 2):
        times = interleave(
            {
                "ours": lambda jobs=jobs: our_knn(layers, n_queries, size.n_classes, jobs=jobs),  # type: ignore[misc]
                "loop": lambda jobs=jobs: knn_loop(layers, n_queries, DEFAULT_KS, jobs=jobs),  # type: ignore[misc]
            },
            rounds=rounds,
            warm_up=1 if size.n < 10_000 else 0,
        )
        mine, loop = (spread(times[name]).median for name in ("ours", "loop"))
        cells += [f"{mine * scale:.2f}", f"{loop * scale:.1f}", f"**{loop / mine:.1f}**"]
    cells += [f"{differing:.1e}", str(layers_run)]
    return "| " + " | ".join(cells) + " |"


def trial_seconds(*, candidates: int, rounds: int) -> str:
    """Probing of one default trial: 5,900 + 1,300 + 1,300 windows, dims 16, 32, 32, 64."""
    n = 5_900 + 1_300 + 1_300
    embeddings, labels = {}, layer_embedding(Size(n=n, dim=16, n_classes=2), 0)[1]
    for i in range(candidates):
        embeddings[i] = layer_embedding(Size(n=n, dim=(16, 32, 32, 64)[i % 4], n_classes=2), i)[0]
    data = ProbeData(
        fit_rows=np.arange(5_900),
        tune_rows=np.arange(5_900, 7_200),
        select_rows=np.arange(7_200, n),
        labels=labels,
        n_classes=2,
    )
    times = interleave(
        {
            "all": lambda: probe_candidates(embeddings, data),
            "without statistics": lambda: probe_candidates(embeddings, data, with_separability=False),
        },
        rounds=rounds,
        warm_up=1,
    )
    both, fewer = spread(times["all"]), spread(times["without statistics"])
    return (
        f"{candidates} candidates, one core: {both.show(digits=2)} s with all statistics, {fewer.show(digits=2)} s "
        f"without; {100 * both.median / TRIAL_SECONDS:.0f} % of a trial of {TRIAL_SECONDS:.0f} s."
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, few layers")
    parser.add_argument("--trial", action="store_true", help="only the cost in a default trial")
    arguments = parser.parse_args()
    sizes = QUICK if arguments.quick else SIZES
    if not arguments.trial:
        print("## Logistic: seconds for 30 layers x 8 C; x = scikit-learn / ours\n")
        print(
            "| n, dim, classes | ours, 1 core | default tol | equal accuracy | x | x equal "
            "| ours, 2 cores | default tol | equal accuracy | x | x equal "
            "| newton-cholesky x (error) | error ours / default | tol for equal | layers run |"
        )
        print("|" + " --- |" * 15)
        for size in sizes:
            heavy = size.n * size.dim * size.n_classes
            layers_run = 2 if arguments.quick else 6 if heavy < 2e6 else 2
            print(logistic_row(size, layers_run=layers_run, rounds=3 if heavy < 2e6 else 1), flush=True)
        print("\n## kNN: seconds for 30 layers x 8 k, 1,300 queries; x = scikit-learn / ours\n")
        print(
            "| n, dim, classes | ours, 1 core | loop | x | ours, 2 cores | loop | x | shares that differ | layers run |"
        )
        print("|" + " --- |" * 9)
        for size in sizes:
            if size.strength < 1:
                light = size.n < 10_000
                layers_run = 2 if arguments.quick or not light else 4
                print(knn_row(size, layers_run=layers_run, rounds=3 if light else 1), flush=True)
        print()
    print("## A default trial\n")
    print(trial_seconds(candidates=8 if arguments.quick else 90, rounds=1 if arguments.quick else 5))


if __name__ == "__main__":
    main()
