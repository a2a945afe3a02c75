"""The same request gets the same answer, also while the first one is still on its way."""

from typing import Generic, TypeVar

from streams.gateway.generations import Generations

Answer = TypeVar("Answer")
Asker = TypeVar("Asker")
# A signature of 5 minutes ahead is good for 10 (streams.signatures.FRESH_S); later repeats fail
KEPT_MS = 600_000


class Answers(Generic[Answer, Asker]):
    """Remembers answers by request, for ten minutes at least unless more than `most` come."""

    def __init__(self, most: int) -> None:
        self._kept: Generations[str, Answer] = Generations(most, KEPT_MS)
        self._awaited: dict[str, list[Asker]] = {}

    def kept(self, request: str) -> Answer | None:
        """The lasting answer that a request had."""
        return self._kept.get(request)

    def begin(self, request: str, asker: Asker) -> bool:
        """Whether a request is to be worked on, and settled then; or its answer is on its way."""
        awaited = self._awaited.get(request)
        if awaited is not None:
            awaited.append(asker)
            return False
        self._awaited[request] = [asker]
        return True

    def settle(self, request: str, answer: Answer, now: int, *, is_lasting: bool) -> list[Asker]:
        """Hold an answer if it is a lasting one; who is to hear it."""
        if is_lasting:
            self._kept.set(request, answer, now)
        return self._awaited.pop(request, [])
