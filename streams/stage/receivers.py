"""Gives cues to everything else in the hall: lights, sounds, Companion; by HTTP or OSC.

Of several controllers one gives a cue (see `agents.reducers.turns`). A trigger that fails is said
and not tried again: a light that turns on too late is worse.
"""

import asyncio
import logging
from collections.abc import Mapping

import aiohttp
import msgspec

from agents.reducers import turns
from agents.reducers.cues import Cue
from agents.reducers.turns import Give, Outcome, Take, Wanted
from schemas.sessions import TriggerFired, TriggerTaken
from schemas.wire import encode
from streams.stage.config import HttpTarget, OscTarget, TriggerConfig
from streams.stage.controller import Controller
from streams.stage.links import osc
from streams.stage.links.http import signed_headers

# A light that turns on later is worse than one that does not
WITHIN_S = 2.0
# Below GRACE_MS of agents.reducers.turns: then another one takes the cue (decisions/0017)
SAID_AFTER_S = 0.1
# Those that may still be given: `LATE_MS` of agents.reducers.turns forgets a cue after 2 s
MOST_CUES = 100

log = logging.getLogger(__name__)


class Receivers:
    """Everyone whom the settings name; a slow one keeps nobody waiting."""

    def __init__(self, configs: Mapping[str, TriggerConfig], controller: Controller) -> None:
        self._configs = configs
        self._controller = controller
        self._cues: dict[str, Cue] = {}
        self._given: asyncio.Queue[tuple[str, Cue]] = asyncio.Queue()
        self._timer: asyncio.TimerHandle | None = None

    def due(self, cue: Cue) -> None:
        """Take that a cue is due: for every trigger that wants it."""
        self._cues[cue.id] = cue
        if len(self._cues) > MOST_CUES:
            del self._cues[next(iter(self._cues))]
        for name, config in self._configs.items():
            if cue.cue in config.cues:
                self._act(turns.want(self._controller.turns, Wanted(cue.id, name, cue.at)))

    def hear(self, fact: TriggerFired | TriggerTaken) -> None:
        """Take from the log who gave a cue, or takes it."""
        self._act(turns.hear(self._controller.turns, fact, self._controller.clock.now_ms()))

    async def run(self) -> None:
        """Tell the receivers until cancelled."""
        telling: set[asyncio.Task[None]] = set()
        timeout = aiohttp.ClientTimeout(total=WITHIN_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                name, cue = await self._given.get()
                task = asyncio.create_task(self._give(session, name, cue))
                telling.add(task)
                task.add_done_callback(telling.discard)

    def _act(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            cue, trigger = self._cues[outcome.wanted.cue], outcome.wanted.trigger
            match outcome:
                case Give():
                    self._given.put_nowait((trigger, cue))
                case Take():
                    self._take(trigger, cue)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        at = turns.wake_at(self._controller.turns)
        loop = asyncio.get_running_loop()
        steady_at = None if at is None else self._controller.clock.steady_at(at)
        self._timer = None if steady_at is None else loop.call_at(steady_at, self._look)

    def _look(self) -> None:
        self._act(turns.due(self._controller.turns, self._controller.clock.now_ms()))

    def _take(self, trigger: str, cue: Cue) -> None:
        self._post(TriggerTaken, f":taken:{self._controller.turns.name}", trigger, cue)

    def _say(self, trigger: str, cue: Cue, sent_at: int) -> None:
        self._post(TriggerFired, "", trigger, cue, sent_at=sent_at)

    def _post(
        self,
        kind: type[TriggerTaken | TriggerFired],
        ending: str,
        trigger: str,
        cue: Cue,
        **more: int,
    ) -> None:
        name = self._controller.turns.name
        fact = kind(
            at=self._controller.clock.now_ms(),
            by=f"stage:{name}",
            id=f"{cue.id}:{trigger}{ending}",
            broadcast=cue.broadcast,
            slot=cue.slot,
            cue=cue.id,
            trigger=trigger,
            controller=name,
            **more,
        )
        self._controller.outbox.post(encode(fact))

    async def _give(self, session: aiohttp.ClientSession, trigger: str, cue: Cue) -> None:
        """Tell a receiver, and then the log: at once when it took it, or soon when it is slow.

        One that cannot be told is not said to have been: another controller may reach it.
        """
        sent_at = self._controller.clock.now_ms()
        telling = asyncio.create_task(_tell(session, self._configs[trigger], cue))
        try:
            await asyncio.wait({telling}, timeout=SAID_AFTER_S)
            if not telling.done() or not _is_unreachable(telling.exception()):
                self._say(trigger, cue, sent_at)
            await telling
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.error("the trigger %s for %s failed: %s", trigger, cue.id, error or repr(error))
        finally:
            telling.cancel()


def _is_unreachable(error: BaseException | None) -> bool:
    """Whether nothing was sent at all; one that answers with an error may have acted."""
    is_broken = isinstance(error, aiohttp.ClientError)
    return isinstance(error, OSError) and (
        not is_broken or isinstance(error, aiohttp.ClientConnectorError)
    )


async def _tell(session: aiohttp.ClientSession, config: TriggerConfig, cue: Cue) -> None:
    match config.target:
        case HttpTarget() as target:
            await _ask(session, target, cue)
        case OscTarget() as target:
            await _send(target)


async def _ask(session: aiohttp.ClientSession, target: HttpTarget, cue: Cue) -> None:
    body = b"" if target.method == "GET" else msgspec.json.encode(cue)
    headers = signed_headers(target.secret, cue.id, cue.at // 1_000, body)
    if body:
        headers["content-type"] = "application/json"
    async with session.request(target.method, target.url, data=body, headers=headers) as answer:
        answer.raise_for_status()


async def _send(target: OscTarget) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=(target.host, target.port)
    )
    transport.sendto(osc.encode(target.address, *target.arguments))
    transport.close()
