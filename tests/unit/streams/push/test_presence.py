from collections.abc import Callable
from typing import Any, cast

import msgspec
import pytest

from schemas.wire import Unreadable
from streams.push.cohorts import Place
from streams.push.fanout import Fanout
from streams.push.frames import Encoder
from streams.push.hub import Hub
from streams.push.metrics import Metrics
from streams.push.presence import MOST_SCREENS, Presence
from streams.push.requests import ScreenReport, read_ask
from streams.push.viewer import Viewer

CHANNEL = "screens:county"


class Hall:
    """Presence over a hub, without sockets."""

    def __init__(self, now_ms: Callable[[], int] = lambda: 1_000) -> None:
        self.hub = Hub[Viewer](Encoder().encode, subscriptions=8, empty_channels=8)
        self.presence = Presence(self.hub, Fanout(self.hub, Metrics()), now_ms)

    def comes(self) -> Viewer:
        place = cast(Viewer, Place())
        self.hub.join(place)
        return place

    def told(self, operator: Viewer) -> list[str]:
        self.presence.tell()
        frames = self.hub.take_any(operator)
        assert frames is not None
        start = frames.plain.index(b"{")
        message: dict[str, Any] = msgspec.json.decode(frames.plain[start:])
        return [screen["name"] for screen in message["data"]["screens"]]


def _report(name: str, broadcast: str = "county") -> ScreenReport:
    return ScreenReport(broadcast, name, "stage", "clock", 7)


async def test_operators_see_who_listens_and_who_has_gone() -> None:
    hall = Hall()
    operator, left, right = hall.comes(), hall.comes(), hall.comes()
    hall.hub.subscribe(operator, CHANNEL)
    hall.presence.report(left, _report("left"))
    hall.presence.report(right, _report("right"))
    assert hall.told(operator) == ["left", "right"]
    hall.presence.leave(left)
    assert hall.told(operator) == ["right"]


async def test_a_screen_that_changes_its_name_is_one_screen() -> None:
    hall = Hall()
    operator, screen = hall.comes(), hall.comes()
    hall.hub.subscribe(operator, CHANNEL)
    hall.presence.report(screen, _report("left"))
    hall.presence.report(screen, _report("right"))
    assert hall.told(operator) == ["right"]


async def test_nothing_is_said_or_kept_where_no_operator_listens() -> None:
    hall = Hall()
    hall.presence.report(hall.comes(), _report("left", "another"))
    hall.presence.tell()
    assert not hall.hub.has_followers("screens:another")
    assert hall.presence.of("another").screens[0].heard_at == 1_000


async def test_one_screen_too_many_is_refused() -> None:
    hall = Hall()
    assert all(hall.presence.report(hall.comes(), _report("s")) for _ in range(MOST_SCREENS))
    assert not hall.presence.report(hall.comes(), _report("s"))


@pytest.mark.parametrize("name", ["", "x" * 41, 7])
async def test_a_name_that_is_none_is_refused(name: object) -> None:
    screen = {"broadcast": "county", "name": name, "page": "stage", "view": "clock", "seq": 1}
    with pytest.raises(Unreadable):
        read_ask(msgspec.json.encode({"screen": screen}))
