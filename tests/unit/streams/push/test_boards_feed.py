"""What the feed makes of a message of `boards`."""

import orjson
import pytest

from schemas.topics import Topic
from streams.log.interface import Record
from streams.log.memory import MemoryLog
from streams.push.boards_feed import BoardsFeed
from streams.push.fanout import Fanout
from streams.push.frames import Encoder
from streams.push.hub import Hub
from streams.push.metrics import Metrics
from streams.push.viewer import Viewer

ROUND = "satisfaction:spring"


def a_feed(metrics: Metrics) -> BoardsFeed:
    hub: Hub[Viewer] = Hub(Encoder().encode, subscriptions=1, empty_channels=1)
    log = MemoryLog(now_ms=lambda: 1_000)
    return BoardsFeed(log, hub, Fanout(hub, metrics), metrics, lambda: 1_000)


def record(value: bytes | None) -> Record:
    return Record(Topic.BOARDS, 0, 7, 0, None, value)


def board(seq: int, status: str, name: str = ROUND) -> Record:
    return record(orjson.dumps({"board": name, "seq": seq, "status": status}))


def outcomes(metrics: Metrics) -> dict[str, float]:
    [boards] = metrics.boards.collect()
    return {
        sample.labels["outcome"]: sample.value
        for sample in boards.samples
        if sample.name.endswith("_total")
    }


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        (board(1, "live"), "news"),
        (board(0, "live"), "known"),
        (board(1, "live", "presentations:departments"), "news"),
        (board(1, "live", "elsewhere"), "unreadable"),
        (record(None), "unreadable"),
        (record(b'{"board":"satisfaction:spring","seq":1.5}'), "unreadable"),
        (record(b'{"board":"satisfaction:spring","seq":1,"rows":["\xff"]}'), "unreadable"),
    ],
)
async def test_every_message_is_taken_or_counted(message: Record, outcome: str) -> None:
    metrics = Metrics()
    a_feed(metrics).handle(message)
    assert outcomes(metrics) == {outcome: 1}


async def test_silence_counts_while_a_board_may_still_change() -> None:
    feed = a_feed(Metrics())
    assert feed.silence_s() == 0
    feed.handle(board(1, "live"))
    assert feed.silence_s() > 0
    feed.handle(board(2, "final"))
    assert feed.silence_s() == 0


async def test_a_group_that_waits_for_marks_may_be_silent() -> None:
    feed = a_feed(Metrics())
    feed.handle(board(1, "provisional", "presentations:departments"))
    assert feed.silence_s() == 0
