"""Four splits of windows that stand alone: the given test part, and a drawn division of the train part."""

import numpy as np

from study.data.splits import Splits
from study.errors import StudyError

# Of the train part. Choosing among hundreds of candidates needs more windows here than in a long series of candles.
SHARES = {"fit": 0.5, "tune": 0.2, "select": 0.3}
# A class needs two windows in select, for a resample to differ from another.
FEWEST = {"fit": 1, "tune": 1, "select": 2}


def stratified_splits(
    labels: np.ndarray, n_train: int, *, class_names: tuple[str, ...], source: str, seed: int
) -> Splits:
    """Divide the first `n_train` windows into fit, tune and select class by class; the rest is test.

    Order carries no time here and no window shares anything with another, so windows are drawn at random and
    nothing is purged. Every class comes as near to the shares as whole windows allow and is in each split.

    Args:
        labels: int64 (n,), classes of all windows.
        class_names: by class, for the message. source: of the data, likewise.
        seed: of the draw.

    Raises StudyError naming a class with too few train windows, or a test part with a single class.
    """
    generator = np.random.default_rng(seed)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in SHARES}
    needed = sum(FEWEST.values())
    for label, class_name in enumerate(class_names):
        rows = generator.permutation(np.flatnonzero(labels[:n_train] == label))
        if len(rows) < needed:
            raise StudyError(
                f"{source}: class {class_name!r} has {len(rows)} train windows; fit, tune and select need {needed} "
                "of each class"
            )
        start = 0
        for name, count in _counts(len(rows)).items():
            parts[name].append(rows[start : start + count])
            start += count
    if len(np.unique(labels[n_train:])) < 2:
        raise StudyError(
            f"{source}: the test part holds {len(labels) - n_train} windows of fewer than two classes"
        )
    rows_of = {name: np.sort(np.concatenate(part)) for name, part in parts.items()}
    return Splits(
        **rows_of,
        test=np.arange(n_train, len(labels)),
        boundaries={name: {} for name in (*SHARES, "test")},
        purge=0,
        purged=0,
    )


def _counts(n: int) -> dict[str, int]:
    """Windows of one class in each split, `n` in all: whole numbers nearest to the shares, none under FEWEST."""
    counts = {name: max(FEWEST[name], int(share * n)) for name, share in SHARES.items()}
    while (left := n - sum(counts.values())) != 0:
        step = 1 if left > 0 else -1
        open_to = [name for name in SHARES if step > 0 or counts[name] > FEWEST[name]]
        name = max(open_to, key=lambda name: step * (SHARES[name] * n - counts[name]))
        counts[name] += step
    return counts
