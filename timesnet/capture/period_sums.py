"""Poolings of a layer inside a TimesBlock, combined over the block's periods."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..network import PeriodGroup
from .pooling import pool
from .sub_kernels import LINEAR_POOLINGS


class PeriodSums:
    """The amplitude-weighted sum over the periods, on the valid positions, then pooled.

    While every pooling is linear it is taken before the sum, so that nothing of the size of a map is kept.

    kinds: poolings; valid: positions of a map that count, row by row.
    """

    def __init__(self, kinds: Sequence[str], valid: int) -> None:
        self.kinds = tuple(kinds)
        self.valid = valid
        self._linear = all(kind in LINEAR_POOLINGS for kind in self.kinds)
        self._sums: list[Tensor] = []

    def add(self, maps: Tensor, group: PeriodGroup, windows: int) -> None:
        """Adds one period's maps (b, H, W, C); `windows` is the size of the whole batch."""
        weight = group.weights.to(maps.dtype).unsqueeze(1)
        if self._linear:
            parts = [self._pooled(maps, kind) * weight for kind in self.kinds]
        else:
            parts = [maps.flatten(1, 2)[:, : self.valid] * weight.unsqueeze(2)]
        if not self._sums:
            self._sums = [part.new_zeros(windows, *part.shape[1:]) for part in parts]
        for total, part in zip(self._sums, parts, strict=True):
            if group.windows is None:
                total += part
            else:
                total.index_add_(0, group.windows, part)

    def take(self) -> list[Tensor]:
        """One (windows, dim) a pooling; empties the sums for the next batch."""
        sums, self._sums = self._sums, []
        return sums if self._linear else [pool(sums[0], kind) for kind in self.kinds]

    def _pooled(self, maps: Tensor, kind: str) -> Tensor:
        row, column = divmod(self.valid - 1, maps.size(2))
        if kind == "last":
            return maps[:, row, column]
        return (maps[:, :row].sum((1, 2)) + maps[:, row, : column + 1].sum(1)) / self.valid
