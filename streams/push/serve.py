"""The push role: boards and sessions from the log to every viewer's WebSocket."""

import asyncio
import logging
import resource
import socket
import time
from collections.abc import Coroutine
from contextlib import suppress

from websockets.frames import CloseCode

from streams.push.config import PushConfig
from streams.push.desk import FrontDesk
from streams.push.fanout import Fanout
from streams.push.feed import Feed
from streams.push.frames import Encoder
from streams.push.hub import Hub
from streams.push.keeper import Keeper
from streams.push.metrics import Metrics
from streams.push.presence import Presence
from streams.push.sessions_feed import SessionsFeed
from streams.push.viewer import Viewer
from streams.push.watch import Watch

BACKLOG = 4_096
ACCEPTS_A_TURN = 64
GOODBYES_A_TURN = 64
DRAIN_S = 1.5

log = logging.getLogger(__name__)


async def serve(config: PushConfig, stop: asyncio.Event) -> None:
    """Serve viewers until `stop` is set, then close on them all and return.

    Raises:
        OSError: the port cannot be had.
        WrongLog: the log is not one of ours.
    """
    logging.getLogger("websockets").setLevel(logging.WARNING)
    allow_sockets(config.connections + config.limits.spare_sockets)
    encoder, metrics = Encoder(), Metrics()
    hub: Hub[Viewer] = Hub(
        encoder.encode,
        subscriptions=config.limits.subscriptions,
        empty_channels=config.limits.empty_channels,
    )
    fanout = Fanout(hub, metrics)
    feed = Feed(config.kafka, hub, fanout, metrics, now_ms)
    sessions = SessionsFeed(
        config.kafka, hub, fanout, metrics, feed.topics_made, rehearsal=config.rehearsal
    )

    def problems() -> list[str]:
        silent_s = config.limits.log_silent_s
        found = (feed.follower.problem(silent_s), sessions.follower.problem(silent_s))
        return [problem for problem in found if problem]

    presence = Presence(hub, fanout, now_ms)
    desk = FrontDesk(
        config, hub, encoder, metrics, fanout, presence=presence, problems=problems, now_ms=now_ms
    )
    watch = Watch(hub, fanout, feed, config.limits, now_ms)
    server = await listen(desk, config.host, config.port)
    try:
        await until(
            stop,
            feed.run(),
            feed.write_letters(),
            sessions.run(),
            fanout.run(),
            watch.run(),
            presence.run(),
            Keeper(desk).run(),
        )
    finally:
        server.close()
        await say_goodbye(desk)


async def listen(desk: FrontDesk, host: str, port: int) -> asyncio.Server:
    """Listen with a long queue in the kernel, of which a few are accepted in each turn.

    asyncio accepts as many at a time as its own backlog says; thousands at once would keep
    everyone else waiting.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Viewer(desk), sock=listener, backlog=ACCEPTS_A_TURN)
    listener.listen(BACKLOG)
    return server


async def until(stop: asyncio.Event, *parts: Coroutine[None, None, None]) -> None:
    """Run all parts until `stop` is set, or one of them fails: that is raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (stopped, *tasks):
            task.cancel()
        await asyncio.gather(stopped, *tasks, return_exceptions=True)


async def say_goodbye(desk: FrontDesk) -> None:
    """Close on every viewer, and wait for their goodbyes, not for long."""
    leaving = list(desk.viewers)
    ends = time.monotonic() + DRAIN_S
    for start in range(0, len(leaving), GOODBYES_A_TURN):
        for viewer in leaving[start : start + GOODBYES_A_TURN]:
            viewer.close(CloseCode.SERVICE_RESTART, "push restarts")
        await asyncio.sleep(0)
    with suppress(TimeoutError):
        async with asyncio.timeout(ends - time.monotonic()):
            await desk.gone.wait()
    while not desk.gone.is_set():
        for viewer in [*desk.viewers, *desk.deadlines]:
            viewer.drop()
        await asyncio.sleep(0)


def allow_sockets(wanted: int) -> None:
    """Raise this process's limit of open files, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + 64
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if most < needed:
            log.warning("only %d files may be open: raise the limit (ulimit -Hn %d)", most, needed)


def now_ms() -> int:
    """The time, in ms."""
    return time.time_ns() // 1_000_000
