"""A partner's app that votes until every ballot is acknowledged, and remembers what must count."""

import asyncio
import base64
import hmac
import json
import random
import secrets
import time
from collections import Counter
from contextlib import suppress

import aiohttp

CHOICES = ("very_satisfied", "satisfied", "average", "not_satisfied", "not_applicable")


def signed(secret: str, partner: str, body: bytes, message_id: str, now: float) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = str(int(now))
    mac = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        "x-tribune-partner": partner,
    }


class Partner:
    """Sends ballots in lists; a list that gets no 200 is sent again, as it was."""

    def __init__(self, url: str, secret: str, name: str = "app", seed: int = 1) -> None:
        self.url, self.secret, self.name = url, secret, name
        self.random = random.Random(seed)
        self.latest: dict[tuple[str, str], tuple[int, str]] = {}
        self.sent = 0
        self.tries = 0

    async def vote(
        self, http: aiohttp.ClientSession, round_id: str, units: list[str], size: int, voters: int
    ) -> None:
        """One list of ballots by random voters, some of whom voted before."""
        now = int(time.time() * 1000)
        ballots = [
            {
                "round": round_id,
                "unit": self.random.choice(units),
                "choice": self.random.choice(CHOICES),
                "voter": f"v{self.random.randrange(voters)}",
                "voted_at": now + self.random.randrange(-60_000, 60_000),
            }
            for _ in range(size)
        ]
        for ballot in ballots:
            self._remember(ballot)
        self.sent += size
        await self._until_acked(http, json.dumps(ballots).encode())

    def _remember(self, ballot: dict[str, object]) -> None:
        """Ballots of one voter and millisecond are left to log order: avoided by the caller."""
        key = (str(ballot["unit"]), str(ballot["voter"]))
        at = int(str(ballot["voted_at"]))
        held = self.latest.get(key)
        if held is not None and held[0] == at:
            at += 1
            ballot["voted_at"] = at
        if held is None or at > held[0]:
            self.latest[key] = (at, str(ballot["choice"]))

    async def _until_acked(self, http: aiohttp.ClientSession, body: bytes) -> None:
        message_id = f"msg_{secrets.token_hex(8)}"
        while True:
            self.tries += 1
            headers = signed(self.secret, self.name, body, message_id, time.time())
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with http.post(f"{self.url}/votes", data=body, headers=headers) as answer:
                    if answer.status == 200:
                        return
                    text = await answer.text()
                    assert answer.status in (429, 503), f"{answer.status}: {text}"
            await asyncio.sleep(0.1)

    def expected(self) -> dict[str, list[int]]:
        """What the board must count by unit: the five counts of the latest choices."""
        found: dict[str, Counter[str]] = {}
        for (unit, _), (_, choice) in self.latest.items():
            found.setdefault(unit, Counter())[choice] += 1
        return {unit: [counter[word] for word in CHOICES] for unit, counter in found.items()}


async def partner_load(
    partner: Partner,
    round_id: str,
    units: list[str],
    stop: asyncio.Event,
    *,
    at_once: int = 4,
    size: int = 20,
    pause_s: float = 0.02,
    voters: int = 20_000,
) -> None:
    """Vote from several connections until `stop`, each list until it is acknowledged."""

    async def one() -> None:
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            while not stop.is_set():
                await partner.vote(http, round_id, units, size, voters)
                await asyncio.sleep(pause_s)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one())
