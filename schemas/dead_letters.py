"""A dead letter names a message of the log that could not be read, and why; it holds no body."""

from msgspec import Struct


class DeadLetter(Struct, frozen=True, tag="dead_letter", tag_field="type"):
    """The source position, the reason, and who met it at what time (ms)."""

    topic: str
    partition: int
    offset: int
    reason: str
    by: str
    at: int

    @property
    def key(self) -> bytes:
        """The source position: letters about one message share it."""
        return f"{self.topic}/{self.partition}/{self.offset}".encode()
