"""Which screens of a hall listen, and how fresh each is: told by themselves, for operators only.

A screen is no more than a name that a viewer gives itself; nothing is kept of one that has gone.
"""

import asyncio
from collections.abc import Callable

from msgspec import Struct

from schemas.sessions import MOST_SCREENS
from schemas.wire import encode
from streams.push.channels import screens_channel
from streams.push.fanout import Fanout
from streams.push.hub import Hub
from streams.push.requests import ScreenReport
from streams.push.viewer import Viewer

TELL_S = 0.25  # as often as an operator can see a difference


class Screen(ScreenReport, frozen=True):
    """A screen as operators see it; `heard_at` is when it last reported (ms)."""

    heard_at: int = 0


class Screens(Struct, frozen=True):
    """Every screen that listens, of one broadcast."""

    screens: list[Screen]


class Presence:
    """The screens that report; operators are told together, a few times a second."""

    def __init__(self, hub: Hub[Viewer], fanout: Fanout, now_ms: Callable[[], int]) -> None:
        self._hub = hub
        self._fanout = fanout
        self._now_ms = now_ms
        self._screens: dict[Viewer, Screen] = {}
        self._touched: set[str] = set()
        self._seq = 0

    def report(self, viewer: Viewer, report: ScreenReport) -> bool:
        """Take a screen's word; False when there are too many of them."""
        if viewer not in self._screens and len(self._screens) >= MOST_SCREENS:
            return False
        self.leave(viewer)
        fields = {name: getattr(report, name) for name in report.__struct_fields__}
        self._screens[viewer] = Screen(**fields, heard_at=self._now_ms())
        self._touched.add(report.broadcast)
        return True

    def leave(self, viewer: Viewer) -> None:
        """Forget a screen that has gone."""
        if (screen := self._screens.pop(viewer, None)) is not None:
            self._touched.add(screen.broadcast)

    def ask(self, broadcast: str) -> None:
        """Tell who has just come to listen."""
        self._touched.add(broadcast)

    def of(self, broadcast: str) -> Screens:
        """The screens of a broadcast."""
        own = [screen for screen in self._screens.values() if screen.broadcast == broadcast]
        return Screens(sorted(own, key=lambda screen: (screen.page, screen.name)))

    def tell(self) -> None:
        """Tell operators what has changed; where none listens, nothing is kept."""
        while self._touched:
            broadcast = self._touched.pop()
            name = screens_channel(broadcast)
            if not self._hub.has_followers(name):
                continue
            self._seq = max(self._seq + 1, self._now_ms())
            channel = self._hub.publish(name, self._seq, encode(self.of(broadcast)))
            if channel is not None:
                self._fanout.announce(channel)

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            self.tell()
            await asyncio.sleep(TELL_S)
