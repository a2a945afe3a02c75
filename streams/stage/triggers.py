"""Tells everything else in the hall of the cues: lights, sounds, Companion; by HTTP or OSC.

A trigger that fails is said and not tried again: a light that turns on too late is worse. Every cue
has an id, the same at each controller, so a receiver can tell that it knows one already.
"""

import asyncio
import logging
from collections.abc import Mapping

import aiohttp
import msgspec

from agents.reducers.scene import Scene, wish
from agents.reducers.session import DANGER_MS
from agents.reducers.sessions import Sessions
from schemas.facts import BroadcastLoaded, BroadcastsFact
from schemas.scores import RowRevealed, ScoresFact
from schemas.sessions import (
    PresentationFinished,
    PresentationPaused,
    PresentationStarted,
    SessionsMessage,
)
from streams.stage.clock import Clock
from streams.stage.config import Cue, HttpTarget, OscTarget, TriggerConfig
from streams.stage.links import osc
from streams.stage.links.http import signed_headers

FRESH_MS = 5_000
WITHIN_S = 2.0
CUES: dict[type, Cue] = {
    PresentationStarted: "start",
    PresentationPaused: "pause",
    PresentationFinished: "finish",
    RowRevealed: "reveal",
}

log = logging.getLogger(__name__)


class CueGiven(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a receiver is told."""

    id: str
    cue: Cue
    at: int
    broadcast: str
    slot: str | None = None
    group: str | None = None


class Triggers:
    """Gives cues to whom the settings say, from the facts and from the scene's own clock."""

    def __init__(self, configs: Mapping[str, TriggerConfig], clock: Clock) -> None:
        self._configs = configs
        self._clock = clock
        self._given: asyncio.Queue[CueGiven] = asyncio.Queue()
        self._scene: Scene | None = None
        self._phase = ""
        self._was_open: bool | None = None
        self._armed: dict[str, str | None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def hear(self, fact: BroadcastsFact | ScoresFact | SessionsMessage, state: Sessions) -> None:
        """Take a fact that is news, with the fold after it."""
        cue = CUES.get(type(fact))
        if cue is not None and self._clock.now_ms() - fact.at < FRESH_MS:
            slot, group = getattr(fact, "slot", None), getattr(fact, "group", None)
            name = getattr(fact, "id", None) or f"{group}:{fact.at}"
            self._give(cue, name, fact.broadcast, slot, group)  # pyright: ignore[reportArgumentType, reportAttributeAccessIssue] - these have one
        for evening in state.evenings.values():
            armed = evening.session.armed(evening.order)
            is_known = evening.id in self._armed or isinstance(fact, BroadcastLoaded)
            before = self._armed.get(evening.id)
            self._armed[evening.id] = armed
            if is_known and armed is not None and armed != before:
                self._give("load", f"{evening.sessions_position}:{armed}", evening.id, armed, None)

    def turn(self, scene: Scene | None) -> None:
        """Take the scene as it is from now on; the first one only says where things stand."""
        is_first = self._scene is None or scene is None or self._scene.run.slot != scene.run.slot
        self._scene = scene
        if is_first:
            now = self._clock.now_ms()
            self._phase = scene.run.phase(now) if scene else ""
            wanted = wish(scene, now)
            self._was_open = wanted.is_open if wanted else None
        self._look()

    def _look(self) -> None:
        scene, now = self._scene, self._clock.now_ms()
        wanted = wish(scene, now)
        if scene is None or wanted is None or scene.run.finished_at is not None:
            self._set_timer(None)
            return
        place = (scene.broadcast, scene.run.slot, scene.run.group)
        phase, before = scene.run.phase(now), self._phase
        self._phase = phase
        if phase != before and phase in ("warning", "danger"):
            self._give(phase, f"{scene.turned_by}:{phase}", *place)
        is_paused = scene.run.paused_at is not None
        if self._was_open and not wanted.is_open and not is_paused:
            self._give("cut", f"{wanted.command}:{wanted.planned_at}", *place)
        self._was_open = wanted.is_open
        run = scene.run
        times = () if is_paused else (run.warn_at, run.ends_at - DANGER_MS, run.ends_at)
        self._set_timer(min((at for at in times if at > now), default=None))

    def _set_timer(self, at: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = None if at is None else loop.call_at(self._clock.steady_at(at), self._look)

    def _give(
        self, cue: Cue, name: str, broadcast: str, slot: str | None, group: str | None
    ) -> None:
        given = CueGiven(
            id=name if name.endswith(cue) else f"{name}:{cue}",
            cue=cue,
            at=self._clock.now_ms(),
            broadcast=broadcast,
            slot=slot,
            group=group,
        )
        self._given.put_nowait(given)

    async def run(self) -> None:
        """Tell the receivers until cancelled; a slow one keeps nobody waiting."""
        telling: set[asyncio.Task[None]] = set()
        timeout = aiohttp.ClientTimeout(total=WITHIN_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                given = await self._given.get()
                for name, config in self._configs.items():
                    if given.cue in config.cues:
                        task = asyncio.create_task(_tell(session, name, config, given))
                        telling.add(task)
                        task.add_done_callback(telling.discard)


async def _tell(
    session: aiohttp.ClientSession, name: str, config: TriggerConfig, given: CueGiven
) -> None:
    try:
        match config.target:
            case HttpTarget() as target:
                await _ask(session, target, given)
            case OscTarget() as target:
                await _send(target)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.error("the trigger %s for %s failed: %s", name, given.id, error or repr(error))


async def _ask(session: aiohttp.ClientSession, target: HttpTarget, given: CueGiven) -> None:
    body = b"" if target.method == "GET" else msgspec.json.encode(given)
    headers = signed_headers(target.secret, given.id, given.at // 1_000, body)
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
