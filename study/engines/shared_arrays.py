"""An object packed so that many processes use one copy of its arrays."""

import ctypes
import mmap
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from timesnet.large_arrays import file_of, large_array

_ALIGNMENT = 64


@dataclass(frozen=True)
class Packed:
    """An object without its arrays.

    Attributes:
        skeleton: everything but the arrays.
        extents: (memory, start, length) of each array's bytes: memory 0 is a block made for them, the others are the
            files in which they lay already.
        size: bytes of the block.
    """

    skeleton: bytes
    extents: tuple[tuple[int, int, int], ...]
    size: int

    def unpack(self, *memories: memoryview) -> Any:
        """The object, its arrays lying in `memories`, which have to be writable: torch takes no other in silence."""
        parts = [memories[number][start : start + length] for number, start, length in self.extents]
        return pickle.loads(self.skeleton, buffers=parts)


def pack(value: Any, files: list[IO[bytes]] | None = None) -> tuple[Packed, list[memoryview]]:
    """What to hand each process, and the arrays' bytes that go into the block of memory at its extents.

    With `files`, arrays that lie in a file stay there, and the file is added: the first one is memory 1.
    """
    found: list[pickle.PickleBuffer] = []
    skeleton = pickle.dumps(value, protocol=5, buffer_callback=found.append)
    buffers, extents, size = [], [], 0
    for buffer in map(pickle.PickleBuffer.raw, found):
        place = None if files is None or buffer.nbytes == 0 else file_of(np.frombuffer(buffer, np.uint8))
        if files is None or place is None:
            buffers.append(buffer)
            extents.append((0, size, buffer.nbytes))
            size += -(-buffer.nbytes // _ALIGNMENT) * _ALIGNMENT
            continue
        file, start = place
        if file not in files:
            files.append(file)
        extents.append((1 + files.index(file), start, buffer.nbytes))
    return Packed(skeleton, tuple(extents), max(size, 1)), buffers


def write(file: IO[bytes], packed: Packed, buffers: Sequence[memoryview]) -> None:
    """Fill a file with the block of memory."""
    file.truncate(packed.size)
    for start, buffer in zip(_starts(packed), buffers, strict=True):
        file.seek(start)
        file.write(buffer)
    file.flush()


def mapped(descriptor: int) -> memoryview:
    """The whole of an open file as memory that all processes share until one of them writes, which none does."""
    return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY))


def block(packed: Packed, buffers: Sequence[memoryview]) -> np.ndarray:
    """The block of memory as an array, uint8 (size,)."""
    memory = large_array((packed.size,), np.uint8)
    for start, buffer in zip(_starts(packed), buffers, strict=True):
        memory[start : start + buffer.nbytes] = np.frombuffer(buffer, dtype=np.uint8)
    return memory


def as_writable(memory: np.ndarray) -> memoryview:
    """The same memory without its write protection, for readers that insist; it must outlive what is made of it."""
    return memoryview((ctypes.c_char * memory.nbytes).from_address(memory.ctypes.data)).cast("B")


def _starts(packed: Packed) -> list[int]:
    """Where in the block each of the buffers belongs."""
    return [start for number, start, _ in packed.extents if number == 0]
