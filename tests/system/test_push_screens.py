"""Screens say who they are over push; only operators hear of them."""

import time
from collections.abc import AsyncIterator

import pytest

from schemas.addresses import KafkaAddress
from streams.tokens import Role, issue
from tests.support.push import SECRET, Push, ask, running_push, said, viewer

CHANNEL = "screens:county"
STATES = ("snapshot", "update")
REPORT = {"broadcast": "county", "name": "左屏", "page": "stage", "view": "clock", "seq": 7}


@pytest.fixture
async def push(broker: KafkaAddress) -> AsyncIterator[Push]:
    async with running_push(broker) as running:
        yield running


def _token(role: Role) -> str:
    return issue(SECRET, role, int(time.time()))


async def test_an_operator_sees_screens_come_report_and_go(push: Push) -> None:
    async with viewer(push) as operator:
        await ask(operator, token=_token("operator"), subscribe=[CHANNEL])
        async with viewer(push) as screen:
            await ask(screen, screen=REPORT)
            while not (seen := (await said(operator, *STATES))["data"]["screens"]):
                pass
            assert seen[0] | REPORT == seen[0]
            assert abs(seen[0]["heard_at"] - time.time() * 1_000) < 60_000
        while (await said(operator, *STATES))["data"]["screens"]:
            pass


@pytest.mark.parametrize("role", [None, "evaluator", "stage", "analyst"])
async def test_nobody_else_follows_the_screens(push: Push, role: Role | None) -> None:
    async with viewer(push) as other:
        if role:
            await ask(other, token=_token(role))
        await ask(other, subscribe=[CHANNEL])
        assert (await said(other, "error", "snapshot"))["reason"] == "needs_operator"
