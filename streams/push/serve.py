"""The push role: boards and sessions from the log to every viewer's WebSocket."""

import asyncio
import logging
import socket
from contextlib import suppress

from websockets.frames import CloseCode

from streams.log.kafka import KafkaLog
from streams.push.boards_feed import BoardsFeed
from streams.push.config import PushConfig
from streams.push.connections import Connections
from streams.push.fanout import Fanout
from streams.push.frames import Encoder
from streams.push.heartbeat import Heartbeat
from streams.push.hub import Hub
from streams.push.metrics import Metrics
from streams.push.presence import Presence
from streams.push.sessions_feed import SessionsFeed
from streams.push.silence import SilenceWatch
from streams.push.viewer import Viewer
from streams.running import allow_sockets, now_ms, steady_s, until

BACKLOG = 4_096  # a hall's phones that all connect in one second (the kernel's default is 128)
ACCEPTS_A_TURN = 64  # handshakes; then boards have their turn
GOODBYES_A_TURN = 64  # as for handshakes: those who leave are let go between
DRAIN_S = 1.5  # within the 2 s that `tribune up` gives a role to stop

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
    room = KafkaLog(config.kafka)
    feed = BoardsFeed(room, hub, fanout, metrics, now_ms)
    sessions = SessionsFeed(
        room, hub, fanout, metrics, feed.topics_made, rehearsal=config.rehearsal
    )

    def problems() -> list[str]:
        silent_s = config.limits.log_silent_s
        found = (feed.follower.problem(silent_s), sessions.follower.problem(silent_s))
        return [problem for problem in found if problem]

    presence = Presence(hub, fanout, now_ms)
    connections = Connections(
        config, hub, encoder, metrics, fanout, presence=presence, problems=problems, now_ms=now_ms
    )
    watch = SilenceWatch(hub, fanout, feed, config.limits, now_ms)
    server = await listen(connections, config.host, config.port)
    try:
        await until(
            stop,
            feed.run(),
            feed.letters.run(),
            sessions.run(),
            fanout.run(),
            watch.run(),
            presence.run(),
            Heartbeat(connections).run(),
        )
    finally:
        server.close()
        await say_goodbye(connections)


async def listen(connections: Connections, host: str, port: int) -> asyncio.Server:
    """Listen with a long queue in the kernel, of which a few are accepted in each turn.

    asyncio accepts as many at a time as its own backlog says; thousands at once would keep
    everyone else waiting.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Viewer(connections), sock=listener, backlog=ACCEPTS_A_TURN
    )
    listener.listen(BACKLOG)
    return server


async def say_goodbye(connections: Connections) -> None:
    """Close on every viewer, and wait for their goodbyes, not for long."""
    leaving = list(connections.viewers)
    ends = steady_s() + DRAIN_S
    for start in range(0, len(leaving), GOODBYES_A_TURN):
        for viewer in leaving[start : start + GOODBYES_A_TURN]:
            viewer.close(CloseCode.SERVICE_RESTART, "push restarts")
        await asyncio.sleep(0)
    with suppress(TimeoutError):
        async with asyncio.timeout(ends - steady_s()):
            await connections.gone.wait()
    while not connections.gone.is_set():
        for viewer in [*connections.viewers, *connections.deadlines]:
            viewer.drop()
        await asyncio.sleep(0)
