"""What the console asks of a stage controller, past the log: signed, and short-lived."""

import hmac
from typing import TypeVar

import msgspec

from schemas.ids import Id, Millis
from streams.keys import derive
from streams.stage.config import Mode

PATH = "/cut"
SIMULATE_PATH = "/simulate"
HEADER = "x-tribune-signature"
# Console and stage may be two machines whose clocks nobody keeps; later it is a replay
FRESH_MS = 30_000
# Ten times an order with the longest ids
MOST_BYTES = 4_096

Shape = TypeVar("Shape", bound=msgspec.Struct)


class NotOurs(ValueError):
    """A request that no console of ours signed, or not now; the text says which."""


class CutOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Cut now; `id` is that of the same command in the log, `slot` the one that must be on."""

    id: str
    by: str
    at: Millis
    broadcast: Id | None = None
    slot: Id | None = None


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """How a simulated device is from now on; `is_open` is what a hand at the desk does.

    Without `mode` it behaves as before.
    """

    device: str
    at: Millis
    mode: Mode | None = None
    delay_ms: int = 0
    is_open: bool | None = None


def sign(secret: bytes, body: bytes) -> str:
    """The signature of a body, for the header `x-tribune-signature`."""
    return hmac.new(derive(secret, "stage"), body, "sha256").hexdigest()


def signed(secret: bytes, order: msgspec.Struct) -> tuple[bytes, dict[str, str]]:
    """A body and its headers, ready to be sent."""
    body = msgspec.json.encode(order)
    return body, {HEADER: sign(secret, body), "content-type": "application/json"}


def verify(
    secret: bytes, body: bytes, signature: str | None, shape: type[Shape], now: int
) -> Shape:
    """Check a request and read it; every such request has its time in `at`.

    Raises:
        NotOurs: not signed by us, not of that shape, or more than half a minute old or ahead.
    """
    # as bytes: `compare_digest` raises on a text that is not ASCII, and a stranger may send any
    if not hmac.compare_digest(
        sign(secret, body).encode(), (signature or "").encode(errors="replace")
    ):
        raise NotOurs("the signature is missing, or not that of this secret")
    try:
        order = msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError as error:
        raise NotOurs(f"not a request of this version: {error}") from None
    if abs(now - order.at) > FRESH_MS:  # pyright: ignore[reportAttributeAccessIssue] - see above
        raise NotOurs("it is more than half a minute old or ahead: are the clocks right?")
    return order
