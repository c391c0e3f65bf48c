"""An object packed so that many processes use one copy of its arrays."""

import ctypes
import mmap
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

_ALIGNMENT = 64


@dataclass(frozen=True)
class Packed:
    """An object without its arrays.

    Attributes:
        skeleton: everything but the arrays.
        extents: (start, length) of each array's bytes in one block of memory.
        size: bytes of that block.
    """

    skeleton: bytes
    extents: tuple[tuple[int, int], ...]
    size: int

    def unpack(self, memory: memoryview) -> Any:
        """The object, its arrays lying in `memory`, which has to be writable: torch takes no other in silence."""
        parts = [memory[start : start + length] for start, length in self.extents]
        return pickle.loads(self.skeleton, buffers=parts)


def pack(value: Any) -> tuple[Packed, list[memoryview]]:
    """What to hand each process, and the arrays' bytes that go into the block of memory at the extents."""
    found: list[pickle.PickleBuffer] = []
    skeleton = pickle.dumps(value, protocol=5, buffer_callback=found.append)
    buffers = [buffer.raw() for buffer in found]
    extents, size = [], 0
    for buffer in buffers:
        extents.append((size, buffer.nbytes))
        size += -(-buffer.nbytes // _ALIGNMENT) * _ALIGNMENT
    return Packed(skeleton, tuple(extents), max(size, 1)), buffers


def write(file: IO[bytes], packed: Packed, buffers: Sequence[memoryview]) -> None:
    """Fill a file with the block of memory."""
    file.truncate(packed.size)
    for (start, _), buffer in zip(packed.extents, buffers, strict=True):
        file.seek(start)
        file.write(buffer)
    file.flush()


def mapped(descriptor: int) -> memoryview:
    """The whole of an open file as memory that all processes share until one of them writes, which none does."""
    return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY))


def block(packed: Packed, buffers: Sequence[memoryview]) -> np.ndarray:
    """The block of memory as an array, uint8 (size,)."""
    memory = np.zeros(packed.size, dtype=np.uint8)
    for (start, length), buffer in zip(packed.extents, buffers, strict=True):
        memory[start : start + length] = np.frombuffer(buffer, dtype=np.uint8)
    return memory


def as_writable(memory: np.ndarray) -> memoryview:
    """The same memory without its write protection, for readers that insist; it must outlive what is made of it."""
    return memoryview((ctypes.c_char * memory.nbytes).from_address(memory.ctypes.data)).cast("B")
