"""Turns who votes into numbers that say nothing of them (DESIGN, Pseudonyms)."""

from hashlib import blake2b

from schemas.ballots import VOTER_BITS
from streams.keys import derive

# The whole bytes above VOTER_BITS (docs/decisions/0004)
DIGEST_BITS = 64


class Pseudonyms:
    """Pseudonyms of voters, one key per round, all from the secret of the settings.

    The same voter of the same account at the same door has the same number in a round, and
    numbers of two rounds cannot be told to be one voter's.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._keys: dict[str, bytes] = {}

    def of(self, round_id: str, name: bytes) -> int:
        """The pseudonym of a voter (see `voter_name`) in a round that is known; 60 bits."""
        key = self._keys.get(round_id)
        if key is None:
            key = self._keys[round_id] = derive(self._secret, "voters", round_id)
        return voter_number(key, name)


def voter_name(door: str, account: str, voter: str) -> bytes:
    """Who votes, told apart from everyone else: the three parts, each with its length before it."""
    # lengths before the parts: ("a", "bc") and ("ab", "c") are two voters
    said, by, who = door.encode(), account.encode(), voter.encode()
    return b"%b%b%b%b%b%b" % (
        len(said).to_bytes(4, "big"),
        said,
        len(by).to_bytes(4, "big"),
        by,
        len(who).to_bytes(4, "big"),
        who,
    )


def voter_number(key: bytes, name: bytes) -> int:
    """The top 60 bits of the keyed BLAKE2b of a voter's name."""
    digest = blake2b(name, key=key, digest_size=DIGEST_BITS // 8).digest()
    return int.from_bytes(digest, "big") >> (DIGEST_BITS - VOTER_BITS)
