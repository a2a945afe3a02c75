"""Receipts: what a voter is told when the log has the ballot; they hold nothing of the choice."""

from hashlib import blake2b

RECEIPT_BYTES = 10


def receipts(key: bytes, source: str, request: str, count: int) -> list[str]:
    """One receipt a ballot of a request; the same request gets the same ones, always.

    Keyed BLAKE2b of who sent the request, its id and the ballot's place in it.
    """
    named = f"{source}\n{request}\n".encode()
    return [
        blake2b(b"%b%d" % (named, item), key=key, digest_size=RECEIPT_BYTES).hexdigest()
        for item in range(count)
    ]
