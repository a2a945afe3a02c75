"""How far a partition has been folded, and what to do with the next message of it."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["fold", "skip", "wait"]

# To send a stream on waits for a fetch of 40 ms (agents.worker), and to let old messages pass costs
# some us each: below so many it is not worth while (no measured reason)
FAR_BEHIND = 1_000
# A replay of an idle log is over before so many came: only where a stream brings much is it held
HOLD_AFTER = 200


@dataclass(slots=True)
class Reading:
    """A partition that is replayed by a plain reader first, then followed on the live stream.

    `folded_to` is the next offset to fold, `wanted_to` what a replay must reach at least; it
    is being replayed as long as `replaying`. `heard` counts what the stream brought meanwhile;
    when that is much, the stream is `held`. `sent_to` is where it was last sent on to.
    """

    folded_to: int = 0
    wanted_to: int = 0
    replaying: bool = True
    sent_to: int = 0
    heard: int = 0
    held: bool = False

    def replay(self) -> None:
        """Begin a replay."""
        self.replaying, self.heard = True, 0

    def hear(self, offset: int) -> Verdict:
        """Judge a message of the live stream: fold it, skip it, or wait for a replay to bring it.

        A message that was folded before is skipped. One beyond the next offset shows a gap: the
        stream lost something, so the stretch up to it is replayed.
        """
        self.heard += self.replaying
        if offset < self.folded_to:
            return "skip"
        if self.replaying or offset > self.folded_to:
            self.wanted_to = max(self.wanted_to, offset + 1)
            return "wait"
        self.folded_to = offset + 1
        return "fold"

    def hold(self) -> bool:
        """Whether the stream is to be held from here on: it brings only what a replay brings."""
        if self.held or not self.replaying or self.heard < HOLD_AFTER:
            return False
        self.held = True
        return True

    def reach(self, end: int) -> bool:
        """Note that a replay came to an end offset; False when more is wanted by now."""
        self.folded_to = max(self.folded_to, end)
        self.replaying = self.folded_to < self.wanted_to
        return not self.replaying

    def onward(self, offset: int) -> int | None:
        """Where to send the stream on to from an offset: when it was held, or is far behind."""
        is_far = self.folded_to - max(offset, self.sent_to) > FAR_BEHIND
        if self.replaying or not (self.held or is_far):
            return None
        self.sent_to, self.held = self.folded_to, False
        return self.folded_to
