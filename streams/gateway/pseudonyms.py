"""Turns who votes into numbers that say nothing of them (DESIGN, Pseudonyms)."""

from hashlib import blake2b

from schemas.ballots import VOTER_BITS
from streams.keys import derive

DIGEST_BITS = 64


class Pseudonyms:
    """Pseudonyms of voters, one key per round, all from the secret of the settings.

    The same voter of the same account at the same door has the same number in a round, and
    numbers of two rounds cannot be told to be one voter's.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._keys: dict[str, bytes] = {}

    def of(self, round_id: str, door: str, account: str, voter: str) -> int:
        """The pseudonym of a voter in a round that is known; 60 bits."""
        key = self._keys.get(round_id)
        if key is None:
            key = self._keys[round_id] = derive(self._secret, "voters", round_id)
        return voter_number(key, door, account, voter)


def voter_number(key: bytes, door: str, account: str, voter: str) -> int:
    """The top 60 bits of the keyed BLAKE2b of the three parts, each with its length before it."""
    text = b"".join([_part(door), _part(account), _part(voter)])
    digest = blake2b(text, key=key, digest_size=DIGEST_BITS // 8).digest()
    return int.from_bytes(digest, "big") >> (DIGEST_BITS - VOTER_BITS)


def _part(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(4, "big") + encoded
