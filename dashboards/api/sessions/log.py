"""The console's side of `sessions`: its fold of every evening, and what it writes there."""

import asyncio
import secrets

from agents.reducers.sessions import Answer, Sessions
from dashboards.api.web.errors import not_done, unavailable
from dashboards.api.web.metrics import Metrics
from dashboards.api.web.writing import Writer
from schemas.addresses import KafkaAddress
from schemas.facts import BroadcastsFact
from schemas.sessions import SessionCommand, SessionFact
from schemas.topics import Topic
from streams.log.producer import LogProducer, LogUnavailable
from streams.sessions import SessionsFollower

ANSWER_WITHIN_S = 2.0
UNKNOWN = "it is not certain that this was done; look how it stands before you do it again"


def new_id() -> str:
    """A name for a command, or for a fact that follows none."""
    return secrets.token_hex(8)


class SessionsLog:
    """Folds `sessions` and `scores`, hears of `broadcasts`, and writes commands and facts."""

    def __init__(self, address: KafkaAddress, metrics: Metrics, *, rehearsal: bool = False) -> None:
        producer = LogProducer(address, answer_within_s=ANSWER_WITHIN_S)
        self._writer = Writer(
            producer, Topic.SESSIONS, metrics, lambda: self._follower.state.folded_to.sessions
        )
        self._follower = SessionsFollower(
            address, self._wake, follows_broadcasts=False, rehearsal=rehearsal
        )

    async def run(self) -> None:
        """Follow the log until cancelled."""
        await self._writer.run(self._follower.run)

    def hear_broadcasts(self, offset: int, fact: BroadcastsFact | None) -> None:
        """Fold one message of `broadcasts`."""
        self._follower.hear_broadcasts(offset, fact)

    def problem(self) -> str | None:
        """What is wrong, in words for an operator, or None."""
        return self._follower.problem()

    @property
    def state(self) -> Sessions:
        """Every evening as the log said it; while the log is away, as it said last.

        Raises:
            Refused: 503: this console has not read the log to its end yet.
        """
        if not self._follower.is_caught_up:
            raise unavailable(self.problem() or "this console is still catching up with the log")
        return self._follower.state

    async def command(self, command: SessionCommand) -> Answer:
        """Write a command; returns the fact that follows it.

        Raises:
            Refused: 503: the log is away, or no fact followed in time.
        """
        if problem := self.problem():
            raise not_done(problem)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._writer.send(command, command.broadcast)
                return await self._answer(command.id)
        except LogUnavailable as error:
            raise unavailable(f"{error}; {UNKNOWN}") from None
        except TimeoutError:
            detail = "the sessions agent has not answered in time (does a worker run?)"
            raise unavailable(f"{detail}; {UNKNOWN}") from None

    async def tell(self, fact: SessionFact) -> None:
        """Write a fact that follows no command; returns when it is folded here.

        Raises:
            Refused: 503: the log did not take it, or did not give it back, in time.
        """
        if problem := self.problem():
            raise not_done(problem)
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._writer.folded(await self._writer.send(fact, fact.broadcast))
        except (LogUnavailable, TimeoutError) as error:
            raise unavailable(f"{error or 'the log did not answer in time'}; {UNKNOWN}") from None

    async def _answer(self, command_id: str) -> Answer:
        answers = self._follower.state.answers
        await self._writer.until(lambda: command_id in answers)
        return answers[command_id]

    def _wake(self, _: set[str]) -> None:
        self._writer.moved()
