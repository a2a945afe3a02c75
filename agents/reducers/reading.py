"""How far a partition has been folded, and what to do with the next message of it."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["fold", "skip", "wait"]


@dataclass(slots=True)
class Reading:
    """A partition that is replayed by a plain reader first, then followed on the live stream.

    `folded_to` is the next offset to fold, `wanted_to` what a replay must reach at least; it
    is being replayed as long as `replaying`.
    """

    folded_to: int = 0
    wanted_to: int = 0
    replaying: bool = True

    def hear(self, offset: int) -> Verdict:
        """Judge a message of the live stream: fold it, skip it, or wait for a replay to bring it.

        A message that was folded before is skipped. One beyond the next offset shows a gap: the
        stream lost something, so the stretch up to it is replayed.
        """
        if offset < self.folded_to:
            return "skip"
        if self.replaying or offset > self.folded_to:
            self.replaying = True
            self.wanted_to = max(self.wanted_to, offset + 1)
            return "wait"
        self.folded_to = offset + 1
        return "fold"

    def reach(self, end: int) -> bool:
        """Note that a replay came to an end offset; False when more is wanted by now."""
        self.folded_to = max(self.folded_to, end)
        self.replaying = self.folded_to < self.wanted_to
        return not self.replaying
