"""A stand-in evening for looking at the pages: the real pages, boards by the real rules, no log.

    .venv/bin/python -m tests.browser.rehearsal --port 9300 --units 36

Commands on its standard input: `cut` and `mend` the push, `final`, `quit`.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import websockets
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Response, get
from litestar.static_files import create_static_files_router

from agents.reducers.board import rows
from dashboards.pages import page_routes
from schemas.boards import Board, sequence
from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.formulas import SATISFACTION_V1, FormulaRef
from schemas.tallies import RankedUnit, RoundTally
from tests.support.ports import free_port

STATIC = Path(__file__).parents[2] / "dashboards" / "static"
ROUND = "satisfaction-2026"
CHANNEL = f"board:satisfaction:{ROUND}"


@dataclass
class PlayedConfig:
    port: int
    push_port: int
    gateway_port: int
    public_host: str = ""


@dataclass
class Evening:
    """One broadcast with one round, its counts, and who is watching."""

    broadcast: Broadcast
    counts: dict[str, list[int]]
    minimum: int = 30
    status: str = "open"
    seq: int = 1
    late: bool = False
    viewers: set[Any] = field(default_factory=set)
    listening: bool = True

    def board(self) -> Board:
        voting_round = self.broadcast.rounds[0]
        units = self.broadcast.units_of(voting_round)
        definition = RoundTally(
            round=ROUND,
            broadcast=self.broadcast.id,
            title=voting_round.title,
            units=[RankedUnit(unit.id, unit.number) for unit in units],
            formula=SATISFACTION_V1,
            minimum_ballots=self.minimum,
            accepts=["web"],
            status="open",
            closes_at=None,
            final_positions=None,
            incarnation=1,
            position=3,
            at=0,
        )
        total = sum(map(sum, self.counts.values()))
        positions = {
            "votes": {str(n): total // 8 + self.seq for n in range(8)},
            "broadcasts": {"0": 3},
        }
        status = {"open": "live", "closed": "provisional"}.get(self.status, self.status)
        return Board(
            board=f"satisfaction:{ROUND}",
            seq=sequence(1, positions),
            as_of=int(time.time() * 1000),
            status=status,  # type: ignore[arg-type]
            formula=FormulaRef("satisfaction", 1),
            positions=positions,
            rows=rows(definition, self.counts),
            round=ROUND,
            broadcast=self.broadcast.id,
            title=voting_round.title,
            minimum_ballots=self.minimum,
        )

    def message(self, kind: str) -> str:
        board = self.board()
        document = {
            "type": kind,
            "channel": CHANNEL,
            "seq": board.seq,
            "data": msgspec.to_builtins(board),
        }
        return json.dumps(document, ensure_ascii=False)

    async def publish(self) -> None:
        self.seq += 1
        websockets.broadcast(self.viewers, self.message("update"))

    async def hear(self, viewer: Any) -> None:
        if not self.listening:
            await viewer.close()
            return
        try:
            async for text in viewer:
                asked = json.loads(text)
                for channel in asked.get("subscribe", []):
                    await viewer.send(self._snapshot(channel))
                    self.viewers.add(viewer)
                if "time" in asked:
                    await viewer.send(clock(asked["time"]))
        except websockets.ConnectionClosed:
            pass
        finally:
            self.viewers.discard(viewer)

    def _snapshot(self, channel: str) -> str:
        if channel == CHANNEL and self.status != "loaded":
            return self.message("snapshot")
        return json.dumps({"type": "snapshot", "channel": channel, "seq": 0, "data": None})

    def round_document(self) -> dict[str, Any]:
        return {
            "id": ROUND,
            "title": msgspec.to_builtins(self.broadcast.rounds[0].title),
            "broadcast": self.broadcast.id,
            "status": "finalised" if self.status in ("final", "corrected") else self.status,
            "board": f"satisfaction:{ROUND}",
            "accepts": ["wechat", "partner", "web"],
            "opened_at": None if self.status == "loaded" else 1,
            "closes_at": None,
        }


def clock(echo: float) -> str:
    return json.dumps({"type": "time", "now": int(time.time() * 1000), "echo": echo})


def application(evening: Evening | None, config: PlayedConfig) -> Litestar:
    @get("/api/broadcasts/{broadcast:str}", sync_to_thread=False)
    def one(broadcast: str) -> Any:
        if evening is None or broadcast != evening.broadcast.id:
            return Response({"error": {"reason": "unknown_broadcast"}}, status_code=404)
        return msgspec.to_builtins(evening.broadcast)

    @get("/api/broadcasts", sync_to_thread=False)
    def every() -> Any:
        if evening is None:
            return []
        title = msgspec.to_builtins(evening.broadcast.title)
        return [{"id": evening.broadcast.id, "title": title, "retired": False}]

    @get("/api/rounds", sync_to_thread=False)
    def all_rounds() -> Any:
        return [] if evening is None else [evening.round_document()]

    @get("/healthz", sync_to_thread=False)
    def healthz() -> dict[str, bool]:
        return {"ok": True}

    static = create_static_files_router(path="/static", directories=[STATIC])
    return Litestar([*page_routes(config), one, every, all_rounds, healthz, static], openapi_config=None)


@asynccontextmanager
async def rehearsing(
    evening: Evening | None, port: int | None = None
) -> AsyncIterator[PlayedConfig]:
    """Serve the pages and the push until the block ends."""
    config = PlayedConfig(port or free_port(), free_port(), free_port())
    server = Server(application(evening, config), address="127.0.0.1", port=config.port, interface=Interfaces.ASGI, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    watched = evening or Evening(Broadcast("none", Text()), {}, status="loaded")
    async with websockets.serve(watched.hear, "127.0.0.1", config.push_port):
        try:
            yield config
        finally:
            server.stop()
            await serving


def county(count: int, long_names: bool = False) -> Broadcast:
    """Units with believable names, as many as wanted."""
    zh = (
        "住房和城乡建设局 教育局 卫生健康局 公安局 民政局 财政局 人力资源和社会保障局 自然资源局 "
        "生态环境局 交通运输局 水利局 农业农村局 商务局 文化和旅游局 应急管理局 审计局 市场监督管理局 "
        "统计局 医疗保障局 城市管理局 信访局 行政审批服务局 税务局 气象局 城关镇 东河镇 西岭镇 南湖镇 "
        "北山镇 青石镇 白杨镇 柳林乡 石桥镇 龙泉镇 永丰乡 新集镇"
    ).split()
    en = (
        "Housing Bureau|Education Bureau|Health Bureau|Police|Civil Affairs Bureau|Finance Bureau|"
        "Human Resources and Social Security Bureau|Natural Resources Bureau|Environment Bureau|"
        "Transport Bureau|Water Bureau|Agriculture Bureau|Commerce Bureau|Culture and Tourism Bureau|"
        "Emergency Bureau|Audit Bureau|Market Regulation Bureau|Statistics Bureau|"
        "Healthcare Security Bureau|City Management Bureau|Petitions Bureau|Permits Bureau|Tax Bureau|"
        "Weather Bureau|Chengguan Town|Donghe Town|Xiling Town|Nanhu Town|Beishan Town|Qingshi Town|"
        "Baiyang Town|Liulin Township|Shiqiao Town|Longquan Town|Yongfeng Township|Xinji Town"
    ).split("|")
    units = [
        Unit(
            f"u{n}",
            n + 1,
            "department" if n < 24 else "township",
            Text(
                zh[n % 36] + ("（含下属事业单位及派出机构综合服务中心）" if long_names else ""),
                en[n % 36] + (" and its Subordinate Institutions and Agencies" if long_names else ""),
            ),
        )
        for n in range(count)
    ]
    title = Text("青川县 2026 年度述职评议", "Qingchuan County Review 2026")
    return Broadcast(
        "county-2026", title, units, [Round(ROUND, Text("群众满意度评议", "Citizen satisfaction"))]
    )


def random_counts(broadcast: Broadcast, most: int, chance: random.Random) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {}
    for unit in broadcast.units:
        mood = chance.uniform(0.3, 0.9)
        weights = [mood * mood, mood * 0.8, 0.35, (1 - mood) ** 1.5, 0.08]
        drawn = chance.choices(range(5), weights, k=chance.randint(most // 3, most))
        counts[unit.id] = [drawn.count(choice) for choice in range(5)]
    return counts


async def _play(evening: Evening, chance: random.Random) -> None:
    while True:
        for _ in range(12):
            unit = chance.choice(evening.broadcast.units)
            evening.counts[unit.id][chance.choices(range(5), (5, 4, 2, 1, 1))[0]] += 1
        await evening.publish()
        await asyncio.sleep(0.25)


async def _obey(evening: Evening) -> None:
    loop = asyncio.get_running_loop()
    while (command := (await loop.run_in_executor(None, sys.stdin.readline)).strip()) != "quit":
        if command == "cut":
            evening.listening = False
            for viewer in list(evening.viewers):
                await viewer.close()
        elif command == "mend":
            evening.listening = True
        elif command:
            evening.status = command


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9300)
    parser.add_argument("--units", type=int, default=36)
    parser.add_argument("--most", type=int, default=900)
    arguments = parser.parse_args()
    chance = random.Random(7)
    broadcast = county(arguments.units)
    evening = Evening(broadcast, random_counts(broadcast, arguments.most, chance))
    async with rehearsing(evening, arguments.port) as config:
        print(f"http://127.0.0.1:{config.port}/board")
        playing = asyncio.create_task(_play(evening, chance))
        await _obey(evening)
        playing.cancel()


if __name__ == "__main__":
    asyncio.run(main())
