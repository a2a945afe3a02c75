"""Names that go on the wire, into topics, channels and addresses."""

from typing import Annotated

from msgspec import Meta

ID_PATTERN = "^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$"

Id = Annotated[str, Meta(pattern=ID_PATTERN, max_length=64)]
Millis = Annotated[
    int,
    Meta(ge=0, lt=1 << 45, description="milliseconds since the epoch, UTC", extra={"time": True}),
]
