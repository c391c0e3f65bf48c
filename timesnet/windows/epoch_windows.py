"""Which windows one epoch of training sees."""

from dataclasses import dataclass

import numpy as np

from ..errors import ConfigError


@dataclass(frozen=True, eq=False)
class EpochWindows:
    """Draws the windows of an epoch, the same number for every group.

    Attributes:
        n: windows there are.
        count: windows in an epoch.
        members: int64 arrays, the windows of each group; of one group alone empty.
    """

    n: int
    count: int
    members: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, n: int, *, per_epoch: int = 0, groups: np.ndarray | None = None) -> "EpochWindows":
        """`per_epoch` of n windows, 0 for as many as there are; `groups` int (n,) says which group each is of."""
        if per_epoch < 0:
            raise ConfigError(f"windows_per_epoch is {per_epoch}; it must be 0 (all windows) or more")
        if groups is not None and len(groups) != n:
            raise ConfigError(f"groups of shape {groups.shape} do not fit {n} windows")
        parts = () if groups is None else members_of(groups)
        return cls(n, min(per_epoch or n, n), parts if len(parts) > 1 else ())

    def draw(self, generator: np.random.Generator) -> np.ndarray:
        """The windows of one epoch in random order, int64 (count,).

        Of one group none comes twice. Of several each gives the same number (one more for some, drawn at random,
        where they do not divide); a group smaller than its share gives all its windows as often as they fit in,
        and then some of them once more.
        """
        if not self.members:
            if self.count == self.n:
                return generator.permutation(self.n)
            return generator.choice(self.n, self.count, replace=False)
        share, rest = divmod(self.count, len(self.members))
        sizes = np.full(len(self.members), share)
        sizes[generator.permutation(len(sizes))[:rest]] += 1
        drawn = []
        for members, size in zip(self.members, sizes, strict=True):
            whole, part = divmod(int(size), len(members))
            drawn += [members] * whole
            drawn.append(members[generator.choice(len(members), part, replace=False)])
        windows = np.concatenate(drawn)
        generator.shuffle(windows)
        return windows


def members_of(groups: np.ndarray) -> tuple[np.ndarray, ...]:
    """Places of each group that there is, by number of the group: int64, ascending."""
    order = np.argsort(groups, kind="stable")
    return tuple(np.split(order, np.flatnonzero(np.diff(groups[order])) + 1))
