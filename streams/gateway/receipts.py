"""Receipts: what a voter is told when the log has the ballot; they hold nothing of the choice."""

from hashlib import blake2b

# 20 digits, which a citizen can read out; two of a billion are the same by odds of 1 in 2 million
RECEIPT_BYTES = 10


def receipt(key: bytes, source: str, request: str, item: int) -> str:
    """The receipt of a ballot by its place in a request; the same request has the same, always.

    Keyed BLAKE2b of who sent the request, its id and the place.
    """
    named = f"{source}\n{request}\n{item}".encode()
    return blake2b(named, key=key, digest_size=RECEIPT_BYTES).hexdigest()
