"""Opens and closes rounds when their time has come; several consoles may do it at once.

Whatever it does late or twice counts once, and never against an operator's hand: a scheduled fact
opens only what was never opened, and closes only what is past its `closes_at`.
"""

import asyncio
import logging
from typing import Literal, NamedTuple

from agents.reducers.rounds import Broadcasts, VotingRound
from dashboards.api.console import Console
from dashboards.api.rounds.routes import write_closing, write_opening
from dashboards.api.web.errors import RequestRefused

# So much later than the file says a round opens; it takes no ballot after `closes_at` anyway
LOOK_EVERY_S = 0.1
# The log is away: each try has waited for it, and says so in a line
AFTER_FAILURE_S = 1.0
BY = "console:schedule"

log = logging.getLogger(__name__)


class Due(NamedTuple):
    """What is to be done with a round now."""

    entry: VotingRound
    act: Literal["open", "close"]


def due(state: Broadcasts, now: int) -> list[Due]:
    """The rounds whose time has come at `now` (ms)."""
    found: list[Due] = []
    for entry in state.rounds.values():
        opens_at = entry.definition.opens_at
        is_over = entry.closes_at is not None and entry.closes_at <= now
        if entry.status == "open" and is_over:
            found.append(Due(entry, "close"))
        if entry.status == "loaded" and opens_at is not None and opens_at <= now and not is_over:
            found.append(Due(entry, "open"))
    return found


async def keep_schedule(console: Console) -> None:
    """Look at the clock until cancelled; what fails is tried again."""
    while True:
        try:
            if console.broadcasts.is_caught_up and due(console.rounds, console.now_ms()):
                await _act(console)
            await asyncio.sleep(LOOK_EVERY_S)
        except RequestRefused as error:
            log.warning("a round's time has come, but: %s; trying again", error)
            await asyncio.sleep(AFTER_FAILURE_S)


async def _act(console: Console) -> None:
    async with console.broadcasts.turn():
        state = console.rounds
        for entry, act in due(state, console.now_ms()):
            write = write_opening if act == "open" else write_closing
            await write(console, entry, BY, scheduled=True)
            log.info("round %s: %s, as its time has come", entry.id, act)
