import asyncio

import pytest

from streams.gateway.answers import Answers


class Asked:
    """Answers when it is let, and counts how often it was asked."""

    def __init__(self) -> None:
        self.times = 0
        self.may_answer = asyncio.Event()

    async def __call__(self) -> str:
        self.times += 1
        await self.may_answer.wait()
        return f"answer {self.times}"


def always(answer: str) -> bool:
    return True


def never(answer: str) -> bool:
    return False


async def test_requests_of_one_id_at_once_are_asked_once() -> None:
    answers, asked = Answers[str](10, lambda: 0.0), Asked()
    tasks = [asyncio.create_task(answers.once("a", asked, never)) for _ in range(5)]
    await asyncio.sleep(0)
    asked.may_answer.set()
    assert await asyncio.gather(*tasks) == ["answer 1"] * 5


async def test_a_lasting_answer_is_given_again() -> None:
    answers, asked = Answers[str](10, lambda: 0.0), Asked()
    asked.may_answer.set()
    assert [await answers.once("a", asked, always) for _ in range(3)] == ["answer 1"] * 3
    assert await answers.once("b", asked, always) == "answer 2"


async def test_another_answer_is_asked_for_anew() -> None:
    answers, asked = Answers[str](10, lambda: 0.0), Asked()
    asked.may_answer.set()
    assert [await answers.once("a", asked, never) for _ in range(2)] == ["answer 1", "answer 2"]


async def test_who_waits_for_one_that_fails_does_not_wait_for_ever() -> None:
    answers, release = Answers[str](10, lambda: 0.0), asyncio.Event()

    async def fails() -> str:
        await release.wait()
        raise RuntimeError("gone")

    first = asyncio.create_task(answers.once("a", fails, always))
    second = asyncio.create_task(answers.once("a", fails, always))
    await asyncio.sleep(0)
    release.set()
    with pytest.raises(RuntimeError):
        await first
    with pytest.raises(asyncio.CancelledError):
        await second
