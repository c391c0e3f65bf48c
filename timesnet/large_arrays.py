"""Arrays that the system can put aside when memory runs short."""

import math
import mmap
import os
import tempfile
from typing import IO

import numpy as np

from .errors import DataError

# Arrays of fewer bytes lie in plain memory: a laptop's study makes no file.
LARGE = 2**27


class FileMemory(mmap.mmap):
    """Memory that is an unnamed temporary file, gone with the last process that uses it."""

    file: IO[bytes]


def large_array(shape: tuple[int, ...], dtype: type[np.generic]) -> np.ndarray:
    """A writable array whose numbers are still to be filled in.

    From LARGE bytes on it is a file in the folder for temporary files (`TMPDIR`), which must lie on a disk for the
    system to have anywhere to put it. Raises DataError where there is no room for it.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size < LARGE:
        return np.empty(shape, dtype)
    file = tempfile.TemporaryFile(prefix="layer-study-")  # noqa: SIM115, lives as long as its memory
    try:
        _reserve(file, size)
    except OSError as error:
        file.close()
        raise DataError(
            f"no room for {size / 1e9:.1f} GB in {tempfile.gettempdir()} ({error.strerror}); name a folder on a larger "
            "disk in the environment variable TMPDIR"
        ) from None
    memory = FileMemory(file.fileno(), size)
    memory.file = file
    return np.frombuffer(memory, dtype).reshape(shape)


def file_of(values: np.ndarray) -> tuple[IO[bytes], int] | None:
    """The file that an array lies in with the byte at which it begins there; None of plain memory."""
    owner: object = values
    while isinstance(owner, np.ndarray | memoryview):
        owner = owner.base if isinstance(owner, np.ndarray) else owner.obj
    if not isinstance(owner, FileMemory):
        return None
    start = np.frombuffer(owner, np.uint8).ctypes.data
    return owner.file, values.ctypes.data - start


def _reserve(file: IO[bytes], size: int) -> None:
    """Take the room on the disk now: were it full later, writing to the memory would end the process."""
    file.truncate(size)
    if hasattr(os, "posix_fallocate"):  # macOS has none
        os.posix_fallocate(file.fileno(), 0, size)
