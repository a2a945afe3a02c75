import asyncio

import pytest

from streams.gateway.wechat.retries import Retries, Settled

COUNTED = Settled("counted", "accepted", 1)
BUSY = Settled("again", "log_unavailable", 1, final=False)


class Work:
    """Counts how often an answer is begun, and makes it when it is let go."""

    def __init__(self, *answers: Settled) -> None:
        self.begun = 0
        self.let_go = asyncio.Event()
        self._answers = answers

    async def __call__(self) -> Settled:
        self.begun += 1
        answer = self._answers[min(self.begun, len(self._answers)) - 1]
        await self.let_go.wait()
        return answer


async def test_three_overlapping_tries_share_one_answer():
    retries, work = Retries(), Work(COUNTED)
    tries = [asyncio.create_task(retries.answer(b"k", work, now=0, within_s=1)) for _ in range(3)]
    await asyncio.sleep(0)
    work.let_go.set()
    assert await asyncio.gather(*tries) == [COUNTED] * 3
    assert work.begun == 1


async def test_a_later_try_gets_the_answer_that_was_given():
    retries, work = Retries(), Work(COUNTED)
    work.let_go.set()
    assert await retries.answer(b"k", work, now=0, within_s=1) is COUNTED
    assert await retries.answer(b"k", work, now=59_999, within_s=0) is COUNTED
    assert work.begun == 1


async def test_another_message_is_another_answer():
    retries, work = Retries(), Work(COUNTED)
    work.let_go.set()
    await retries.answer(b"k", work, now=0, within_s=1)
    await retries.answer(b"other", work, now=0, within_s=1)
    assert work.begun == 2


async def test_what_takes_longer_goes_on_and_is_there_for_the_next_try():
    retries, work = Retries(), Work(COUNTED)
    assert await retries.answer(b"k", work, now=0, within_s=0.001) is None
    work.let_go.set()
    assert await retries.answer(b"k", work, now=5_000, within_s=1) is COUNTED
    assert work.begun == 1


async def test_what_could_not_be_settled_is_tried_again():
    retries, work = Retries(), Work(BUSY, COUNTED)
    work.let_go.set()
    assert await retries.answer(b"k", work, now=0, within_s=1) is BUSY
    assert await retries.answer(b"k", work, now=5_000, within_s=1) is COUNTED


async def test_an_answer_that_fails_is_said_by_its_kind_alone_and_tried_again(caplog):
    retries, work = Retries(), Work(COUNTED)
    work.let_go.set()

    async def fail() -> Settled:
        raise RuntimeError("oCitizen")

    with pytest.raises(RuntimeError):
        await retries.answer(b"k", fail, now=0, within_s=1)
    assert await retries.answer(b"k", work, now=0, within_s=1) is COUNTED
    assert "RuntimeError" in caplog.text
    assert "oCitizen" not in caplog.text


async def test_answers_are_kept_for_a_minute_and_only_so_many():
    retries, work = Retries(most_kept=3), Work(COUNTED)
    work.let_go.set()
    for number in range(10):
        await retries.answer(bytes([number]), work, now=number, within_s=1)
    assert len(retries) == 3
    await retries.answer(b"late", work, now=70_000, within_s=1)
    assert len(retries) == 1
