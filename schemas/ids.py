"""Names that go on the wire, into topics, channels and addresses."""

from typing import Annotated

from msgspec import Meta

# An id is the name of a folder (decks) and a part of addresses and channels, and is read out
ID_PATTERN = "^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$"

# The year 3084: exact in databases and browsers (2^53), with room for a count beside it in 64 bits
LATEST_MS = 1 << 45

Id = Annotated[str, Meta(pattern=ID_PATTERN, max_length=64)]
Millis = Annotated[
    int,
    Meta(ge=0, lt=LATEST_MS, description="milliseconds since the epoch, UTC", extra={"time": True}),
]
