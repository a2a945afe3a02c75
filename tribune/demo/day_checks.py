"""What must be true after the presentation day, each checked from outside, in a sentence."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from agents.reducers.group_board import board_name
from schemas.addresses import ClickHouseAddress, KafkaAddress
from schemas.seals import GroupKey
from streams.log.kafka import KafkaLog
from tribune.demo import warnings
from tribune.demo.board_screen import percentile
from tribune.demo.checks import Check, ask
from tribune.demo.cuts import Slot, lateness, read, wrong
from tribune.demo.day import Day
from tribune.demo.evaluators import expected
from tribune.demo.short_day import Turn
from tribune.demo.warnings import Warned
from tribune.proof.recompute import CannotRecompute, recompute
from tribune.proof.reconcile import reconcile

# A hundred times `linger_ms` of the archive
ARCHIVED_WITHIN_S = 20.0
# As often as the archive writes
LOOK_S = 0.25
UNEQUAL: dict[Turn, list[str]] = {"paused": ["paused"], "added": ["added"]}
"""What the ledger must say of a slot by what happened in it; of the others nothing."""
LATE = ("warning_late", "cut_late")
"""How slow this machine was is checked by itself, with bounds of its own."""

PRESENTATIONS = """
SELECT slot, toUnixTimestamp64Milli(started_at) AS started_at,
    toUnixTimestamp64Milli(finished_at) AS finished_at,
    toUnixTimestamp64Milli(warned_at) AS warned_at,
    allotted_ms, added_ms, used_ms, overtime_ms, paused_ms
FROM tribune.presentations WHERE broadcast = '{broadcast}' FORMAT JSONEachRow
SETTINGS output_format_json_quote_64bit_integers = 0
"""
CUTS = """
SELECT slot, device, toUnixTimestamp64Milli(planned_at) AS planned_at,
    toUnixTimestamp64Milli(sent_at) AS sent_at,
    toUnixTimestamp64Milli(confirmed_at) AS confirmed_at, attempts
FROM tribune.cues WHERE broadcast = '{broadcast}' AND cue = 'cut' FORMAT JSONEachRow
SETTINGS output_format_json_quote_64bit_integers = 0
"""
FACTS = """
SELECT offset, value FROM tribune.log
WHERE topic = 'sessions' AND JSONExtractString(ifNull(value, ''), 'broadcast') = '{broadcast}'
ORDER BY offset FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0
"""
AS_ARCHIVED = (
    "started_at",
    "finished_at",
    "warned_at",
    "allotted_ms",
    "added_ms",
    "used_ms",
    "overtime_ms",
    "paused_ms",
)
CUT_TIMES = ("planned_at", "sent_at", "confirmed_at", "attempts")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the log and the archive are, and what opens a group."""

    kafka: KafkaAddress
    clickhouse: ClickHouseAddress
    group_key: GroupKey = field(repr=False)


async def examine_day(
    day: Day, servers: Servers, http: aiohttp.ClientSession
) -> tuple[list[Check], dict[str, Any]]:
    """Check everything, and give the figures of the day."""
    path = f"/api/broadcasts/{day.broadcast['id']}/ledger"
    ledger = {row["slot"]: row for row in (await day.operator.get(path))["rows"]}
    rows = [ledger[slot["id"]] for slot in day.short.slots]
    archived = await _as_archived(day, rows, servers.clickhouse, http)
    facts = await _facts(day, servers.clickhouse, http)
    found = _by_slot(day, read(facts))
    checks = [
        _played(rows),
        _warned_in_time(day, warnings.read(fact for _, fact in facts)),
        _cut_on_time(day, found),
        _equal_treatment(day, rows),
        archived,
        _sealed(day),
        _ranked(day),
        *[await _made_again(group["id"], servers) for group in day.short.groups],
    ]
    return checks, _figures(day, found)


def _played(rows: list[Row]) -> Check:
    done = sum(row["status"] == "done" for row in rows)
    return Check(
        "every presentation was held", done == len(rows), f"{done} of {len(rows)} are done"
    )


def _warned_in_time(day: Day, found: dict[str, Warned]) -> Check:
    slots = {slot["id"]: found.get(slot["id"], Warned()) for slot in day.short.slots}
    problems = [problem for name, slot in slots.items() for problem in warnings.wrong(name, slot)]
    late = warnings.lateness(slots.values())
    detail = f"{len(late)} warnings, given at most {max(late, default=0)} ms after they were due"
    name = "every presenter was warned before the end, by their own time, none early"
    return Check(name, not problems, _said(problems, detail))


def _cut_on_time(day: Day, found: dict[str, Slot]) -> Check:
    devices = (day.screen.state or {})["microphone"]["devices"].keys()
    problems = [f"{name}: not read back as off" for name in day.seen.not_cut]
    for slot in day.short.slots:
        problems += wrong(slot["id"], found.get(slot["id"], Slot()), devices)
    late = lateness(found.values())
    count = len(devices) * len(day.short.slots)
    detail = f"{count} cuts, at the limit sent at most {max(late, default=0)} ms after it"
    return Check(
        "every microphone was cut, on time, none early", not problems, _said(problems, detail)
    )


def _equal_treatment(day: Day, rows: list[Row]) -> Check:
    problems: list[str] = []
    for row in rows:
        wanted = UNEQUAL.get(day.turns[row["slot"]], [])
        found = [word for word in row["unequal"] if word not in LATE]
        if found != wanted:
            problems.append(f"{row['slot']}: {found}, not {wanted}")
    return Check(
        "the ledger marks who got more or was paused, and nobody else",
        not problems,
        _said(problems, f"{len(rows)} rows"),
    )


async def _as_archived(
    day: Day, rows: list[Row], clickhouse: ClickHouseAddress, http: aiohttp.ClientSession
) -> Check:
    """Compare the ledger with what ClickHouse makes of the raw facts."""
    problems: list[str] = []
    for _ in range(round(ARCHIVED_WITHIN_S / LOOK_S)):
        held, cuts = [
            [orjson.loads(line) for line in text.splitlines()]
            for text in [
                await ask(http, clickhouse, query.format(broadcast=day.broadcast["id"]))
                for query in (PRESENTATIONS, CUTS)
            ]
        ]
        problems = list(_differences(rows, {row["slot"]: row for row in held}, cuts))
        if not problems:
            break
        await asyncio.sleep(LOOK_S)
    return Check(
        "the ledger is what the facts in ClickHouse say",
        not problems,
        _said(problems, f"{len(rows)} presentations and their cuts agree"),
    )


def _differences(rows: list[Row], held: dict[str, Row], cuts: list[Row]) -> Iterator[str]:
    deeds = {(cut["slot"], cut["device"], *(cut[name] for name in CUT_TIMES)) for cut in cuts}
    for row in rows:
        other = held.get(row["slot"], {"slot": row["slot"]})
        for name in AS_ARCHIVED:
            if other.get(name) != row[name]:
                yield f"{row['slot']}: {name} {row[name]}, in ClickHouse {other.get(name)}"
        for device, cut in row["cut"].items():
            if (row["slot"], device, *(cut[name] for name in CUT_TIMES)) not in deeds:
                yield f"{row['slot']}: the cut of {device} is not in ClickHouse"


async def _facts(
    day: Day, clickhouse: ClickHouseAddress, http: aiohttp.ClientSession
) -> list[tuple[int, Row]]:
    """What the log says of the day, in its order, as it was archived."""
    text = await ask(http, clickhouse, FACTS.format(broadcast=day.broadcast["id"]))
    rows = [orjson.loads(line) for line in text.splitlines()]
    return [(row["offset"], orjson.loads(row["value"])) for row in rows]


def _by_slot(day: Day, found: dict[str, Slot]) -> dict[str, Slot]:
    return {slot["id"]: found.get(slot["id"], Slot()) for slot in day.short.slots}


def _sealed(day: Day) -> Check:
    seen = day.seen
    problems = [*seen.told_early, *seen.own_marked, *seen.wrong_steps]
    return Check(
        "no place was told before its reveal, and nobody marked their own unit",
        not problems,
        _said(problems, f"{len(day.short.groups)} groups, {seen.marks} marks"),
    )


def _ranked(day: Day) -> Check:
    problems: list[str] = []
    for group in day.short.groups:
        own = {slot["id"]: day.papers[slot["id"]] for slot in day.short.slots_of(group["id"])}
        wanted = expected(own, day.broadcast["evaluators"], day.formula)
        rows = day.boards[group["id"]]["rows"]
        found = {row["slot"]: (row["rank"], row["score"]) for row in rows}
        problems += [
            f"{slot}: {found.get(slot)}, not {wanted[slot]}"
            for slot in wanted
            if found.get(slot) != wanted[slot]
        ]
    return Check(
        "every group is ranked as its evaluators marked",
        not problems,
        _said(problems, f"{len(day.short.slots)} places and scores agree"),
    )


async def _made_again(group: str, servers: Servers) -> Check:
    name = f"the board of {group} is made again from the log, and from ClickHouse"
    try:
        again = await recompute(KafkaLog(servers.kafka), board_name(group), servers.group_key)
    except CannotRecompute as error:
        return Check(name, False, str(error))
    recount = await reconcile(servers.clickhouse, group)
    return Check(name, again.ok and recount.ok, f"{again}; {recount.summary}")


def _figures(day: Day, found: dict[str, Slot]) -> dict[str, Any]:
    late, go = lateness(found.values()), day.seen.go_to_screen_ms
    return {
        "groups": len(day.short.groups),
        "slots": len(day.short.slots),
        "marks": day.seen.marks,
        "cut_late_ms": {name: percentile(late, share) for name, share in SHARES.items()},
        "go_to_screen_ms": {name: percentile(go, share) for name, share in SHARES.items()},
    }


SHARES = {"p50": 0.5, "p99": 0.99, "max": 1.0}


def _said(problems: list[str], well: str) -> str:
    return "; ".join(problems) or well
