"""The hub: what each channel says now, who follows it, and what each viewer must be sent (pure).

A viewer's place holds the number that it was sent last of each channel. Whoever is behind that is
owed the newest state, whole and once. So a slow viewer skips what is old, nobody goes backward and
nobody is told the same twice, in whatever order publications, sends and stalls come.
"""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

from streams.push import messages
from streams.push.channels import is_channel
from streams.push.frames import Frames

Follower = TypeVar("Follower", bound="Place")
Encode = Callable[[bytes], Frames]

NEVER = -1
NOTHING = b"null"


class Refused(Exception):
    """A channel that cannot be followed: a word for why, and a sentence for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Place:
    """One viewer's place in the hub: of each channel that it follows, the number sent last."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen: dict[Channel[Any], int] = {}


class Channel(Generic[Follower]):
    """What is said on one channel now, in frames that all its viewers share."""

    __slots__ = ("_encode", "_snapshot", "_update", "data", "followers", "name", "seq")

    def __init__(self, name: str, encode: Encode) -> None:
        self.name = name
        self.seq = 0
        self.data = NOTHING
        self.followers: dict[Follower, None] = {}
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

    def _text(self, kind: messages.Kind) -> bytes:
        return messages.state(kind, self.name, self.seq, self.data)


class Notice(Channel[Follower]):
    """A channel that every viewer follows unasked, and whose state is a message of its own."""

    __slots__ = ()

    def _text(self, kind: messages.Kind) -> bytes:
        return self.data


class Hub(Generic[Follower]):
    """All channels, and who follows them."""

    def __init__(self, encode: Encode, *, subscriptions: int, empty_channels: int) -> None:
        self._encode = encode
        self._most_subscriptions = subscriptions
        self._most_empty = empty_channels
        self._channels: dict[str, Channel[Follower]] = {}
        self._empty = 0
        self._stands = False
        self.notice: Channel[Follower] = Notice("status", encode)

    def join(self, place: Follower) -> None:
        """Give a viewer its place; it is owed the notice if that stands."""
        place.seen[self.notice] = NEVER if self._stands else self.notice.seq
        self.notice.followers[place] = None

    def notify(self, message: bytes, *, stands: bool) -> Channel[Follower]:
        """Tell every viewer something unasked; while it `stands`, newcomers too."""
        self._stands = stands
        self.notice.say(self.notice.seq + 1, message)
        return self.notice

    def leave(self, place: Follower) -> None:
        """Forget a viewer."""
        for channel in list(place.seen):
            self._part(place, channel)

    def subscribe(self, place: Follower, name: str) -> None:
        """Let a viewer follow a channel: it is owed a snapshot, also when it follows it already.

        Raises:
            Refused: there can be no such channel, or it is one too many.
        """
        channel = self._channels.get(name) or self._open(name)
        if channel not in place.seen and len(place.seen) > self._most_subscriptions:
            self._close_if_idle(channel)
            raise Refused(
                "too_many_subscriptions",
                f"one connection follows at most {self._most_subscriptions} channels: "
                "unsubscribe from some, or open another connection",
            )
        place.seen[channel] = NEVER
        channel.followers[place] = None

    def unsubscribe(self, place: Follower, name: str) -> None:
        """Let a viewer follow a channel no longer."""
        if (channel := self._channels.get(name)) is not None and channel in place.seen:
            self._part(place, channel)

    def publish(self, name: str, seq: int, data: bytes) -> Channel[Follower] | None:
        """Take a channel's whole state; returns the channel when its followers must be told."""
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = Channel(name, self._encode)
            self._empty += 1
        was_empty = channel.seq == 0
        if not channel.say(seq, data):
            self._close_if_idle(channel)
            return None
        self._empty -= was_empty
        return channel

    def take_each(
        self, channel: Channel[Follower], places: Iterable[Follower]
    ) -> list[tuple[Follower, Frames]]:
        """What these viewers must be sent of a channel now; it then counts as sent."""
        seq, update = channel.seq, channel.update()
        owed: list[tuple[Follower, Frames]] = []
        for place in places:
            seen = place.seen.get(channel, seq)
            if seen < seq:
                place.seen[channel] = seq
                owed.append((place, update if seen != NEVER else channel.snapshot()))
        return owed

    def take_any(self, place: Follower) -> Frames | None:
        """What a viewer must be sent of any channel: the one that had its turn longest ago."""
        for channel, seen in place.seen.items():
            if seen < channel.seq:
                del place.seen[channel]
                place.seen[channel] = channel.seq
                return channel.update() if seen != NEVER else channel.snapshot()
        return None

    def has_followers(self, name: str) -> bool:
        """Whether anybody follows a channel."""
        channel = self._channels.get(name)
        return channel is not None and bool(channel.followers)

    def subscriptions(self) -> int:
        """How many viewers follow how many channels, in all."""
        return sum(len(channel.followers) for channel in self._channels.values())

    def _open(self, name: str) -> Channel[Follower]:
        if not is_channel(name):
            raise Refused(
                "unknown_channel",
                "a channel is board:satisfaction:ROUND, board:presentations:GROUP, "
                "session:BROADCAST or questions:ID",
            )
        if self._empty >= self._most_empty:
            raise Refused("too_many_channels", "nothing is known of this channel yet: try later")
        channel = self._channels[name] = Channel[Follower](name, self._encode)
        self._empty += 1
        return channel

    def _part(self, place: Follower, channel: Channel[Follower]) -> None:
        del place.seen[channel]
        del channel.followers[place]
        self._close_if_idle(channel)

    def _close_if_idle(self, channel: Channel[Follower]) -> None:
        if channel.seq == 0 and not channel.followers and channel is not self.notice:
            del self._channels[channel.name]
            self._empty -= 1
