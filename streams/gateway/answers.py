"""The same request gets the same answer, also while the first one is still on its way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from streams.gateway.generations import Generations

Answer = TypeVar("Answer")
KEPT_S = 600.0


class Answers(Generic[Answer]):
    """Remembers answers by request, for ten minutes at least unless more than `most` come."""

    def __init__(self, most: int, now_s: Callable[[], float]) -> None:
        self._kept: Generations[str, Answer] = Generations(most, KEPT_S)
        self._awaited: dict[str, list[asyncio.Future[Answer]]] = {}
        self._now_s = now_s

    async def once(
        self,
        request: str,
        ask: Callable[[], Awaitable[Answer]],
        is_lasting: Callable[[Answer], bool],
    ) -> Answer:
        """Give the answer that the request had, or ask; only a lasting answer is remembered."""
        kept = self._kept.get(request)
        if kept is not None:
            return kept
        others = self._awaited.get(request)
        if others is not None:
            turn: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            others.append(turn)
            return await turn
        self._awaited[request] = []
        try:
            answer = await ask()
        except BaseException:
            for turn in self._awaited.pop(request):
                turn.cancel()
            raise
        if is_lasting(answer):
            self._kept.set(request, answer, self._now_s())
        for turn in self._awaited.pop(request):
            if not turn.done():
                turn.set_result(answer)
        return answer
