"""An evening for docs/analysts.md: the same every time, from real frames, in the real engine."""

from collections.abc import Callable, Iterator
from random import Random

from agents.reducers import round_board as boards
from agents.reducers import tally as tallies
from schemas.addresses import ClickHouseAddress
from schemas.ballots import Ballot, encode_frame, read_rows
from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.facts import (
    BroadcastLoaded,
    BroadcastsFact,
    RoundClosed,
    RoundFinalised,
    RoundOpened,
)
from schemas.formulas import SATISFACTION_V1
from schemas.tallies import RankedUnit, RoundStatus, RoundTally
from schemas.topics import VOTE_PARTITIONS, Topic
from schemas.wire import encode
from streams.archive.batches import tell_apart
from streams.archive.store import Store
from streams.log.interface import Record

Draw = Callable[[], float]
UnitLine = tuple[str, str, str, float, float]

ROUND = "satisfaction-2026"
OPENED = 1_797_595_200_000  # 2026-12-18 12:00:00 UTC, eight in the evening in China
CLOSED = OPENED + 60 * 60_000
BROKEN_AT = OPENED + 10 * 60_000
BROKEN = b'{"type":"ballots_cast","at":1797595800'  # as a writer leaves it that dies half-way
BOARD_EVERY_MS = 15 * 60_000
FRAME_EVERY_MS = 2_000
CITIZENS = 3_000
# id, Chinese, English, how far the unit's citizens are from content (0 is best), and the change of
# it over the evening: the presentation of one went well, another's did not.
UNITS: tuple[UnitLine, ...] = (
    ("housing", "住建局", "Housing", 0.34, 0.10),
    ("education", "教育局", "Education", 0.20, 0.0),
    ("health", "卫健局", "Health", 0.22, 0.0),
    ("transport", "交通局", "Transport", 0.36, -0.16),
    ("water", "水利局", "Water", 0.26, 0.0),
    ("culture", "文旅局", "Culture", 0.21, 0.0),
    ("riverside", "临江镇", "Riverside", 0.30, 0.0),
    ("stonebridge", "石桥镇", "Stonebridge", 0.40, 0.0),
)
DOORS = ((0.7, "wechat:county"), (0.9, "partner:county-app"), (1.0, "web"))


def load(clickhouse: ClickHouseAddress) -> None:
    """Make the schema and archive the evening."""
    store = Store(clickhouse, 30)
    store.prepare()
    messages = list(_messages())
    for start in range(0, len(messages), 500):
        told = tell_apart(messages[start : start + 500], CLOSED)
        told.heard += told.letters
        store.insert(told, CLOSED + start)
    store.close()


def _messages() -> Iterator[Record]:
    round_ = Round(ROUND, Text("满意度测评", "Satisfaction"), minimum_ballots=30)
    broadcast = Broadcast("county-2026", Text("县广播问政", "County on air"), _units(), [round_])
    loaded = BroadcastLoaded(at=OPENED - 3_600_000, by="operator:a1b2", broadcast=broadcast)
    facts: list[BroadcastsFact] = [
        loaded,
        RoundOpened(at=OPENED, by="operator:a1b2", round=ROUND, votes_from={}),
        RoundClosed(at=CLOSED, by="operator:a1b2", round=ROUND),
    ]
    folds = [tallies.PartitionTally(number) for number in range(VOTE_PARTITIONS)]
    due = OPENED + BOARD_EVERY_MS
    for message in _votes():
        if message.at >= due:
            yield _board(folds, due, "open", {})
            due += BOARD_EVERY_MS
        if message.value != BROKEN:
            tallies.step(folds[message.partition], message.offset, *read_rows(message.value))
        yield message
    final = {str(fold.partition): fold.folded_to for fold in folds}
    facts.append(RoundFinalised(at=CLOSED + 2_000, by="worker", round=ROUND, positions=final))
    for offset, fact in enumerate(facts):
        yield Record(Topic.BROADCASTS, 0, offset, fact.at, None, encode(fact))
    yield _board(folds, CLOSED + 2_000, "finalised", final)


def _board(
    folds: list[tallies.PartitionTally], at: int, status: RoundStatus, final: dict[str, int]
) -> Record:
    parts = boards.Parts()
    for fold in folds:
        boards.step(parts, fold.tally(ROUND))
    ranked = [RankedUnit(unit.id, unit.number) for unit in _units()]
    definition = RoundTally(
        round=ROUND,
        broadcast="county-2026",
        title=Text("满意度测评", "Satisfaction"),
        units=ranked,
        formula=SATISFACTION_V1,
        minimum_ballots=30,
        accepts=["wechat", "partner", "web"],
        status=status,
        closes_at=None,
        final_positions=final or None,
        incarnation=1,
        position=4 if final else 2,
        at=at,
    )
    boards.step(parts, definition)
    made = boards.board(parts, ROUND)
    assert made is not None
    return Record(Topic.BOARDS, 0, 0, at, None, encode(made))


def _units() -> list[Unit]:
    return [
        Unit(name, number, "township" if number > 6 else "department", Text(zh, en))
        for number, (name, zh, en, _, _) in enumerate(UNITS, 1)
    ]


def _votes() -> Iterator[Record]:
    """Frames in the order in which they arrived, and two messages that nobody can read."""
    next_offsets = [0] * VOTE_PARTITIONS
    frames: dict[tuple[int, int], list[Ballot]] = {}
    for received_at, ballot in sorted(_ballots(Random(2026).random)):
        place = received_at // FRAME_EVERY_MS, ballot.voter % VOTE_PARTITIONS
        frames.setdefault(place, []).append(ballot)
    for (slot, partition), ballots in frames.items():
        at = (slot + 1) * FRAME_EVERY_MS
        broken = slot == BROKEN_AT // FRAME_EVERY_MS and partition in (2, 5)
        for value in [BROKEN, encode_frame(at, ballots)] if broken else [encode_frame(at, ballots)]:
            yield Record(Topic.VOTES, partition, next_offsets[partition], at, None, value)
            next_offsets[partition] += 1


def _ballots(draw: Draw) -> Iterator[tuple[int, Ballot]]:
    for citizen in range(CITIZENS):
        voter = (citizen << 30) + int(draw() * (1 << 30))
        chance = draw()
        source = next(name for bound, name in DOORS if chance < bound)
        began_at = OPENED + int(draw() ** 1.6 * 0.9 * (CLOSED - OPENED))
        for place, unit in enumerate(UNITS):
            if draw() < 0.45:
                created_at = began_at + place * 4_000 + int(draw() * 3_000)
                yield from _judged(draw, voter, unit, created_at, source)


def _judged(
    draw: Draw, voter: int, unit: UnitLine, created_at: int, source: str
) -> Iterator[tuple[int, Ballot]]:
    name, _, _, discontent, change = unit
    while (received_at := created_at + 80 + int(draw() ** 6 * 9_000)) < CLOSED:
        share = discontent + change * (created_at - OPENED) / (CLOSED - OPENED)
        choice = 4 if draw() < 0.06 else _choice(draw(), share)
        yield received_at, Ballot(ROUND, name, voter, choice, created_at, source)
        if draw() > 0.08:
            return
        created_at += 60_000 + int(draw() * 900_000)


def _choice(chance: float, discontent: float) -> int:
    bounds = (1 - 1.9 * discontent, 1 - 0.9 * discontent, 1 - 0.35 * discontent)
    return sum(chance >= bound for bound in bounds)
