"""Counts a round again from the raw log: slowly, plainly, and without any code of Tribune.

    python -m tests.support.recount BOOTSTRAP PREFIX ROUND

prints the board that must be there when the whole log is counted. Everything is read from the
start, sorted by each ballot's own time and place, and reckoned in sixty digits.
"""

import asyncio
import json
import sys
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, getcontext
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

WORDS = ["very_satisfied", "satisfied", "average", "not_satisfied", "not_applicable"]
WEIGHTS = [Decimal(100), Decimal(80), Decimal(60), Decimal(0)]
STEP = 2**40
PARTITIONS = {"votes": 8, "broadcasts": 1}

getcontext().prec = 60


async def read_all(bootstrap: str, prefix: str, topic: str) -> list[tuple[int, int, bytes]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [TopicPartition(prefix + topic, number) for number in range(PARTITIONS[topic])]
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        found: list[tuple[int, int, bytes]] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                found += [(place.partition, record.offset, record.value) for record in records]
        return found
    finally:
        await consumer.stop()


def definition_of(messages: list[tuple[int, int, bytes]], round_id: str) -> dict[str, Any]:
    """The round as `broadcasts` says it: units, minimum, status, and where it is final."""
    found: dict[str, Any] = {"status": "loaded", "final": None, "position": 0, "incarnation": 0}
    closed_at: int | None = None
    for _, offset, value in messages:
        fact = json.loads(value)
        if fact["type"] == "log_opened":
            found["incarnation"] = max(found["incarnation"], fact["incarnation"])
            if "units" in found:  # it may shorten what a round stands on
                found["position"] = offset + 1
        elif fact["type"] == "broadcast_loaded":
            for entry in fact["broadcast"]["rounds"]:
                if entry["id"] == round_id:
                    found["minimum"] = entry["minimum_ballots"]
                    found["units"] = [unit["id"] for unit in fact["broadcast"]["units"]]
                    found["position"] = offset + 1
        elif fact.get("round") != round_id:
            continue
        elif fact["type"] == "round_opened" and found["status"] in ("loaded", "closed"):
            found["status"], found["position"] = "open", offset + 1
        elif fact["type"] == "round_closed" and found["status"] == "open":
            found["status"], found["position"] = "closed", offset + 1
            closed_at = fact["at"]
        elif fact["type"] == "round_finalised" and found["status"] == "closed":
            if fact.get("closed_at") not in (None, closed_at):
                continue  # it follows an earlier close: the round was opened again meanwhile
            found["status"], found["position"] = "finalised", offset + 1
            found["final"] = fact["positions"]
    return found


def latest_ballots(
    messages: list[tuple[int, int, bytes]], round_id: str
) -> tuple[dict[tuple[str, int], int], dict[str, int]]:
    """Each voter's last choice on each unit, and the next offsets after the round's last frames."""
    ballots: list[tuple[int, int, int, int, str, int, int]] = []
    positions = {str(number): 0 for number in range(8)}
    for partition, offset, value in messages:
        try:
            rows = json.loads(value)["b"]
        except (ValueError, KeyError, TypeError):
            continue
        mine = [(item, row) for item, row in enumerate(rows) if row[0] == round_id]
        if mine:
            positions[str(partition)] = max(positions[str(partition)], offset + 1)
        ballots += [(row[4], partition, offset, item, row[1], row[2], row[3]) for item, row in mine]
    latest: dict[tuple[str, int], int] = {}
    for *_, unit, voter, choice in sorted(ballots):
        latest[unit, voter] = choice
    return latest, positions


def standing(counts: list[int]) -> tuple[int, int, int]:
    rated = [Decimal(count) for count in counts[:4]]
    score = 100 * sum(w * c for w, c in zip(WEIGHTS, rated, strict=True)) / sum(rated)
    padded, n = [count + Decimal("0.5") for count in rated], sum(rated) + 2
    mean = sum(w * c for w, c in zip(WEIGHTS, padded, strict=True)) / n
    square = sum(w * w * c for w, c in zip(WEIGHTS, padded, strict=True)) / n
    spread = Decimal("1.96") * ((square - mean * mean) / (n + 1)).sqrt()
    low = int((100 * (mean - spread)).quantize(Decimal(1), ROUND_FLOOR))
    high = int((100 * (mean + spread)).quantize(Decimal(1), ROUND_CEILING))
    half_up = int(score.quantize(Decimal(1), ROUND_HALF_UP))
    return half_up, max(0, low), min(10_000, high)


def rows_of(units: list[str], minimum: int, counts: dict[str, list[int]]) -> list[dict[str, Any]]:
    known = {unit: standing(counts[unit]) for unit in units if sum(counts[unit][:4]) >= minimum}
    rows: list[dict[str, Any]] = []
    for unit in units:
        row: dict[str, Any] = {"unit": unit, "rank": None, "rank_from": None, "rank_to": None}
        row |= {"score": None, "interval": None, "counts": None}
        row |= {"rated": sum(counts[unit][:4]), "ballots": sum(counts[unit])}
        row["status"] = "ranked" if unit in known else "below_minimum"
        if unit in known:
            score, low, high = known[unit]
            row["rank"] = 1 + sum(other > score for other, _, _ in known.values())
            row["rank_from"] = 1 + sum(other > high for _, other, _ in known.values())
            row["rank_to"] = len(known) - sum(other < low for _, _, other in known.values())
            row |= {"score": score, "interval": [low, high]}
            row["counts"] = dict(zip(WORDS, counts[unit], strict=True))
        rows.append(row)
    order = {unit: place for place, unit in enumerate(units)}
    return sorted(rows, key=lambda row: (row["rank"] or len(rows) + 1, order[row["unit"]]))


async def recount(bootstrap: str, prefix: str, round_id: str) -> dict[str, Any]:
    definition = definition_of(await read_all(bootstrap, prefix, "broadcasts"), round_id)
    latest, positions = latest_ballots(await read_all(bootstrap, prefix, "votes"), round_id)
    counts = {unit: [0] * 5 for unit in definition["units"]}
    for (unit, _), choice in latest.items():
        counts[unit][choice] += 1
    status = {"open": "live", "closed": "provisional", "finalised": "final"}[definition["status"]]
    if definition["final"] and any(positions[n] > end for n, end in definition["final"].items()):
        status = "corrected"
    total = sum(positions.values()) + definition["position"]
    return {
        "board": f"satisfaction:{round_id}",
        "seq": definition["incarnation"] * STEP + total,
        "status": status,
        "positions": {"votes": positions, "broadcasts": {"0": definition["position"]}},
        "rows": rows_of(definition["units"], definition["minimum"], counts),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(recount(*sys.argv[1:4]))))
