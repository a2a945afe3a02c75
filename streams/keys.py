"""Keys for each purpose, all derived from the one secret of the settings (`[secrets] key`)."""

from hashlib import blake2b

from schemas.seals import GroupKey


def derive(secret: bytes, purpose: str, *parts: str) -> bytes:
    """Derive 32 bytes for a purpose, and for what it is told apart by (a round, a group).

    Keyed BLAKE2b over the length-prefixed parts, so no two lists of parts meet.
    """
    # 4 bytes of length before each part
    text = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    # BLAKE2b takes 16 bytes of person and 64 of key at the most
    person = purpose.encode()[:16]
    return blake2b(text, key=secret[:64], person=person, digest_size=32).digest()


def group_key(secret: bytes) -> GroupKey:
    """What seals the marks and the board of each group of presentations."""
    return lambda broadcast, group: derive(secret, "groups", broadcast, group)
