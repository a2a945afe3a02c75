"""Prepares the evening: the county with a round to vote in, and a short day of presentations."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tribune.demo.operator import Operator
from tribune.demo.short_day import ShortDay, short_day, with_day

ROUND = "satisfaction-2026"
PLACES = (
    Path(__file__).parent / "county.yaml",
    Path(__file__).parents[2] / "examples" / "county" / "county.yaml",
)
NOT_THERE = 404  # HTTP's Not Found


@dataclass(frozen=True, slots=True)
class Prepared:
    """The broadcast as it is loaded, the round to vote in, and the day to play."""

    broadcast: dict[str, Any]
    round: str
    short: ShortDay


def county() -> dict[str, Any]:
    """The example county's broadcast, as its file says it."""
    path = next(place for place in PLACES if place.exists())
    return yaml.safe_load(path.read_text(encoding="utf-8"))


async def prepare(operator: Operator, allotted_ms: int, *, fresh: bool) -> Prepared:
    """Load the county and open a round; `fresh` asks for one without any ballot.

    A round that is final stays as it is: the evening goes on in a further one. A day that was
    played stays too, and so does the running order as the operator left it.
    """
    known = {entry["id"]: entry["status"] for entry in await operator.get("/api/rounds")}
    broadcast = county()
    chosen = _choose(known, broadcast, fresh=fresh)
    document, short = await _with_day(operator, broadcast, allotted_ms)
    await operator.load(document)
    if known.get(chosen) != "open":
        await operator.open(chosen)
    return Prepared(document, chosen, short)


def _choose(known: dict[str, str], broadcast: dict[str, Any], *, fresh: bool) -> str:
    """Choose a round, and put it and those before it into the broadcast."""
    first = broadcast["rounds"][0]
    usable = ("loaded",) if fresh else ("loaded", "open", "closed")
    names = [ROUND, *(f"{ROUND}-{number}" for number in range(2, len(known) + 3))]
    chosen = next(name for name in names if known.get(name, "loaded") in usable)
    broadcast["rounds"] += [_again(first, name) for name in names[1 : names.index(chosen) + 1]]
    return chosen


def _again(first: dict[str, Any], name: str) -> dict[str, Any]:
    number = name.rsplit("-", 1)[1]
    title = {lang: f"{words} ({number})" for lang, words in first["title"].items()}
    return {**first, "id": name, "title": title}


async def _with_day(
    operator: Operator, broadcast: dict[str, Any], allotted_ms: int
) -> tuple[dict[str, Any], ShortDay]:
    path = f"/api/broadcasts/{broadcast['id']}"
    held = await operator.ask("GET", path)
    if held.status == NOT_THERE:
        short = short_day(broadcast, (), allotted_ms)
        return with_day(broadcast, short), short
    loaded = await operator.get(path)
    order = (await operator.get(f"{path}/rundown?format=json"))["slots"]
    statuses = [slot["status"] for slot in (await operator.get(f"{path}/session"))["slots"]]
    short = short_day(broadcast, (group["id"] for group in loaded["groups"]), allotted_ms)
    return with_day(broadcast, short, loaded, order, statuses), short
