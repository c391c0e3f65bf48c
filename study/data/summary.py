"""What is done with the windows of a study where it is not simply all of them."""

import numpy as np

from study.data.splits import SPLIT_NAMES
from study.data.study_data import StudyData
from study.labels import MIN_FIT_WINDOWS


def how_windows_are_used(data: StudyData) -> list[str]:
    """Lines for the console; none where all windows of one symbol are trained on and probed."""
    lines = []
    fit = len(data.splits.fit)
    drawn = min(data.windows_per_epoch or fit, fit)
    if data.symbols is not None:
        present = np.count_nonzero(np.bincount(data.symbols[data.splits.fit]))
        lines.append(
            f"training draws {drawn:,} of {fit:,} fit windows an epoch, as many of each of {present} symbols"
        )
    elif drawn < fit:
        lines.append(f"training draws {drawn:,} of {fit:,} fit windows an epoch")
    if data.probed is not data.splits:
        parts = ", ".join(f"{name} {len(getattr(data.probed, name)):,}" for name in SPLIT_NAMES)
        lines.append(f"layers are captured and probed on an even subsample over time: {parts} windows")
    if data.has_candles and data.thresholds_by_symbol:
        own = len(data.thresholds_by_symbol)
        rest = (1 if data.symbols is None else int(data.symbols.max()) + 1) - own
        few = (
            f"; {rest} with fewer than {MIN_FIT_WINDOWS} fit windows take those of all symbols"
            if rest
            else ""
        )
        lines.append(f"classes part at each symbol's own thresholds ({own} symbols{few})")
    if data.table is not None:
        reached = ", ".join(f"{name} {data.table.share(data.split_rows[name]):.0%}" for name in SPLIT_NAMES)
        warning = [data.table.leak] if data.table.leak else []
        lines += [*warning, *data.table.about, f"windows that a row of it reaches: {reached}"]
        if data.together:
            lines.append(f"every layer and baseline is scored together with {data.table.name}")
    return lines
