"""Commands to a session, each with the fact that follows it, and facts that follow none."""

import asyncio
import secrets

from agents.reducers.live_state import Answer
from dashboards.api.console import ANSWER_WITHIN_S, Console
from dashboards.api.web.errors import unavailable
from schemas.sessions import SessionCommand, SessionFact
from streams.log.producer import LogUnavailable

UNKNOWN = "it is not certain that this was done; look how it stands before you do it again"


def new_id() -> str:
    """A name for a command, or for a fact that follows none."""
    return secrets.token_hex(8)


async def send_command(console: Console, order: SessionCommand) -> Answer:
    """Write a command; returns the fact that follows it.

    Raises:
        RequestRefused: 503: the log is away, or no fact followed in time.
    """
    console.sessions.is_current()
    answers = console.folds.live.answers
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await console.sessions.send(order, order.broadcast)
            await console.sessions.until(lambda: order.id in answers)
            return answers[order.id]
    except LogUnavailable as error:
        raise unavailable(f"{error}; {UNKNOWN}") from None
    except TimeoutError:
        detail = "the sessions agent has not answered in time (does a worker run?)"
        raise unavailable(f"{detail}; {UNKNOWN}") from None


async def tell(console: Console, fact: SessionFact) -> None:
    """Write a fact that follows no command; returns when it is folded here.

    Raises:
        RequestRefused: 503: the log did not take it, or did not give it back, in time.
    """
    console.sessions.is_current()
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await console.sessions.folded(await console.sessions.send(fact, fact.broadcast))
    except (LogUnavailable, TimeoutError) as error:
        raise unavailable(f"{error or 'the log did not answer in time'}; {UNKNOWN}") from None
