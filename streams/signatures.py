"""Signatures as in the Standard Webhooks specification, symmetric (`v1`)."""

import hmac
from base64 import b64decode
from binascii import Error as BadBase64
from binascii import b2a_base64
from functools import lru_cache

SECRET_PREFIX = "whsec_"  # noqa: S105
# Standard Webhooks, "Timestamp tolerance": five minutes in all of its libraries
FRESH_S = 300
# Two while a secret is changed; each costs a comparison
MOST_SIGNATURES = 16
# Ids are UUIDs or shorter; they are held for as long as answers are remembered
LONGEST_ID = 256

SignedHeaders = tuple[str | None, str | None, str | None]
"""`webhook-id`, `webhook-timestamp` and `webhook-signature`, as they came."""


class BadSecret(ValueError):
    """A signing secret that is no `whsec_` and base64; the text does not hold it."""


class NotSigned(ValueError):
    """Why a request is not taken as its partner's: the header at fault, a word, a sentence."""

    def __init__(self, field: str, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.reason, self.detail = field, reason, detail


def read_secret(secret: str) -> bytes:
    """The key of a `whsec_...` secret.

    Raises:
        BadSecret: no `whsec_` in front, not base64, or nothing in it.
    """
    encoded = secret.removeprefix(SECRET_PREFIX)
    if encoded == secret:
        raise BadSecret(f"does not begin with {SECRET_PREFIX}")
    try:
        key = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (BadBase64, ValueError):
        raise BadSecret("not base64") from None
    if not key:
        raise BadSecret("stands for no bytes at all")
    return key


def sign(key: bytes, message_id: str, timestamp: int | str, body: bytes) -> str:
    """The signature of `{id}.{timestamp}.{body}`, with its version before it."""
    signed = b"%b.%b.%b" % (message_id.encode(), str(timestamp).encode(), body)
    mac = _begun(key).copy()
    mac.update(signed)
    return "v1," + b2a_base64(mac.digest(), newline=False).decode()


# one a partner
@lru_cache(1_024)
def _begun(key: bytes) -> hmac.HMAC:
    """The key is taken in once: that is more than half of the work on a short text."""
    return hmac.new(key, digestmod="sha256")


def verify(key: bytes, headers: SignedHeaders, body: bytes, now_s: int) -> tuple[str, int]:
    """Check the headers of a body: who signed it, and that it is fresh.

    Returns:
        Its id, and its timestamp in s.

    Raises:
        NotSigned: a header is missing or wrong, the timestamp is more than five minutes away, or
            no signature of version 1 is the key's.
    """
    message_id, timestamp, signature = headers
    if not message_id or len(message_id) > LONGEST_ID:
        raise NotSigned("webhook-id", "bad_header", "send an id of 1 to 256 characters")
    # 11 digits of seconds: the year 5138
    if not timestamp or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise NotSigned("webhook-timestamp", "bad_header", "send seconds since the epoch")
    if abs(now_s - int(timestamp)) > FRESH_S:
        raise NotSigned("webhook-timestamp", "stale", "it is more than five minutes from now here")
    if not signature:
        raise NotSigned("webhook-signature", "bad_header", "send v1, and the signature in base64")
    expected = sign(key, message_id, timestamp, body).encode()
    for offered in signature.split(" ")[:MOST_SIGNATURES]:
        if hmac.compare_digest(expected, offered.encode()):
            return message_id, int(timestamp)
    raise NotSigned("webhook-signature", "bad_signature", "no signature matches")
