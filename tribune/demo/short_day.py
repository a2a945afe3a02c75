"""The demo's presentation day: the first of each group of the county, with a short time each.

Pure: what is added to the county's broadcast, and what the operator does in which slot.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Turn = Literal["limit", "paused", "added", "finished", "cut"]
"""What happens in a slot: nothing before the limit; a pause; added time; an early end; a cut."""

# Two could be ranked by chance; with six turns for nine slots every turn is played
OF_EACH_GROUP = 3
TURNS: tuple[Turn, ...] = ("limit", "paused", "finished", "limit", "added", "cut")
LIVE_PARTS = ("groups", "panels", "evaluators", "formulas")
NOT_BEGUN = ("waiting", "armed")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ShortDay:
    """A day's groups and slots, as a broadcast file says them, and the turn of each slot."""

    groups: list[Document]
    slots: list[Document]
    turns: dict[str, Turn]

    def slots_of(self, group: str) -> list[Document]:
        """A group's slots, in running order."""
        return [slot for slot in self.slots if slot["group"] == group]


def short_day(county: Document, taken: Iterable[str], allotted_ms: int) -> ShortDay:
    """Plan a day whose groups have ids that are not taken."""
    held = set(taken)
    number = 1
    while any(_name(group["id"], number) in held for group in county["groups"]):
        number += 1
    groups: list[Document] = []
    slots: list[Document] = []
    for group in county["groups"]:
        groups.append({**group, "id": _name(group["id"], number), "title": _title(group["title"])})
        own = [slot for slot in county["slots"] if slot.get("group") == group["id"]]
        slots += [_slot(slot, number, allotted_ms) for slot in own[:OF_EACH_GROUP]]
    turns: dict[str, Turn] = {
        slot["id"]: TURNS[place % len(TURNS)] for place, slot in enumerate(slots)
    }
    return ShortDay(groups, slots, turns)


def _slot(slot: Document, number: int, allotted_ms: int) -> Document:
    return slot | {
        "id": _name(slot["id"], number),
        "group": _name(slot["group"], number),
        "allotted_ms": allotted_ms,
        # a third: warning, danger (3 s) and limit come in this order also when slots are short
        "warning_ms": allotted_ms // 3,
    }


def _name(name: str, number: int) -> str:
    return f"{name}-demo" if number == 1 else f"{name}-demo-{number}"


def is_short(name: str) -> bool:
    """Whether a group or a slot is one of such a day."""
    return re.search(r"-demo(-\d+)?$", name) is not None


def _title(title: Mapping[str, str]) -> dict[str, str]:
    return {"zh": f"{title['zh']}（演示）", "en": f"{title['en']} (demo)"}


def with_day(
    county: Document,
    day: ShortDay,
    held: Document | None = None,
    order: Sequence[Document] = (),
    statuses: Sequence[str] = (),
) -> Document:
    """The county's broadcast with the day in it.

    What `held`, the broadcast as it is loaded, says of groups and evaluators stays; so does the
    running `order` as it stands, whose slots have these `statuses`. The day comes after what began.
    """
    document = dict(county)
    for part in LIVE_PARTS:
        document[part] = _joined((held or {}).get(part, []), county[part])
    document["groups"] = [*document["groups"], *day.groups]
    slots = list(order) if held else county["slots"]
    begun = [place for place, status in enumerate(statuses, 1) if status not in NOT_BEGUN]
    first = max(begun, default=0)
    document["slots"] = [*slots[:first], *day.slots, *slots[first:]]
    return document


def _joined(held: Sequence[Document], own: Sequence[Document]) -> list[Document]:
    known = {(item["id"], item.get("version")) for item in held}
    return [*held, *(item for item in own if (item["id"], item.get("version")) not in known)]
