"""Followers of a log that goes away."""

import asyncio
import logging

import pytest

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.follower import Follower
from streams.log.kafka import KafkaLog
from tests.support.broker import process_of
from tests.support.fakes import until


async def test_who_stops_following_a_dead_broker_leaves_nobody_behind_to_ask_a_new_one(
    own_log: KafkaAddress, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "aiokafka")  # other tests turn it down
    before = asyncio.all_tasks()
    follower = Follower(KafkaLog(own_log), Topic.SESSIONS, lambda _record: None)
    following = asyncio.create_task(follower.run())
    await until(lambda: follower.caught_up)
    process_of(own_log).kill()
    await until(lambda: "Failed fetch messages" in caplog.text)
    following.cancel()
    await asyncio.wait([following])
    assert following.cancelled()
    assert asyncio.all_tasks() - before - {following} == set()
