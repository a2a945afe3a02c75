"""The hub: what each channel says now, who follows it, and what each viewer must be sent (pure).

Of each viewer and channel it knows the number that was sent last. Whoever is behind that is owed
the newest state, whole and once. So a slow viewer skips what is old, nobody goes backward and
nobody is told the same twice, in whatever order publications, sends and stalls come.
"""

from typing import Generic

from streams.push.channels import is_channel
from streams.push.cohorts import NEVER, Channel, Cohort, Encode, Follower, Notice
from streams.push.frames import Frames


class ChannelRefused(Exception):
    """A channel that cannot be followed: a word for why, and a sentence for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


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
        self.notice.begin(place, NEVER if self._stands else self.notice.seq)

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
            ChannelRefused: there can be no such channel, or it is one too many.
        """
        channel = self._channels.get(name) or self._open(name)
        if channel not in place.seen and len(place.seen) > self._most_subscriptions:
            self._close_if_idle(channel)
            raise ChannelRefused(
                "too_many_subscriptions",
                f"one connection follows at most {self._most_subscriptions} channels: "
                "unsubscribe from some, or open another connection",
            )
        channel.begin(place, NEVER)

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

    def stall(self, place: Follower) -> None:
        """Have a viewer stand apart: its socket takes no more."""
        for channel in place.seen:
            channel.step_out(place)

    def settle(self, place: Follower) -> None:
        """Have a viewer stand with all the others wherever it knows what is newest."""
        for channel in place.seen:
            channel.step_in(place)

    def take_all(self, channel: Channel[Follower], cohort: Cohort[Follower]) -> Frames | None:
        """What a cohort must be sent of its channel now; it then counts as sent to all of it."""
        if cohort.seq == channel.seq:
            return None
        cohort.seq = channel.seq
        return channel.update()

    def take_any(self, place: Follower) -> Frames | None:
        """What a viewer must be sent of any channel: the one that had its turn longest ago."""
        for channel, cohort in place.seen.items():
            if cohort.seq < channel.seq:
                return channel.take(place)
        return None

    def has_followers(self, name: str) -> bool:
        """Whether anybody follows a channel."""
        channel = self._channels.get(name)
        return channel is not None and channel.followers() > 0

    def subscriptions(self) -> int:
        """How many viewers follow how many channels, in all."""
        return sum(channel.followers() for channel in self._channels.values())

    def _open(self, name: str) -> Channel[Follower]:
        if not is_channel(name):
            raise ChannelRefused(
                "unknown_channel",
                "a channel is board:satisfaction:ROUND, board:presentations:GROUP, "
                "session:BROADCAST or questions:BROADCAST",
            )
        if self._empty >= self._most_empty:
            raise ChannelRefused(
                "too_many_channels", "nothing is known of this channel yet: try later"
            )
        channel = self._channels[name] = Channel[Follower](name, self._encode)
        self._empty += 1
        return channel

    def _part(self, place: Follower, channel: Channel[Follower]) -> None:
        channel.end(place)
        self._close_if_idle(channel)

    def _close_if_idle(self, channel: Channel[Follower]) -> None:
        if channel.seq == 0 and not channel.followers() and channel is not self.notice:
            del self._channels[channel.name]
            self._empty -= 1
