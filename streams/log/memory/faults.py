"""What may go wrong between a process and the log in memory; by itself, nothing does."""

from dataclasses import dataclass

from schemas.topics import Topic
from streams.log.interface import Place


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a message that is sent.

    `error` is what its sender gets instead of an ack, before anything is written. Else it is
    written after `write_after_s`, `copies` times (0: it is lost on the way), and its ack is there
    `ack_after_s` later (None: the ack is lost).
    """

    error: Exception | None = None
    write_after_s: float = 0.0
    copies: int = 1
    ack_after_s: float | None = 0.0


WELL = Fate()


class Faults:
    """Asked at everything that a process does at the log; an adversary says something else."""

    held_back_s = 0.05
    """So long after `fetch` has given nothing it is asked again."""

    def write(self, topic: Topic, partition: int, value: bytes) -> Fate:
        """What becomes of a message."""
        return WELL

    def fetch(self, place: Place, waiting: int) -> int:
        """How many of the messages that wait there a fetch brings now; 0: they come later."""
        return waiting

    def answer_after_s(self) -> float:
        """How old the answer is to where partitions end: what is written meanwhile is not in it."""
        return 0.0
