"""OBS Studio by obs-websocket 5, RPC version 1 (protocol.md in obsproject/obs-websocket)."""

import asyncio
import base64
import hashlib
import itertools
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Subprotocol

from streams.stage.config import ObsAddress
from streams.stage.links.link import Heard, Retry, Unreachable

# protocol.md: WebSocketOpCode, EventSubscription, WebSocketCloseCode, RequestStatus
HELLO, IDENTIFY, IDENTIFIED, EVENT, BATCH, BATCH_ANSWER = 0, 1, 2, 5, 8, 9
RPC_VERSION = 1  # all of 5.x speaks it
# EventSubscription::Inputs
INPUT_EVENTS = 1 << 3
# WebSocketCloseCode::AuthenticationFailed
WRONG_PASSWORD = 4009
# RequestStatus::ResourceNotFound
NO_SUCH_INPUT = 600
# As long as the longest wait between two tries; OBS answers in 3 ms, at most 51 (measured)
CONNECT_WITHIN_S = 2.0
# An OBS whose machine lost its network is known to be gone in twice this
PING_S = 2.0
SUBPROTOCOL = Subprotocol("obswebsocket.json")

Message = dict[str, Any]


class Obs:
    """Mutes an audio input; OBS says of its own accord when somebody else changes it."""

    def __init__(self, address: ObsAddress) -> None:
        self.problem: str | None = f"has not answered at {address.url} yet"
        self._address = address
        self._socket: ClientConnection | None = None
        self._numbers = itertools.count()

    async def run(self, heard: Heard) -> None:
        """Connect, ask how it stands, listen; again whenever the connection ends."""
        retry = Retry()
        while True:
            try:
                async with self._connect() as socket:
                    await self._identify(socket)
                    retry.reset()
                    self._socket = socket
                    await self._ask(socket)
                    async for message in socket:
                        self._take(msgspec.json.decode(message), heard)
                self.problem = "closed the connection"
            except (OSError, TimeoutError, InvalidHandshake, InvalidMessage) as error:
                self.problem = f"does not answer at {self._address.url}: {error}"
            except ConnectionClosed as error:
                self.problem = _why_closed(error)
            except (msgspec.DecodeError, LookupError, TypeError) as error:
                self.problem = f"speaks no obs-websocket 5: {error!r}"
            finally:
                self._socket = None
            heard(None)
            await retry.wait()

    async def order(self, is_open: bool) -> None:
        """Mute or unmute, and read it back, in one message."""
        socket = self._socket
        if socket is None:
            raise Unreachable(self.problem or "is not connected")
        try:
            await self._ask(socket, not is_open)
        except ConnectionClosed as error:
            raise Unreachable("closed the connection") from error

    def _connect(self) -> connect:
        return connect(
            self._address.url,
            subprotocols=[SUBPROTOCOL],
            open_timeout=CONNECT_WITHIN_S,
            close_timeout=1.0,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            proxy=None,
        )

    async def _identify(self, socket: ClientConnection) -> None:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            hello = msgspec.json.decode(await socket.recv())
            identify: Message = {"rpcVersion": RPC_VERSION, "eventSubscriptions": INPUT_EVENTS}
            if challenge := hello["d"].get("authentication"):
                identify["authentication"] = answer(self._address.password, challenge)
            await _send(socket, IDENTIFY, identify)
            identified = msgspec.json.decode(await socket.recv())
        if identified["op"] != IDENTIFIED:
            raise KeyError("Identified")

    async def _ask(self, socket: ClientConnection, is_muted: bool | None = None) -> None:
        """One serial batch: set it, if so wished, then get it."""
        name = {"inputName": self._address.input}
        requests: list[Message] = [{"requestType": "GetInputMute", "requestData": name}]
        if is_muted is not None:
            wanted = {**name, "inputMuted": is_muted}
            requests.insert(0, {"requestType": "SetInputMute", "requestData": wanted})
        batch = {"requestId": str(next(self._numbers)), "requests": requests}
        await _send(socket, BATCH, batch)

    def _take(self, message: Message, heard: Heard) -> None:
        found = message["d"]
        if message["op"] == BATCH_ANSWER:
            last = found["results"][-1]
            if last["requestStatus"]["result"]:
                self.problem = None
                heard(not last["responseData"]["inputMuted"])
            else:
                self.problem = self._why_refused(last["requestStatus"])
                heard(None)
        elif message["op"] == EVENT and found["eventType"] == "InputMuteStateChanged":
            self._take_event(found["eventData"], heard)

    def _take_event(self, event: Message, heard: Heard) -> None:
        if event["inputName"] == self._address.input:
            heard(not event["inputMuted"])

    def _why_refused(self, status: Message) -> str:
        if status["code"] == NO_SUCH_INPUT:
            return f"has no input called {self._address.input!r}"
        return f"refuses: {status.get('comment') or status['code']}"


def answer(password: str, challenge: dict[str, str]) -> str:
    """The proof of a password (protocol.md, Creating an authentication string)."""
    secret = _digest(password + challenge["salt"])
    return _digest(secret + challenge["challenge"])


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


async def _send(socket: ClientConnection, operation: int, content: Message) -> None:
    await socket.send(msgspec.json.encode({"op": operation, "d": content}).decode())


def _why_closed(error: ConnectionClosed) -> str:
    code = error.rcvd.code if error.rcvd else None
    if code == WRONG_PASSWORD:
        return "refuses the password"
    return f"closed the connection{f' ({code})' if code else ''}"
