"""Independent pieces of work, over several processes once that pays."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Self, TypeVar

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor

from study.errors import StudyError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Seconds of work below which processes, which have to start and to import first, gain nothing.
PAYS = 10.0


class Cores:
    """Up to so many processes, started when they are needed and ended with the block."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._started = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._started:
            get_reusable_executor().shutdown(wait=True)

    def each(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """task(item) of each item in order, the same whoever computes it.

        The first are done in this process; where the rest would take it longer than PAYS seconds, by the others.
        Arrays that the task brings along are handed to them once, as mapped files.

        Raises:
            StudyError: one of the processes died.
        """
        began = time.monotonic()
        for place, item in enumerate(items):
            rest = len(items) - place
            if self._processes > 1 and place and (time.monotonic() - began) / place * rest > PAYS:
                yield from self._by_others(task, items[place:])
                return
            yield task(item)

    def _by_others(self, task: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        self._started = True
        with parallel_config(backend="loky", inner_max_num_threads=1):
            pool: Any = Parallel(n_jobs=self._processes, return_as="generator", batch_size=1)
        try:
            yield from pool(delayed(task)(item) for item in items)
        except BrokenProcessPool as error:
            raise StudyError(
                f"a process that scores candidates died ({type(error).__name__}): out of memory? Give the same "
                "command again with workers=1, which needs none; trials that are done are not repeated"
            ) from None
