"""All connections: lets viewers in, answers what they ask, and knows who is there."""

import asyncio
import socket
from collections.abc import Callable

from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from schemas.wire import Unreadable
from streams.push import messages
from streams.push.channels import needs_operator
from streams.push.config import PushConfig
from streams.push.endpoints import Endpoints
from streams.push.fanout import Fanout
from streams.push.frames import Encoder, deflate_offer, shares_deflate
from streams.push.hub import ChannelRefused, Hub
from streams.push.metrics import Metrics
from streams.push.presence import Presence
from streams.push.requests import Ask, read_ask
from streams.push.viewer import Viewer
from streams.running import steady_s
from streams.tokens import BadToken, read

READ_BYTES = 4_096  # a whole message of the largest kind
# What the kernel holds of what is not sent yet: two small boards. With its own choice a reader
# that had stalled still took 4 MB of old ones (TCP_NOTSENT_LOWAT).
UNSENT_BYTES = 4_096


class Connections:
    """What all viewers share, and where their events go.

    `viewers` are the open ones; `deadlines` says by when (monotonic seconds) a socket that is no
    open viewer must be gone: its handshake took too long, or its goodbye.
    """

    def __init__(
        self,
        config: PushConfig,
        hub: Hub[Viewer],
        encoder: Encoder,
        metrics: Metrics,
        fanout: Fanout,
        *,
        presence: Presence,
        problems: Callable[[], list[str]],
        now_ms: Callable[[], int],
    ) -> None:
        self.limits = config.limits
        self.read_buffer = memoryview(bytearray(READ_BYTES))
        self.viewers: dict[Viewer, None] = {}
        self.deadlines: dict[Viewer, float] = {}
        self.gone = asyncio.Event()
        self.gone.set()
        self._config = config
        self._hub = hub
        self._encoder = encoder
        self._metrics = metrics
        self._fanout = fanout
        self._presence = presence
        self._now_ms = now_ms
        self._offer = deflate_offer()
        self._sockets = self._turns = 0
        self._endpoints = Endpoints(
            problems=problems,
            registry=metrics.registry,
            origins=config.origins,
            is_full=lambda: len(self.viewers) >= config.connections,
            refused=self.refused,
        )
        metrics.watch("viewers", "Open WebSockets.", lambda: len(self.viewers))
        metrics.watch("subscriptions", "Channels that these follow.", hub.subscriptions)

    def protocol(self) -> ServerProtocol:
        """Make a WebSocket protocol for a new connection."""
        return ServerProtocol(extensions=[self._offer], max_size=self.limits.message_bytes)

    def connected(self, viewer: Viewer) -> None:
        """Give a socket its time to become a viewer, if there is a place."""
        self._sockets += 1
        self.gone.clear()
        self.deadlines[viewer] = steady_s() + self.limits.handshake_timeout_s
        if self._sockets > self._config.connections + self.limits.spare_sockets:
            self.refused("sockets")
            viewer.drop()

    def respond(self, viewer: Viewer, protocol: ServerProtocol, request: Request) -> Response:
        """Answer an HTTP request; 101 makes it a WebSocket."""
        response = self._endpoints.respond(protocol, request)
        viewer.deflates = shares_deflate(response.headers.get("Sec-WebSocket-Extensions"))
        return response

    def opened(self, viewer: Viewer) -> None:
        """Give a viewer its place; the kernel is to hold no more old states for it than must be."""
        viewer.socket_option(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self.deadlines.pop(viewer, None)
        self.viewers[viewer] = None
        self._turns += 1
        viewer.turn = self._turns % self.limits.ping_interval_s
        self._hub.join(viewer)
        viewer.tell(self.clock())
        self._fanout.catch_up(viewer)

    def heard(self, viewer: Viewer, text: bytes) -> None:
        """Do what a viewer asks; what cannot be done is said."""
        try:
            text.decode()
            answers = self._answer(viewer, read_ask(text))
        except UnicodeDecodeError:
            self.refused("not_utf8")
            viewer.fail(CloseCode.INVALID_DATA, "a text message is UTF-8")
            return
        except Unreadable as unreadable:
            answers = [self._error("malformed_message", unreadable.reason)]
        if answers:
            viewer.tell(b"".join(answers))
        self._fanout.catch_up(viewer)

    def heard_binary(self, viewer: Viewer) -> None:
        """Say that only text is understood."""
        viewer.tell(self._error("binary_message", "messages are JSON text"))

    def stalled(self, viewer: Viewer) -> None:
        """Tell a viewer nothing together with others from now on."""
        self._hub.stall(viewer)

    def writable(self, viewer: Viewer) -> None:
        """Send a viewer that had stalled what is newest by now."""
        self._fanout.catch_up(viewer)

    def ending(self, viewer: Viewer) -> None:
        """Take a viewer from its place; its socket has a short while to say goodbye."""
        self._leave(viewer)
        by = steady_s() + self.limits.close_timeout_s
        self.deadlines[viewer] = min(by, self.deadlines.get(viewer, by))

    def lost(self, viewer: Viewer) -> None:
        """Forget a socket."""
        self._leave(viewer)
        self.deadlines.pop(viewer, None)
        self._sockets -= 1
        if not self._sockets:
            self.gone.set()

    def refused(self, reason: str) -> None:
        """Count what is not served."""
        self._metrics.refusals.labels(reason).inc()

    def clock(self, echo: float | None = None) -> bytes:
        """What time it is, as a frame."""
        return self._encoder.encode(messages.clock(self._now_ms(), echo)).plain

    def ping(self) -> bytes:
        """A ping, as a frame."""
        return self._encoder.ping

    def _leave(self, viewer: Viewer) -> None:
        self._hub.leave(viewer)
        self._presence.leave(viewer)
        self.viewers.pop(viewer, None)

    def _answer(self, viewer: Viewer, ask: Ask) -> list[bytes]:
        answers = [] if ask.token is None else [self._identify(viewer, ask.token)]
        for name in ask.unsubscribe:
            self._hub.unsubscribe(viewer, name)
        for name in ask.subscribe:
            try:
                self._subscribe(viewer, name)
            except ChannelRefused as refused:
                answers.append(self._error(refused.reason, refused.detail, name))
        if ask.screen is not None and not self._presence.report(viewer, ask.screen):
            answers.append(self._error("too_many_screens", "too many screens report already"))
        return answers if ask.time is None else [*answers, self.clock(ask.time)]

    def _subscribe(self, viewer: Viewer, name: str) -> None:
        if needs_operator(name):
            if viewer.role != "operator":
                raise ChannelRefused("needs_operator", "send an operator's token first")
            self._presence.ask(name.partition(":")[2])
        self._hub.subscribe(viewer, name)

    def _identify(self, viewer: Viewer, token: str) -> bytes:
        try:
            bearer = read(self._config.secret, token)
        except BadToken as bad:
            return self._error("bad_token", str(bad))
        viewer.role = bearer.role
        return self._encoder.encode(messages.role(bearer.role)).plain

    def _error(self, reason: str, detail: str, channel: str | None = None) -> bytes:
        self.refused(reason)
        return self._encoder.encode(messages.error(reason, detail, channel)).plain
