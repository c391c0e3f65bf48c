"""The call by which a forward pass shows its steps to an observer."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from .periods import PeriodGroup

Observe = Callable[[str, Tensor, PeriodGroup | None], bool | None]


class Stopped(Exception):
    """Ends a forward pass whose observer needs nothing more; never leaves `TimesNet.forward`."""


def show(observe: Observe | None, name: str, tensor: Tensor) -> Tensor:
    """Hand a step outside the period loop to the observer, if there is one."""
    if observe is not None and observe(name, tensor, None):
        raise Stopped
    return tensor
