"""How far a partition has been folded, and what to do with the next message of it."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["fold", "skip", "wait"]

FAR_BEHIND = 1_000


@dataclass(slots=True)
class Reading:
    """A partition that is replayed by a plain reader first, then followed on the live stream.

    `folded_to` is the next offset to fold, `wanted_to` what a replay must reach at least; it
    is being replayed as long as `replaying`. `sent_to` is where the stream was last sent on to.
    """

    folded_to: int = 0
    wanted_to: int = 0
    replaying: bool = True
    sent_to: int = 0

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

    def onward(self, offset: int) -> int | None:
        """Where to send the live stream on to, if it is far behind; once for each time it is."""
        if self.replaying or self.folded_to - max(offset, self.sent_to) <= FAR_BEHIND:
            return None
        self.sent_to = self.folded_to
        return self.folded_to
