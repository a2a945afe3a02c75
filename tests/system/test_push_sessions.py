"""Push shows each broadcast's session, whole, as soon as the log says something of it."""

from collections.abc import AsyncIterator

import orjson
import pytest

from agents.reducers.session_view import view
from schemas.scores import GroupClosed
from schemas.sessions import ScreenTold
from schemas.topics import Topic
from schemas.wire import encode
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import shared_log
from tests.support.push import Push, running_push, said, viewer
from tests.support.stage_log import StageLog


@pytest.fixture
async def push() -> AsyncIterator[Push]:
    kafka = shared_log()
    await ensure_topics(KafkaLog(kafka))
    async with running_push(kafka) as running:
        yield running


async def test_a_viewer_sees_every_turn_of_the_session_with_a_number_that_grows(
    push: Push,
) -> None:
    log = StageLog(push.log)
    await log.write()
    async with viewer(push, "session:county") as connection:
        while (shown := await said(connection))["data"] is None:
            pass
        assert shown["data"]["playback"] == "armed"
        seqs = [shown["seq"]]
        for name, playback in (
            ("start_presentation", "running"),
            ("pause_presentation", "paused"),
            ("resume_presentation", "running"),
            ("finish_presentation", "armed"),
        ):
            log.press(name, 1_000 * len(seqs))
            await log.write()
            shown = await said(connection, "update")
            assert shown["data"]["playback"] == playback
            assert shown["seq"] == shown["data"]["seq"]
            seqs.append(shown["seq"])
        assert seqs == sorted(set(seqs))


async def test_what_is_shown_is_the_fold_of_three_topics_to_the_byte(push: Push) -> None:
    log = StageLog(push.log)
    log.press("start_presentation", 1_000)
    log.say(ScreenTold(at=2_000, id="t", broadcast="county", screen="left", message="slower"))
    log.score(GroupClosed(at=3_000, broadcast="county", group="heads"))
    await log.write()
    wanted = encode(view(log.state, "county"))
    async with viewer(push, "session:county") as connection:
        while True:
            shown = await said(connection)
            if shown["seq"] == log.state.seq("county"):
                break
    assert orjson.dumps(shown["data"]) == wanted


async def test_an_unreadable_message_holds_nothing_up(push: Push) -> None:
    await push.log.send(Topic.SESSIONS, b"{", partition=0)
    log = StageLog(push.log)
    log.ends["sessions"] = 1
    log.press("start_presentation", 1_000)
    await log.write()
    async with viewer(push, "session:county") as connection:
        while (shown := await said(connection))["seq"] != log.state.seq("county"):
            pass
        assert shown["data"]["slot"] == "s1"
