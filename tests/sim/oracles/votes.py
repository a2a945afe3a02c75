"""No ballot with a receipt is lost or counts twice: a slow recount, without any code of Tribune."""

from collections.abc import Iterator
from typing import Any

import orjson

from schemas.topics import Topic
from tests.sim.actors.citizens import Acked
from tests.sim.actors.other_doors import OPENID
from tests.sim.evening import ROUND
from tests.sim.oracles.log import WatchedBroker
from tests.support.recount import STEP, definition_of, latest_ballots, rows_of

SAME = ("seq", "status", "positions", "rows")


def lost_ballots(broker: WatchedBroker, acked: list[Acked]) -> list[Acked]:
    """The receipts whose ballots the log does not hold; a time of 0 is one that nobody knows."""
    held: set[Acked] = set()
    for row in _ballots(broker):
        held |= {Acked(row[1], row[2], row[3], at) for at in (row[4], 0)}
    return [ballot for ballot in acked if ballot not in held]


def messages(broker: WatchedBroker, topic: Topic) -> list[tuple[int, int, bytes]]:
    """All that a topic ever held, as the recount reads it."""
    return [
        (number, record.offset, record.value or b"")
        for (held, number), records in broker.everything.items()
        if held == topic
        for record in records
    ]


def recount(broker: WatchedBroker) -> dict[str, Any]:
    """The board that must be there when the whole log is counted."""
    broadcasts = [each for each in messages(broker, Topic.BROADCASTS) if _is_fact(each[2])]
    definition = definition_of(broadcasts, ROUND)
    latest, positions = latest_ballots(messages(broker, Topic.VOTES), ROUND)
    counts = {unit: [0] * 5 for unit in definition["units"]}
    for (unit, _), choice in latest.items():
        counts[unit][choice] += 1
    status = {"open": "live", "closed": "provisional", "finalised": "final"}[definition["status"]]
    if definition["final"] and any(positions[n] > end for n, end in definition["final"].items()):
        status = "corrected"
    return {
        "seq": definition["incarnation"] * STEP + sum(positions.values()) + definition["position"],
        "status": status,
        "positions": {"votes": positions, "broadcasts": {"0": definition["position"]}},
        "rows": rows_of(definition["units"], definition["minimum"], counts),
    }


def differences(broker: WatchedBroker) -> list[str]:
    """How the newest board differs from the recount."""
    board = broker.newest_board(f"satisfaction:{ROUND}")
    if board is None:
        return ["there is no board"]
    wanted = recount(broker)
    return [
        f"{name}: the board says {board[name]}, the recount {wanted[name]}"
        for name in SAME
        if board[name] != wanted[name]
    ]


def _is_fact(value: bytes) -> bool:
    try:
        return isinstance(orjson.loads(value), dict) and orjson.loads(value)["type"] != "?"
    except (orjson.JSONDecodeError, KeyError):
        return False


def told_of_somebody(value: bytes) -> str | None:
    """Whether a message of the log says who somebody is."""
    return "an openid stands in the log" if OPENID.encode() in value else None


def sources(broker: WatchedBroker) -> dict[int, set[str]]:
    """The doors by which each voter came: a pseudonym is of one door alone."""
    found: dict[int, set[str]] = {}
    for row in _ballots(broker):
        found.setdefault(row[2], set()).add(row[5])
    return found


def _ballots(broker: WatchedBroker) -> Iterator[list[Any]]:
    """Every ballot of every frame that can be read."""
    for _, _, value in messages(broker, Topic.VOTES):
        try:
            yield from orjson.loads(value)["b"]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            continue
