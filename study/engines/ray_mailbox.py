"""Where workers of a Ray cluster leave their reports and wait for the owner's answers."""

import asyncio
from typing import Any


class Mailbox:
    """An actor on the owner's node; its methods are coroutines of one loop, so that any number may wait at once."""

    def __init__(self) -> None:
        self._letters: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self._answers: dict[int, asyncio.Future[bool]] = {}

    async def began(self, number: int) -> None:
        """A worker took the trial up."""
        await self._letters.put(("began", number))

    async def report(self, number: int, *epoch: Any) -> bool:
        """A worker's epoch of the trial; returns the owner's answer, whether to prune."""
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._letters.put(("report", number, *epoch))
        return await answer

    async def collect(self) -> list[tuple[Any, ...]]:
        """All letters that came since the last call; waits for the first."""
        letters = [await self._letters.get()]
        while not self._letters.empty():
            letters.append(self._letters.get_nowait())
        return letters

    async def answer(self, number: int, prune: bool) -> None:
        """Let the trial's worker go on."""
        self._answers.pop(number).set_result(prune)
