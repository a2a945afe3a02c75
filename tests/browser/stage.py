"""The stage's pages over a stand-in presentation day, without a log.

.venv/bin/python -m tests.browser.stage --port 9400
"""

import argparse
import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import websockets
from litestar import Request, Response, get, post, put
from litestar.params import FromPath

from dashboards.pages.evaluator_cards import cards
from tests.browser.day import Day
from tests.browser.evening import now_ms
from tests.browser.serving import Ports, serving
from tests.support.fakes import until
from tests.support.ports import free_port

AnyRequest = Request[Any, Any, Any]


@dataclass
class Hall:
    """The push and the console of a day: who looks, and what is told to all."""

    day: Day
    viewers: dict[Any, set[str]] = field(default_factory=dict)
    screens: dict[Any, dict[str, Any]] = field(default_factory=dict)
    listening: bool = True
    answering: bool = True
    card: tuple[int, str] | None = None  # how every card is refused
    marks: dict[str, dict[str, Any]] = field(default_factory=dict)
    puts: int = 0
    decks: dict[str, list[bytes]] = field(default_factory=dict)
    revoked: dict[str, int] = field(default_factory=dict)

    async def publish(self) -> None:
        """Tell every viewer what it follows."""
        for viewer, channels in list(self.viewers.items()):
            for channel in channels:
                await viewer.send(self._message("update", channel))

    async def cut(self) -> None:
        """Close on every viewer, and let nobody in."""
        self.listening = False
        for viewer in list(self.viewers):
            await viewer.close()

    async def until_marked(self, slot: str, entry: dict[str, Any]) -> None:
        """Wait until the console has just this of the evaluator's."""
        await until(lambda: self.marks.get(slot) == entry)

    async def hear(self, viewer: Any) -> None:
        if not self.listening:
            await viewer.close()
            return
        self.viewers[viewer] = set()
        try:
            async for text in viewer:
                await self._answer(viewer, json.loads(text))
        except websockets.ConnectionClosed:
            pass
        finally:
            self.viewers.pop(viewer, None)
            self.screens.pop(viewer, None)

    async def _answer(self, viewer: Any, asked: dict[str, Any]) -> None:
        for channel in asked.get("subscribe", []):
            self.viewers[viewer].add(channel)
            await viewer.send(self._message("snapshot", channel))
        if "screen" in asked:
            self.screens[viewer] = asked["screen"] | {"heard_at": now_ms()}
            await self.publish()
        if "time" in asked:
            await viewer.send(json.dumps({"type": "time", "now": now_ms(), "echo": asked["time"]}))

    def _message(self, kind: str, channel: str) -> str:
        data: Any = None
        if channel.startswith("session:"):
            data = self.day.view()
        elif channel.startswith("screens:"):
            data = {"screens": list(self.screens.values())}
        elif channel.startswith("board:presentations:"):
            board = self.day.board(channel.removeprefix("board:presentations:"))
            data = board if board["revealed"] else None
        message = {"type": kind, "channel": channel, "seq": self.day.seq, "data": data}
        return json.dumps(message, ensure_ascii=False)


def _refused(status: int, reason: str) -> Response[Any]:
    error = {"reason": reason, "field": None, "detail": ""}
    return Response({"error": error}, status_code=status)


def answers(hall: Hall) -> list[Any]:
    day = hall.day

    @get("/api/time", sync_to_thread=False)
    def time() -> dict[str, int]:
        return {"now": now_ms()}

    @get("/api/broadcasts", sync_to_thread=False)
    def broadcasts() -> Any:
        title = msgspec.to_builtins(day.broadcast.title)
        return [{"id": day.broadcast.id, "title": title, "retired": False}]

    @get("/api/broadcasts/{broadcast:str}", sync_to_thread=False)
    def broadcast(broadcast: FromPath[str]) -> Any:
        return msgspec.to_builtins(day.broadcast)

    @get("/api/broadcasts/{broadcast:str}/session", sync_to_thread=False)
    def session(broadcast: FromPath[str]) -> Any:
        return Response(day.view(), headers={"ETag": f'"{day.seq}"'})

    @post("/api/broadcasts/{broadcast:str}/commands", status_code=200)
    async def commands(broadcast: FromPath[str], request: AnyRequest) -> Any:
        seen = request.headers.get("if-match", "").strip('"')
        if seen and int(seen) != day.seq:
            error = {"reason": "changed", "field": None, "detail": "somebody acted first"}
            return Response({"error": error}, status_code=412, headers={"ETag": f'"{day.seq}"'})
        refused = day.give(json.loads(await request.body()))
        if refused is not None:
            error = {"reason": refused.reason, "field": None, "detail": refused.detail}
            return Response({"error": error}, status_code=409)
        day.confirm()
        await hall.publish()
        return day.view()

    @post("/api/broadcasts/{broadcast:str}/screens/{name:str}", status_code=200)
    async def screens(broadcast: FromPath[str], name: FromPath[str], request: AnyRequest) -> Any:
        day.tell(name, json.loads(await request.body()))
        await hall.publish()
        return day.view()

    @post("/api/devices/{device:str}/simulation", status_code=200)
    async def simulation(device: FromPath[str], request: AnyRequest) -> Any:
        if "simulated" not in day.devices[device]:
            return _refused(409, "not_simulated")
        day.behave(device, json.loads(await request.body()))
        await hall.publish()
        return {"stages": {}}

    @post("/api/broadcasts/{broadcast:str}/pages", status_code=204)
    async def pages(broadcast: FromPath[str], request: AnyRequest) -> None:
        turned = json.loads(await request.body())
        day.turn(turned["slot"], turned["page"])
        await hall.publish()

    @post("/api/groups/{group:str}/close", status_code=200)
    async def close(group: FromPath[str]) -> Any:
        day.close(group)
        await hall.publish()
        return {}

    @post("/api/groups/{group:str}/reveal", status_code=200)
    async def reveal(group: FromPath[str], request: AnyRequest) -> Any:
        day.reveal(group, json.loads(await request.body())["rows"])
        await hall.publish()
        return {}

    @get("/api/broadcasts/{broadcast:str}/ledger", sync_to_thread=False)
    def read_ledger(broadcast: FromPath[str]) -> Any:
        return day.ledger()

    @get("/api/broadcasts/{broadcast:str}/decks", sync_to_thread=False)
    def list_decks(broadcast: FromPath[str]) -> Any:
        return [
            {"slot": slot, "pages": len(pages), "version": "v1"}
            for slot, pages in hall.decks.items()
        ]

    @get("/api/slots/{slot:str}/deck", sync_to_thread=False)
    def read_deck(slot: FromPath[str]) -> Any:
        if slot not in hall.decks:
            return Response({"error": {"reason": "no_deck"}}, status_code=404)
        return {"slot": slot, "pages": len(hall.decks[slot]), "version": "v1"}

    @get("/api/slots/{slot:str}/deck/{page:int}", sync_to_thread=False)
    def read_page(slot: FromPath[str], page: FromPath[int]) -> Response[bytes]:
        return Response(hall.decks[slot][page - 1], media_type="image/webp")

    @get("/api/slots/{slot:str}/deck/{page:int}/live", sync_to_thread=False)
    def read_live_page(slot: FromPath[str], page: FromPath[int]) -> Any:
        if (slot, page) != (day.session.current, day.pages.get(slot, 1)):
            return _refused(404, "not_on_air")
        if slot not in hall.decks:
            return _refused(404, "no_deck")
        return Response(hall.decks[slot][page - 1], media_type="image/webp")

    @get("/api/marks", sync_to_thread=False)
    def own_marks() -> Any:
        if hall.card:
            return _refused(*hall.card)
        evaluator = msgspec.to_builtins(day.broadcast.evaluators[0])
        return {"evaluator": evaluator, "broadcast": day.broadcast.id, "slots": hall.marks}

    @put("/api/slots/{slot:str}/marks")
    async def marks(slot: FromPath[str], request: AnyRequest) -> Any:
        if not hall.answering:
            return _refused(503, "log_unavailable")
        if hall.card:
            return _refused(*hall.card)
        hall.puts += 1
        hall.marks[slot] = json.loads(await request.body())
        return hall.marks[slot]

    @get("/api/boards/{board:str}", sync_to_thread=False)
    def board(board: FromPath[str], request: AnyRequest) -> Any:
        group, whole = board.removeprefix("presentations:"), "authorization" in request.headers
        return day.board(group, whole=whole)

    @get("/api/boards/{board:str}/versions/{version:int}", sync_to_thread=False)
    def old_board(board: FromPath[str], version: FromPath[int]) -> Any:
        if not hall.answering:
            return _refused(503, "archive_unavailable")
        group = board.removeprefix("presentations:")
        found = day.board(group) | {"version": version}
        return found | {"corrections": found["corrections"][: version - 1]}

    @get("/api/broadcasts/{broadcast:str}/evaluators", sync_to_thread=False)
    def evaluators(broadcast: FromPath[str]) -> Any:
        return [
            msgspec.to_builtins(each) | {"revoked_at": hall.revoked.get(each.id)}
            for each in day.broadcast.evaluators
        ]

    @post(
        "/api/broadcasts/{broadcast:str}/evaluators/{evaluator:str}/revoke",
        status_code=200,
        sync_to_thread=False,
    )
    def revoke(broadcast: FromPath[str], evaluator: FromPath[str]) -> Any:
        hall.revoked[evaluator] = now_ms()
        return {}

    @get("/api/broadcasts/{broadcast:str}/cards", media_type="text/html", sync_to_thread=False)
    def print_cards(broadcast: FromPath[str], request: AnyRequest) -> str:
        only = request.query_params["evaluator"]
        return cards(day.broadcast, "en", lambda who: f"/judge#{who.id}", only=only)

    api = [time, broadcasts, broadcast, session, commands, screens, pages, close, reveal, board]
    api += [own_marks, marks, read_ledger, list_decks, read_deck, read_page, read_live_page]
    return [*api, simulation, evaluators, revoke, print_cards, old_board]


@asynccontextmanager
async def staging(day: Day, port: int | None = None) -> AsyncGenerator[tuple[Ports, Hall]]:
    """Serve the stage's pages and their push until the block ends."""
    ports, hall = Ports(port or free_port()), Hall(day)
    async with serving(ports, answers(hall), hall.hear):
        yield ports, hall


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9400)
    arguments = parser.parse_args()
    day = Day(devices={"hall": {}, "broadcast": {}})
    async with staging(day, arguments.port) as (ports, _):
        print(f"{ports.url}/operator#token=any")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
