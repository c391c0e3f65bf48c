"""Training with a smaller batch where the wanted one does not fit into memory."""

from collections.abc import Callable
from typing import TypeVar

import torch

Result = TypeVar("Result")
# A batch that small needs little beside the weights: halving it again would not help.
SMALLEST_BATCH = 8
# What torch says on a processor, where it raises a plain RuntimeError.
_PHRASES = ("not enough memory", "can't allocate memory", "out of memory")


def within_memory(train: Callable[[int], Result], batch_size: int) -> tuple[Result, int]:
    """`train(batch_size)`, halving the batch each time that memory runs out; returns its result and the batch used.

    Raises:
        MemoryError: memory ran out with `SMALLEST_BATCH` too; the message says so.
    """
    while True:
        try:
            return train(batch_size), batch_size
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            reason = " ".join(str(error).split())[:200] or type(error).__name__
        # Only here is the error gone, and with it the frames that held the batch's tensors.
        if batch_size <= SMALLEST_BATCH:
            raise MemoryError(f"memory ran out even with a batch of {batch_size} windows: {reason}")
        batch_size = max(SMALLEST_BATCH, batch_size // 2)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on the processor or the GPU."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(phrase in str(error).lower() for phrase in _PHRASES)
