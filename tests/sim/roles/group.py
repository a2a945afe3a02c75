"""A consumer group in the place of Kafka's and Faust's: who has which partition, and the feed.

As with Faust, committed offsets are a hint (early or late), the feed repeats and leaves out
messages, a member that was frozen goes on with what is another's by now, and one that was killed is
missed only after its session.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from agents.reducers.worker.watchdog import Place
from agents.shells.work import Work
from schemas.catalogue import CATALOGUE
from schemas.topics import Topic
from streams.log.interface import AWAY, Log, Record
from tests.sim.process import Process
from tests.sim.world import Exits, World

SESSION_S = 6.0
BEAT_S = 1.0
LONGEST_JOIN_S = 3.0
WAIT_MS = 500
FOLDED = (Topic.VOTES, Topic.BROADCASTS, Topic.SESSIONS, Topic.SCORES, Topic.TALLIES)
PLACES: tuple[Place, ...] = tuple(
    (topic, number) for topic in FOLDED for number in range(CATALOGUE[topic].partitions)
)


@dataclass(slots=True)
class Sloppiness:
    """Shares of messages that a feed repeats, or leaves out."""

    repeats: float = 0.0
    leaves_out: float = 0.0


@dataclass(slots=True, eq=False)
class Member:
    """A worker in the group; its feed brings it what it is given."""

    process: Process
    work: Work
    log: Log
    beat_s: float
    given: list[Place] = field(default_factory=list)
    positions: dict[Place, int] = field(default_factory=dict)
    held: set[Place] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def hold(self, topic: Topic, partition: int) -> None:
        """Bring nothing more of a partition for now (`agents.shells.fold.Feed`)."""
        self.held.add((topic, partition))
        self.changed.set()

    async def go_on(self, topic: Topic, partition: int, offset: int) -> None:
        """Bring a partition's messages from an offset on."""
        self.held.discard((topic, partition))
        if (topic, partition) in self.positions:
            self.positions[topic, partition] = offset
        self.changed.set()


class Group:
    """The coordinator, in the world; what it tells a member arrives in the member's process."""

    def __init__(self, world: World, sloppiness: Sloppiness) -> None:
        self._world = world
        self._chance = world.chance_of("group")
        self._members: list[Member] = []
        self._committed: dict[Place, int] = {}
        self._generation = 0
        self.sloppiness = sloppiness

    def join(self, member: Member) -> None:
        """Take a member in; the work is dealt out anew a moment later."""
        if member not in self._members:
            self._members.append(member)
            self._later(self._chance.choice((0.0, 0.2, LONGEST_JOIN_S)), self._deal)

    def beat(self, member: Member) -> bool:
        """Hear that a member lives; whether it still is one."""
        member.beat_s = self._world.loop.now_s
        return member in self._members

    def look(self) -> None:
        """Turn out who was not heard for a session."""
        now = self._world.loop.now_s
        gone = [each for each in self._members if now - each.beat_s > SESSION_S]
        if gone:
            self._members = [each for each in self._members if each not in gone]
            self._deal()
        self._world.loop.after(BEAT_S, self.look)

    def commit(self, place: Place, offset: int) -> None:
        """Keep how far a member says that it is."""
        self._committed[place] = offset

    def committed(self, place: Place, end: int) -> int:
        """Where a feed begins: where it ended, or some messages before, or behind."""
        off = self._chance.choice((0, 0, -40, -5, 5))
        return min(max(0, self._committed.get(place, 0) + off), end)

    def _deal(self) -> None:
        if not self._members:
            return
        self._generation += 1
        dealt: dict[int, list[Place]] = {n: [] for n in range(len(self._members))}
        for number, place in enumerate(PLACES):
            dealt[number % len(dealt)].append(place)
        for number, member in enumerate(self._members):
            after_s = self._chance.uniform(0, 0.2)
            self._later(after_s, self._give, member, dealt[number], self._generation)

    def _give(self, member: Member, places: list[Place], generation: int) -> None:
        """Tell a member its part; what is of an older generation is not listened to."""
        if not member.process.is_dead and generation == self._generation:
            context = member.process.context.copy()
            self._world.loop.call_soon(assign, self, member, places, context=context)

    def _later(self, seconds: float, call: Callable[..., None], *arguments: object) -> None:
        self._world.loop.after(seconds, call, *arguments)


def assign(group: Group, member: Member, places: list[Place]) -> None:
    """Give a member its part, in its own process."""
    member.given = places
    broker = group._world.broker  # pyright: ignore[reportPrivateUsage] - of this file
    member.positions = {
        place: group.committed(place, broker.partitions[place].end) for place in places
    }
    member.held.clear()
    member.work.assign(places)
    member.changed.set()


async def take_part(group: Group, member: Member) -> None:
    """Be a member until cancelled."""
    group.join(member)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_beat(group, member))
        for topic in FOLDED:
            tasks.create_task(_feed(group, member, topic))


async def _beat(group: Group, member: Member) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        if not group.beat(member):
            member.work.leave()
            group.join(member)


async def _feed(group: Group, member: Member, topic: Topic) -> None:
    chance = group._world.chance_of(f"feed {member.process.number} {topic}")  # pyright: ignore
    consumer = member.log.consumer()
    try:
        await consumer.start()
    except AWAY as error:
        raise Exits(str(error)) from error
    while True:
        places = [place for place in member.given if place[0] == topic]
        places = [place for place in places if place not in member.held]
        if not places:
            member.changed.clear()
            await member.changed.wait()
            continue
        consumer.assign(places)
        asked = {place: member.positions[place] for place in places}
        for place, offset in asked.items():
            consumer.seek(place, offset)
        found = await consumer.getmany(timeout_ms=WAIT_MS)
        for place, records in found.items():
            if member.positions.get(place) == asked[place]:  # nobody sent it elsewhere meanwhile
                await _bring(group, member, place, records, chance)


async def _bring(
    group: Group, member: Member, place: Place, records: list[Record], chance: Random
) -> None:
    """Hand on what a fetch brought, some of it twice and some of it not."""
    member.positions[place] = records[-1].offset + 1
    brought: list[Record] = []
    for record in records:
        if chance.random() >= group.sloppiness.leaves_out:
            brought.append(record)
        if chance.random() < group.sloppiness.repeats:
            brought.append(record)
    if brought:
        await member.work.folds[place[0]].hear(place[1], brought)
    group.commit(place, records[-1].offset + 1)
