"""The signed cookie that is a page's voter: a random number, and that it was given out here."""

import hmac
from hashlib import blake2b

NAME = "tribune_voter"
# 128 bits: two voters never meet, and none is guessed
NUMBER_BYTES = 16
# 128 bits: a voter that was not given out here cannot be made up
SIGNATURE_BYTES = 16
# A citizen is the same voter in all rounds of a broadcast; RFC 6265bis caps it at 400 days
MAX_AGE_S = 180 * 24 * 3600


def voter_of(key: bytes, header: str | None) -> str | None:
    """The voter that a Cookie header names, or None when it names none that was given out here."""
    for pair in (header or "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == NAME:
            voter, _, signature = value.partition(".")
            expected = _signature(key, voter)
            return voter if hmac.compare_digest(expected.encode(), signature.encode()) else None
    return None


def set_cookie(key: bytes, voter: str, *, is_secure: bool) -> str:
    """The Set-Cookie header that makes a browser a voter."""
    attributes = f"Path=/; Max-Age={MAX_AGE_S}; HttpOnly; SameSite=Lax"
    cookie = f"{NAME}={voter}.{_signature(key, voter)}; {attributes}"
    return cookie + "; Secure" if is_secure else cookie


def _signature(key: bytes, voter: str) -> str:
    return blake2b(voter.encode(), key=key, digest_size=SIGNATURE_BYTES).hexdigest()
