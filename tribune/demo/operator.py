"""The operator's side of the demo: a client of the console's API."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import aiohttp

# 10 s with RETRY_S: as long as a role that was killed may take to come back
TRIES = 40
# A role that comes back is noticed in a quarter of a second
RETRY_S = 0.25
AGAIN = (0, 503)


class CannotPlay(RuntimeError):
    """The evening cannot go on; the text says why."""


class Answer(NamedTuple):
    """What the console answered; status 0: nobody did."""

    status: int
    body: Any


NOBODY = Answer(0, None)  # no status of HTTP: nobody answered


@dataclass(slots=True)
class Operator:
    """A client of the console's API with an operator's token."""

    http: aiohttp.ClientSession
    url: str
    token: str = field(repr=False)

    async def load(self, broadcast: dict[str, Any]) -> None:
        """Load a broadcast; loading the same again changes nothing."""
        await self.sure("POST", "/api/broadcasts", broadcast)

    async def open(self, round_id: str) -> None:
        """Open a round."""
        await self.sure("POST", f"/api/rounds/{round_id}/open")

    async def close(self, round_id: str) -> None:
        """Close a round."""
        await self.sure("POST", f"/api/rounds/{round_id}/close")

    async def get(self, path: str) -> Any:
        """Ask how something stands."""
        return await self.sure("GET", path)

    async def sure(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        """Ask again while the console says that it waits for something.

        Raises:
            CannotPlay: it refuses.
        """
        answer = NOBODY
        for _ in range(TRIES):
            answer = await self.ask(method, path, body, token=token)
            if answer.status not in AGAIN:
                break
            await asyncio.sleep(RETRY_S)
        if not 200 <= answer.status < 300:
            raise CannotPlay(f"the console refused {method} {path}: {told(answer)}")
        return answer.body

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        if_match: int | None = None,
    ) -> Answer:
        """Ask once; an empty `token` is that of anybody."""
        own = self.token if token is None else token
        headers = {"authorization": f"Bearer {own}"} if own else {}
        headers |= {} if if_match is None else {"if-match": f'"{if_match}"'}
        try:
            async with self.http.request(
                method, self.url + path, json=body, headers=headers
            ) as answer:
                return Answer(answer.status, json.loads(await answer.read() or b"null"))
        except (aiohttp.ClientError, OSError, TimeoutError):
            return NOBODY


def told(answer: Answer) -> str:
    """An error's sentence."""
    if isinstance(answer.body, dict) and "error" in answer.body:
        return str(answer.body["error"]["detail"])
    return "no answer" if answer.status == 0 else f"status {answer.status}"
