"""A channel, and its viewers in cohorts: those who were sent the same and take more (pure).

Beside the kernel, most of what a fan-out costs is to fetch what is each viewer's own. A cohort
says once what all of it was sent, and has its sockets in a row: telling it touches nothing else.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from streams.push import messages
from streams.push.frames import Frames

Follower = TypeVar("Follower", bound="Place")
Encode = Callable[[bytes], Frames]

NEVER = -1  # below every number: whoever was sent nothing yet is owed a snapshot
NOTHING = b"null"
# A slice of a fan-out: a millisecond or two, for which everyone else waits.
COHORT = 256


class Place:
    """One viewer's place in the hub: of each channel that it follows, the cohort it stands in.

    `socket` is a number that no other viewer has meanwhile; `deflates` says which form of a frame
    it reads. Both stay as they are while it follows anything.
    """

    __slots__ = ("deflates", "seen", "socket")

    def __init__(self) -> None:
        self.socket = -1
        self.deflates = False
        self.seen: dict[Channel[Any], Cohort[Any]] = {}


class Cohort(Generic[Follower]):
    """Viewers by their sockets; `seq` is the number that each of them was sent last.

    One who stands apart has a cohort without members, only for its number.
    """

    __slots__ = ("deflates", "members", "seq")

    def __init__(self, seq: int, *, deflates: bool = False) -> None:
        self.seq = seq
        self.deflates = deflates
        self.members: dict[int, Follower] = {}

    def takes(self, seq: int, *, deflates: bool) -> bool:
        """Whether one who was sent this number, and reads this form, may join."""
        return self.seq == seq and self.deflates == deflates and len(self.members) < COHORT


class Channel(Generic[Follower]):
    """What is said on one channel now, in frames that all its viewers share, and who they are.

    `apart` are those in no cohort: they do not take more, or are not told yet what is newest.
    """

    __slots__ = ("_encode", "_snapshot", "_update", "apart", "cohorts", "data", "name", "seq")

    def __init__(self, name: str, encode: Encode) -> None:
        self.name = name
        self.seq = 0
        self.data = NOTHING
        self.cohorts: list[Cohort[Follower]] = []
        self.apart: set[Follower] = set()
        self._encode = encode
        self._snapshot: Frames | None = None
        self._update: Frames | None = None

    def say(self, seq: int, data: bytes) -> bool:
        """Take a newer state; an older one, or the same again, is no news."""
        if seq <= self.seq:
            return False
        self.seq, self.data = seq, data
        self._snapshot = self._update = None
        return True

    def snapshot(self) -> Frames:
        """The state, for one who has just come."""
        if self._snapshot is None:
            self._snapshot = self._encode(self._text("snapshot"))
        return self._snapshot

    def update(self) -> Frames:
        """The state, for one who has an older one."""
        if self._update is None:
            self._update = self._encode(self._text("update"))
        return self._update

    def followers(self) -> int:
        """How many follow."""
        return len(self.apart) + sum(len(cohort.members) for cohort in self.cohorts)

    def begin(self, place: Follower, seq: int) -> None:
        """Have a viewer follow, or begin anew, as if it had been sent this number."""
        self.step_out(place)
        place.seen[self] = Cohort(seq)
        self.apart.add(place)

    def end(self, place: Follower) -> None:
        """Forget a viewer."""
        self.step_out(place)
        del place.seen[self]
        self.apart.remove(place)

    def step_out(self, place: Follower) -> None:
        """Have a viewer stand apart, with the number that it was sent last."""
        cohort = place.seen.get(self)
        if cohort is None or place in self.apart:
            return
        del cohort.members[place.socket]
        if not cohort.members:
            self.cohorts.remove(cohort)
        place.seen[self] = Cohort(cohort.seq)
        self.apart.add(place)

    def step_in(self, place: Follower) -> None:
        """Have a viewer stand with others who know what is newest, if it knows that too."""
        if place not in self.apart or place.seen[self].seq != self.seq:
            return
        self.apart.remove(place)
        cohort = self._with_room(place.deflates)
        cohort.members[place.socket] = place
        place.seen[self] = cohort

    def take(self, place: Follower) -> Frames:
        """What a viewer that is behind must be sent; it then counts as sent, to it alone."""
        self.step_out(place)
        was_sent = place.seen[self].seq
        del place.seen[self]  # and back at the end: the other channels have their turn first
        place.seen[self] = Cohort(self.seq)
        return self.snapshot() if was_sent == NEVER else self.update()

    def _with_room(self, deflates: bool) -> Cohort[Follower]:
        for cohort in self.cohorts:
            if cohort.takes(self.seq, deflates=deflates):
                return cohort
        cohort = Cohort[Follower](self.seq, deflates=deflates)
        self.cohorts.append(cohort)
        return cohort

    def _text(self, kind: messages.Kind) -> bytes:
        return messages.state(kind, self.name, self.seq, self.data)


class Notice(Channel[Follower]):
    """A channel that every viewer follows unasked, and whose state is a message of its own."""

    __slots__ = ()

    def _text(self, kind: messages.Kind) -> bytes:
        return self.data
