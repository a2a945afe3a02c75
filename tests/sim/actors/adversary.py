"""Whoever wants the evening to go wrong: kills, freezes, cuts off, sets clocks, writes garbage."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from schemas.catalogue import CATALOGUE
from schemas.topics import Topic
from streams.log.memory import MemoryLog
from tests.sim.aim import Aim, Deed
from tests.sim.roles.archive import ClickHouse
from tests.sim.roles.stage import Microphone
from tests.sim.town import Post, Town
from tests.sim.weather import CALM, storm

GARBAGE = (b"", b"\xff\xfe{", b'{"type":"ballots_cast","at":1,"b":[["r', b"[]", b'{"type":"?"}')
KEPT_MS = 8_000
"""What a retention leaves of a derived topic: in the world an hour, always more than the 5 s after
which everything is said again."""


class Adversary:
    """Acts until stopped, then takes its hands off everything."""

    def __init__(
        self, town: Town, microphone: Microphone | None, clickhouse: ClickHouse | None, aim: Aim
    ) -> None:
        self._town = town
        self._aim = aim
        self._microphone, self._clickhouse = microphone, clickhouse
        self._world = town.world
        self._chance = town.world.chance_of("adversary")
        self._deeds: dict[Deed, Callable[[], Coroutine[Any, Any, None]]] = {
            "kill": self._kill,
            "freeze": self._freeze,
            "part": self._part,
            "take_broker_away": self._take_broker_away,
            "set_clock": self._set_clock,
            "tear": self._tear,
            "forget": self._forget,
            "change_weather": self._change_weather,
        }
        if microphone is not None:
            self._deeds["break_device"] = self._break_device
            self._deeds["touch_device"] = self._touch_device
        if clickhouse is not None:
            self._deeds["take_clickhouse_away"] = self._take_clickhouse_away
        self._under_way: set[asyncio.Task[None]] = set()

    async def act_until(self, stop: asyncio.Event) -> None:
        """Do harm until told to stop."""
        pause_s = self._aim.often_s or self._chance.choice((0.5, 1.5, 4.0))
        able = self._chance.sample(list(self._deeds), self._chance.randint(2, len(self._deeds)))
        able = able if self._aim.deeds is None else list(self._aim.deeds)
        await self._change_weather()
        while not stop.is_set() and able:
            task = asyncio.create_task(self._deeds[self._chance.choice(able)]())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.sleep(self._chance.expovariate(1 / pause_s))

    async def let_go(self) -> None:
        """Mend everything that can be mended."""
        self._world.trace.note("the adversary lets go")
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        self._world.set_weather(CALM)
        self._world.is_broker_away = False
        self._world.parted.clear()
        if self._microphone is not None:
            self._heal(self._microphone)
        if self._clickhouse is not None:
            self._clickhouse.is_away = self._clickhouse.is_flaky = False
        for process, way in self._world.ways.items():
            way.mend()
            if process.is_frozen:
                self._world.thaw(process)

    def _post(self) -> Post:
        """Anybody; workers, on whom most hangs, more often than others."""
        kind = self._aim.at or ("worker" if self._chance.random() < 0.3 else None)
        posts = self._town.all(kind) if kind else list(self._town.posts.values())
        return self._chance.choice(posts)

    async def _kill(self) -> None:
        self._town.kill(self._post())

    async def _freeze(self) -> None:
        process = self._post().process
        if process is not None and not process.is_dead and not process.is_frozen:
            self._world.freeze(process)
            await asyncio.sleep(self._chance.choice(self._aim.frozen_s))
            self._world.thaw(process)

    async def _part(self) -> None:
        """Part a machine from the log; who starts there meanwhile is parted too."""
        post, silently, world = self._post(), self._chance.random() < 0.5, self._world
        world.trace.note(f"{post.name} is parted from the log, {silently=}")
        world.parted.add(post.name)
        world.disturbed.append(world.loop.now_s)
        self._each_way(post.name, lambda way: way.cut(silently=silently))
        await asyncio.sleep(self._chance.choice((0.3, 2.5, 9.0)))
        world.parted.discard(post.name)
        world.disturbed.append(world.loop.now_s)
        if not world.is_broker_away:
            self._each_way(post.name, lambda way: way.mend())

    def _each_way(self, name: str, do: Callable[[MemoryLog], None]) -> None:
        for process, way in self._world.ways.items():
            if process.post == name and not process.is_dead:
                do(way)

    async def _take_broker_away(self) -> None:
        silently = self._chance.random() < 0.5
        self._world.trace.note(f"the broker is away, {silently=}")
        self._world.is_broker_away = True
        self._world.disturbed.append(self._world.loop.now_s)
        for way in self._world.ways.values():
            way.cut(silently=silently)
        await asyncio.sleep(self._chance.choice((0.3, 2.5, 6.0)))
        self._world.trace.note("the broker is back")
        self._world.disturbed.append(self._world.loop.now_s)
        self._world.is_broker_away = False
        for process, way in self._world.ways.items():
            if process.post not in self._world.parted:
                way.mend()

    async def _set_clock(self) -> None:
        post, step_s = self._post(), self._chance.choice((-3.0, -0.2, 0.2, 3.0))
        if post.name.startswith("console"):
            return  # whatever clock it has is the evening's: every deadline is on it
        self._world.trace.note(f"the clock of {post.name} steps by {step_s} s")
        post.clock.ahead_s += step_s

    async def _tear(self) -> None:
        topic = self._chance.choice(list(Topic))
        number = self._chance.randrange(CATALOGUE[topic].partitions)
        if (topic, number) in self._world.broker.partitions:
            self._world.trace.note(f"garbage in {topic} {number}")
            self._world.broker.append(
                (topic, number), None, self._chance.choice(GARBAGE), self._world.now_ms()
            )

    async def _forget(self) -> None:
        for topic in (Topic.TALLIES, Topic.BOARDS):
            partition = self._world.broker.partitions.get((topic, 0))
            if partition is not None:
                oldest = self._world.now_ms() - KEPT_MS
                gone = sum(record.at < oldest for record in partition.records)
                del partition.records[:gone]
                partition.start += gone

    async def _change_weather(self) -> None:
        self._world.set_weather(self._aim.weather or storm(self._chance))
        self._world.trace.note(f"weather: {self._world.weather}")

    async def _break_device(self) -> None:
        microphone = self._microphone
        if microphone is None or microphone.mode != "well":
            return
        microphone.mode = self._chance.choice(("silent", "gone", "well"))
        microphone.delay_s = self._chance.choice((0.0, 0.05, 0.4))
        self._world.trace.note(f"the device is {microphone.mode}, {microphone.delay_s} s late")
        microphone.unwell_until_s = self._world.loop.now_s + 1e9
        microphone.tell()
        await asyncio.sleep(self._chance.choice((0.3, 2.0, 5.0)))
        self._heal(microphone)

    def _heal(self, microphone: Microphone) -> None:
        if microphone.unwell_until_s > self._world.loop.now_s:
            microphone.unwell_until_s = self._world.loop.now_s
        microphone.mode, microphone.delay_s = "well", 0.0
        microphone.tell()

    async def _touch_device(self) -> None:
        microphone = self._microphone
        if microphone is not None:
            microphone.opened_by_hand_s = self._world.loop.now_s
            self._world.trace.note("a hand turns the microphone")
            microphone.turn(not microphone.is_open)

    async def _take_clickhouse_away(self) -> None:
        clickhouse = self._clickhouse
        if clickhouse is not None:
            clickhouse.is_flaky, clickhouse.is_away = True, self._chance.random() < 0.7
            self._world.trace.note(f"ClickHouse is flaky, {clickhouse.is_away=}")
            await asyncio.sleep(self._chance.choice((0.3, 2.5, 6.0)))
            clickhouse.is_away = False
