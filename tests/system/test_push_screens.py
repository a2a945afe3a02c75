"""Screens say who they are over push; only operators hear of them."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from schemas.addresses import KafkaAddress
from streams.tokens import Role, issue
from tests.support.push import SECRET, Push, ask, running_push, said, viewer

CHANNEL = "screens:county"
REPORT = {"broadcast": "county", "name": "左屏", "page": "stage", "view": "clock", "seq": 7}


@pytest.fixture
async def push(broker: KafkaAddress) -> AsyncIterator[Push]:
    async with running_push(broker) as running:
        yield running


def _token(role: Role) -> str:
    return issue(SECRET, role, int(time.time()))


async def _screens(operator: ClientConnection, count: int) -> list[dict[str, Any]]:
    """What the operator is told once so many screens are there."""
    while True:
        told = (await said(operator, "snapshot", "update"))["data"]
        if told is not None and len(told["screens"]) == count:
            return told["screens"]


async def test_an_operator_sees_screens_come_report_and_go(push: Push) -> None:
    async with viewer(push) as operator:
        await ask(operator, token=_token("operator"), subscribe=[CHANNEL])
        async with viewer(push) as screen:
            await ask(screen, screen=REPORT)
            [seen] = await _screens(operator, 1)
            assert seen | REPORT == seen
            assert abs(seen["heard_at"] - time.time() * 1_000) < 60_000
        await _screens(operator, 0)


@pytest.mark.parametrize("role", [None, "evaluator", "stage", "analyst"])
async def test_nobody_else_follows_the_screens(push: Push, role: Role | None) -> None:
    async with viewer(push) as other:
        if role:
            await ask(other, token=_token(role))
        await ask(other, subscribe=[CHANNEL])
        assert (await said(other, "error", "snapshot"))["reason"] == "needs_operator"
