"""Seals: what may not be known yet lies encrypted (AES-256-GCM), under a key of its group.

Sealed text is padded with spaces to the room that the longest of its kind takes, so that its length
tells nothing, and bound to what it is about, so that it cannot be moved elsewhere. ClickHouse's
`tryDecrypt` opens it with the same parts.
"""

import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from schemas.ids import Id

# AES-256, and the nonce that GCM takes as it is (NIST SP 800-38D, 8.2)
KEY_BYTES, NONCE_BYTES = 32, 12
# Marks of one more digit, a longer reason for a recusal: neither changes the length
PADDED_TO = 256

GroupKey = Callable[[str, str], bytes]
"""Gives the 32 bytes that seal a group's marks and board: of a broadcast, of a group."""


class NotOpened(ValueError):
    """The seal is broken, or of another key, or about something else."""


class Sealed(Struct, frozen=True):
    """A sealed text; both parts in base64."""

    nonce: str
    sealed: str


def about_marks(broadcast: Id, group: Id, slot: Id, evaluator: Id) -> str:
    """What an evaluator's sealed marks are bound to."""
    return f"{broadcast}/{group}/{slot}/{evaluator}"


def seal(key: bytes, text: bytes, about: str, room: int = 0) -> Sealed:
    """Seal a text, each time another way."""
    return _seal(key, _padded(text, room), about, os.urandom(NONCE_BYTES))


def seal_alike(key: bytes, text: bytes, about: str, room: int = 0) -> Sealed:
    """Seal a text so that who seals the same gets the same bytes.

    The nonce is a keyed hash of all that is sealed: it comes again only with the same text.
    """
    text = _padded(text, room)
    said = len(about.encode()).to_bytes(4, "big") + about.encode() + text
    nonce = blake2b(said, key=key, person=b"seal alike", digest_size=NONCE_BYTES).digest()
    return _seal(key, text, about, nonce)


def _seal(key: bytes, text: bytes, about: str, nonce: bytes) -> Sealed:
    sealed = AESGCM(key).encrypt(nonce, text, about.encode())
    return Sealed(b64encode(nonce).decode(), b64encode(sealed).decode())


def _padded(text: bytes, room: int) -> bytes:
    longest = max(room, len(text))
    return text.ljust(longest + -longest % PADDED_TO)


def unseal(key: bytes, sealed: Sealed, about: str) -> bytes:
    """Open a sealed text, its padding taken off.

    Raises:
        NotOpened: not with this key, or not about this.
    """
    try:
        nonce = b64decode(sealed.nonce, validate=True)
        text = b64decode(sealed.sealed, validate=True)
        return AESGCM(key).decrypt(nonce, text, about.encode()).rstrip(b" ")
    except (InvalidTag, NotBase64, ValueError):
        raise NotOpened(f"the seal does not open: {about}") from None


def written_key(key: bytes) -> str:
    """A key as it is published."""
    return b64encode(key).decode()


def read_key(text: str) -> bytes:
    """A key as it was published.

    Raises:
        NotOpened: it is none.
    """
    try:
        key = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise NotOpened("what was published is no key")
    return key
