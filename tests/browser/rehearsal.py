"""The real pages over a stand-in evening: for their looks, and for states that are hard to reach.

    .venv/bin/python -m tests.browser.rehearsal --port 9300 --units 36

Words on its standard input: `cut` and `mend` the push, a phase of the round, `quit`.
"""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import websockets
from litestar import Response, get
from litestar.params import FromPath

from tests.browser.evening import BOARD, Evening, county, now_ms, voted
from tests.browser.serving import Ports, serving
from tests.support.ports import free_port

CHANNEL = f"board:{BOARD}"


@dataclass
class Stage:
    """The push of a rehearsal: what is said of the evening, and to whom."""

    evening: Evening | None
    viewers: set[Any] = field(default_factory=set)
    listening: bool = True

    async def publish(self) -> None:
        if self.evening:
            self.evening.edition += 1
            websockets.broadcast(self.viewers, self._message("update", CHANNEL))

    def tell(self, message: dict[str, Any]) -> None:
        websockets.broadcast(self.viewers, json.dumps(message))

    async def cut(self) -> None:
        self.listening = False
        for viewer in list(self.viewers):
            await viewer.close()

    async def hear(self, viewer: Any) -> None:
        if not self.listening:
            await viewer.close()
            return
        try:
            async for text in viewer:
                await self._answer(viewer, json.loads(text))
        except websockets.ConnectionClosed:
            pass
        finally:
            self.viewers.discard(viewer)

    async def _answer(self, viewer: Any, asked: dict[str, Any]) -> None:
        for channel in asked.get("subscribe", []):
            await viewer.send(self._message("snapshot", channel))
            self.viewers.add(viewer)
        if "time" in asked:
            clock = {"type": "time", "now": now_ms(), "echo": asked["time"]}
            await viewer.send(json.dumps(clock))

    def _message(self, kind: str, channel: str) -> str:
        message: dict[str, Any] = {"type": kind, "channel": channel, "seq": 0, "data": None}
        if self.evening and channel == CHANNEL and self.evening.phase != "loaded":
            board = self.evening.board()
            message |= {"seq": board.seq, "data": msgspec.to_builtins(board)}
        return json.dumps(message, ensure_ascii=False)


def answers(evening: Evening | None) -> list[Any]:
    @get("/api/broadcasts/{broadcast:str}", sync_to_thread=False)
    def one_broadcast(broadcast: FromPath[str]) -> Any:
        if evening is None or broadcast != evening.broadcast.id:
            return Response({"error": {"reason": "unknown_broadcast"}}, status_code=404)
        return msgspec.to_builtins(evening.broadcast)

    @get("/api/broadcasts", sync_to_thread=False)
    def all_broadcasts() -> Any:
        if evening is None:
            return []
        title = msgspec.to_builtins(evening.broadcast.title)
        return [{"id": evening.broadcast.id, "title": title, "retired": False}]

    @get("/api/rounds", sync_to_thread=False)
    def all_rounds() -> Any:
        return [evening.standing()] if evening else []

    @get("/healthz", sync_to_thread=False)
    def healthz() -> dict[str, bool]:
        return {"ok": True}

    return [one_broadcast, all_broadcasts, all_rounds, healthz]


@asynccontextmanager
async def rehearsing(
    evening: Evening | None, port: int | None = None
) -> AsyncIterator[tuple[Ports, Stage]]:
    """Serve the pages and the push until the block ends."""
    ports, stage = Ports(port or free_port()), Stage(evening)
    async with serving(ports, answers(evening), stage.hear):
        yield ports, stage


async def _play(stage: Stage, evening: Evening, chance: random.Random) -> None:
    while True:
        for unit in chance.choices(evening.broadcast.units, k=12):
            evening.counts[unit.id][chance.choices(range(5), (5, 4, 2, 1, 1))[0]] += 1
        await stage.publish()
        await asyncio.sleep(0.25)


async def _obey(stage: Stage, evening: Evening) -> None:
    loop = asyncio.get_running_loop()
    while (word := (await loop.run_in_executor(None, sys.stdin.readline)).strip()) != "quit":
        if word == "cut":
            await stage.cut()
        elif word == "mend":
            stage.listening = True
        elif word:
            evening.phase = word  # type: ignore[assignment]


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9300)
    parser.add_argument("--units", type=int, default=36)
    parser.add_argument("--most", type=int, default=900)
    arguments = parser.parse_args()
    chance = random.Random(7)
    evening = voted(county(arguments.units), arguments.most, chance)
    async with rehearsing(evening, arguments.port) as (ports, stage):
        print(f"{ports.url}/board")
        playing = asyncio.create_task(_play(stage, evening, chance))
        await _obey(stage, evening)
        playing.cancel()


if __name__ == "__main__":
    asyncio.run(main())
