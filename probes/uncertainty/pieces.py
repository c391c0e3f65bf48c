"""Slices that go through a long table some rows at a time."""

from collections.abc import Iterator

# A thousand float32 columns of so many rows stay in a core's cache.
ROWS_AT_ONCE = 128


def pieces(n: int) -> Iterator[slice]:
    """Slices of at most ROWS_AT_ONCE that cover 0 … n - 1 in order."""
    for begin in range(0, n, ROWS_AT_ONCE):
        yield slice(begin, min(begin + ROWS_AT_ONCE, n))
