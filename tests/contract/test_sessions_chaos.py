"""Two workers, of which the one that answers is killed or frozen while an operator presses keys."""

import asyncio
import json
import signal
import time
from typing import Any

import pytest

from agents.reducers.live_state import LiveState, step_broadcasts, step_sessions
from agents.reducers.session_view import view
from schemas.addresses import KafkaAddress
from schemas.facts import BroadcastsFact
from schemas.sessions import SessionsMessage
from schemas.topics import Topic
from schemas.wire import decode
from tests.contract.test_sessions import Desk, desk
from tests.support.console import messages, running_console
from tests.support.workers import Worker, Workers

ANSWERS_WITHIN_S = 40.0
BETWEEN = 10

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


async def test_no_press_counts_twice_or_is_forgotten_whoever_answers(
    address: KafkaAddress, workers: Workers
) -> None:
    async with running_console(address) as console:
        held = await desk(console)
        for how in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP):
            await asyncio.to_thread(workers.crew, 2, "pair")
            await press_until_done(held, "start_presentation", "running")
            owner = await owner_of(workers, held)
            owner.send(how)
            await press_until_done(held, "pause_presentation", "paused")
            if how == signal.SIGSTOP:
                owner.send(signal.SIGCONT)
            for _ in range(BETWEEN):
                await press_until_done(held, "resume_presentation", "running")
                await press_until_done(held, "pause_presentation", "paused")
            await press_until_done(held, "finish_presentation", "armed", "finished")
        shown = (await held.look()).json()
    assert shown == shown | json.loads(await folded(address, held))


async def press_until_done(held: Desk, command: str, *wanted: str) -> None:
    """Press as an operator does: look, press, and when nobody knows, look again."""
    deadline = time.monotonic() + ANSWERS_WITHIN_S
    while True:
        shown = await held.look()
        if shown.json()["playback"] in wanted:
            return
        answer = await held.press(command, etag=shown.headers["etag"])
        assert answer.status_code in (200, 409, 412, 503), answer.text
        assert time.monotonic() < deadline, answer.text


async def owner_of(workers: Workers, held: Desk) -> Worker:
    """The worker that answers: the one whose count of answers grows."""
    before = {worker: answered(worker) for worker in workers.live()}
    for command in ("pause_presentation", "resume_presentation"):
        await held.done(command)
    while True:
        grown = [worker for worker, count in before.items() if answered(worker) > count]
        if grown:
            return grown[0]
        await asyncio.sleep(0.05)


def answered(worker: Worker) -> float:
    return worker.metric("tribune_commands_answered_total")


async def folded(address: KafkaAddress, held: Desk) -> bytes:
    """The session as the log alone says it, but what the clock moves and other topics say."""
    state = LiveState()
    shapes: dict[Topic, tuple[Any, Any]] = {
        Topic.BROADCASTS: (step_broadcasts, BroadcastsFact),
        Topic.SESSIONS: (step_sessions, SessionsMessage),
    }
    for topic, (step, shape) in shapes.items():
        for offset, message in enumerate(await messages(address, topic)):
            step(state, offset, decode(json.dumps(message).encode(), shape))
    shown = view(state, held.path.rpartition("/")[2])
    slots = [(slot.id, slot.status, slot.used_ms, slot.paused_ms) for slot in shown.slots]
    assert all(used is None or paused >= 0 for _, _, used, paused in slots)
    return json.dumps({"seq": shown.seq, "playback": shown.playback, "next": shown.next}).encode()
