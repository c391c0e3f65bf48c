"""Which windows a probe learns from, tunes on, then is scored on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probes.errors import ProbeError


@dataclass(frozen=True, kw_only=True)
class ProbeData:
    """Row numbers of three chronological splits with the labels of all windows.

    The rows are taken as given: purging between the splits is the caller's work, which is why
    refitting on fit + tune is plain concatenation.

    Attributes:
        fit_rows: int64 (n_fit,), rows that probe weights are learnt on.
        tune_rows: int64 (n_tune,), rows that choose C or k.
        select_rows: int64 (n_select,), rows that the reported scores come from.
        labels: int64 (n,), class of every window, 0 … n_classes - 1; or (n, n_labels), several labels of two classes.
        n_classes: number of classes, at least 2.
        beside: float32 (n, d), numbers of other origin that the probes are given at the side of every embedding; None
            for none.
        groups: int (n,), the symbol of every window, say, where they are of several: what is left out for speed is
            left out evenly of each.

    Raises:
        ProbeError: rows out of range, rows shared by two splits, an empty split, labels out of range, another number of
            rows beside or of groups.
    """

    fit_rows: np.ndarray
    tune_rows: np.ndarray
    select_rows: np.ndarray
    labels: np.ndarray
    n_classes: int
    beside: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __post_init__(self) -> None:
        labels = np.asarray(self.labels)
        if labels.ndim not in (1, 2) or not np.issubdtype(labels.dtype, np.integer):
            raise ProbeError(
                f"labels must be one integer per window, got {labels.dtype} of shape {labels.shape}"
            )
        if labels.ndim == 2 and (self.n_classes != 2 or labels.shape[1] == 0):
            raise ProbeError(
                f"labels have shape {labels.shape}, n_classes is {self.n_classes}; several labels need 2 classes each"
            )
        if self.n_classes < 2:
            raise ProbeError(f"n_classes is {self.n_classes}; a probe needs at least 2 classes")
        object.__setattr__(self, "labels", labels.astype(np.int64))
        taken = np.zeros(len(labels), dtype=bool)
        for name in ("fit_rows", "tune_rows", "select_rows"):
            rows = np.asarray(getattr(self, name))
            if rows.ndim != 1 or rows.size == 0 or not np.issubdtype(rows.dtype, np.integer):
                raise ProbeError(
                    f"{name} must be a non-empty vector of row numbers, got {rows.dtype} of shape {rows.shape}"
                )
            if rows.min() < 0 or rows.max() >= len(labels):
                raise ProbeError(
                    f"{name} reaches from {rows.min()} to {rows.max()} but there are {len(labels)} windows"
                )
            if taken[rows].any():
                shared = int(rows[taken[rows]][0])
                raise ProbeError(
                    f"{name} has row {shared}, which an earlier split has; splits must not overlap"
                )
            taken[rows] = True
            object.__setattr__(self, name, rows.astype(np.int64))
        used = self.labels[taken]
        if used.min() < 0 or used.max() >= self.n_classes:
            raise ProbeError(
                f"labels reach from {used.min()} to {used.max()}; with n_classes {self.n_classes} "
                f"they must lie in 0 … {self.n_classes - 1}"
            )

        if self.beside is not None and (self.beside.ndim != 2 or len(self.beside) != len(labels)):
            raise ProbeError(
                f"beside has shape {self.beside.shape} but there are {len(labels)} windows; give (n, d)"
            )
        if self.groups is not None and self.groups.shape != (len(labels),):
            raise ProbeError(
                f"groups have shape {self.groups.shape} but there are {len(labels)} windows; give one a window"
            )

    @property
    def refit_rows(self) -> np.ndarray:
        """int64 (n_fit + n_tune,): what a probe with its chosen C or k is refitted on."""
        return np.concatenate([self.fit_rows, self.tune_rows])


def even_subsample(rows: np.ndarray, at_most: int, groups: np.ndarray | None = None) -> np.ndarray:
    """At most `at_most` of the rows (n,), evenly spread over their order, first and last kept.

    Even in time rather than random: neighbouring windows overlap, so dropping every other one
    loses far less than a random draw of the same size. Of several groups, such as symbols, evenly over the rows of
    each, in ascending order: an even step through windows of four symbols at every date could meet one symbol alone.

    Args:
        groups: int, the group of every window that `rows` may name; None where they are of one.

    Raises:
        ProbeError: at_most is below 1.
    """
    if at_most < 1:
        raise ProbeError(f"a subsample needs at least 1 row, got {at_most}")
    if len(rows) <= at_most:
        return rows
    by_group = rows if groups is None else rows[np.argsort(groups[rows], kind="stable")]
    few = by_group[np.round(np.linspace(0, len(rows) - 1, at_most)).astype(np.int64)]
    return few if groups is None else np.sort(few)
