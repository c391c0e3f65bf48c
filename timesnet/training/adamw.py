"""AdamW as torch has it, without torch's compiler."""

from collections.abc import Callable
from inspect import unwrap
from typing import Any

import torch


class AdamW(torch.optim.AdamW):
    """torch.optim.AdamW, whose methods keep themselves from being compiled: what keeps them, and imports the compiler
    for it, is taken off. Nothing here is compiled, and the import costs each process that trains a second or more.
    """

    add_param_group = unwrap(torch.optim.AdamW.add_param_group)
    zero_grad = unwrap(torch.optim.AdamW.zero_grad)
    state_dict = unwrap(torch.optim.AdamW.state_dict)
    load_state_dict = unwrap(torch.optim.AdamW.load_state_dict)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One step along the gradients, as torch's."""
        return unwrap(torch.optim.AdamW.step)(self, closure)
