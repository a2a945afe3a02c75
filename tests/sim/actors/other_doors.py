"""Citizens who vote on the page, and by WeChat, beside those who vote through a partner."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import orjson

from schemas.ballots import CHOICES
from streams.gateway.cookies import NAME
from streams.gateway.http.messages import Reply
from streams.gateway.pseudonyms import Pseudonyms, voter_name
from streams.gateway.wechat.signature import sign
from tests.sim.actors.citizens import ANSWER_WITHIN_S, Acked
from tests.sim.evening import BROADCAST, ROUND
from tests.sim.roles.gateway import ACCOUNT, SECRET, TOKEN, Gateway
from tests.sim.town import Town

CITIZENS = 3
"""At each of the two doors."""
OPENID = "oCitizenOfTheSimulation"
"""What begins every openid: it may stand nowhere in the log."""
WECHAT_TRIES = 3
BETWEEN_S = 1.5


class OtherDoors:
    """All of them; `acked` is what they hold receipts for.

    A ballot of the page has the gateway's time, which nobody else knows: `created_at` is 0.
    """

    def __init__(self, town: Town) -> None:
        self._town = town
        self._world = town.world
        self._chance = town.world.chance_of("other doors")
        self._pseudonyms = Pseudonyms(SECRET)
        self._messages = 0
        self.acked: list[Acked] = []

    async def vote_until(self, stop: asyncio.Event) -> None:
        """Vote, one thing after the other, until told to stop."""
        async with asyncio.TaskGroup() as group:
            for number in range(CITIZENS):
                group.create_task(self._visit(stop))
                group.create_task(self._chat(f"{OPENID}{number}", stop))

    async def _visit(self, stop: asyncio.Event) -> None:
        """Vote on the page; a browser without an answer has no cookie yet, and is another voter."""
        cookie = ""
        while not stop.is_set():
            await asyncio.sleep(self._chance.expovariate(1 / BETWEEN_S))
            unit, choice = self._ballot()
            form = {"round": ROUND, "unit": unit, "choice": CHOICES[choice]}
            body = orjson.dumps(form)
            held = cookie
            reply = await self._ask(lambda role, held=held, body=body: role.post_page(held, body))
            if reply is None:
                continue
            cookie = dict(reply.headers).get("set-cookie", cookie).partition(";")[0]
            if reply.status == 200:
                voter = cookie.removeprefix(f"{NAME}=").partition(".")[0]
                self._hold("web", "", voter, Acked(unit, 0, choice, 0))

    async def _chat(self, openid: str, stop: asyncio.Event) -> None:
        """Vote by WeChat, which brings a message again when it hears no answer."""
        while not stop.is_set():
            await asyncio.sleep(self._chance.expovariate(1 / BETWEEN_S))
            unit, choice = self._ballot()
            number = next(each.number for each in BROADCAST.units if each.id == unit)
            created_s = self._world.now_ms() // 1_000
            body = self._message(openid, created_s, f"{number} {choice + 1}")
            for _ in range(WECHAT_TRIES):
                reply = await self._ask(lambda role, body=body: role.post_wechat(*body))
                if reply is not None:
                    break
            if reply is not None and reply.outcome == "accepted":
                self._hold("wechat", ACCOUNT, openid, Acked(unit, 0, choice, created_s * 1_000))

    def _ballot(self) -> tuple[str, int]:
        return self._chance.choice(BROADCAST.units).id, self._chance.randrange(len(CHOICES))

    def _message(self, openid: str, created_s: int, text: str) -> tuple[dict[str, str], bytes]:
        """A signed callback, as WeChat sends it in plain JSON."""
        self._messages += 1
        timestamp, nonce = str(created_s), str(self._messages)
        query = {"timestamp": timestamp, "nonce": nonce, "signature": sign(TOKEN, timestamp, nonce)}
        fields = {
            "ToUserName": ACCOUNT,
            "FromUserName": openid,
            "CreateTime": created_s,
            "MsgType": "text",
            "Content": text,
            "MsgId": self._messages,
        }
        return query, orjson.dumps(fields)

    def _hold(self, door: str, account: str, voter: str, ballot: Acked) -> None:
        number = self._pseudonyms.of(ROUND, voter_name(door, account, voter))
        self.acked.append(ballot._replace(voter=number))
        self._world.trace.note(f"somebody has a receipt by {door}: {ballot}")

    async def _ask(self, work: Callable[[Gateway], Coroutine[Any, Any, Reply]]) -> Reply | None:
        post = self._chance.choice(self._town.all("gateway"))
        process, role = post.process, post.role
        if process is None or process.is_dead or role is None:
            return None
        try:
            return await self._world.ask(process, lambda: work(role), ANSWER_WITHIN_S)
        except TimeoutError:
            return None
