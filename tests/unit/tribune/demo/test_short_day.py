from typing import Any

from schemas.broadcasts import Broadcast
from schemas.loading import load
from tribune.demo.prepare import PLACES
from tribune.demo.short_day import is_short, short_day, with_day


def test_the_day_has_the_first_of_each_group_with_a_short_time(
    example_file: dict[str, Any],
) -> None:
    day = short_day(example_file, (), 4_000)
    assert [group["id"] for group in day.groups] == [
        "departments-demo",
        "secretaries-demo",
        "heads-demo",
    ]
    assert [slot["id"] for slot in day.slots_of("heads-demo")] == ["h1-demo", "h2-demo", "h3-demo"]
    assert {slot["allotted_ms"] for slot in day.slots} == {4_000}
    assert day.turns.keys() == {slot["id"] for slot in day.slots}


def test_a_second_day_takes_other_ids(example_file: dict[str, Any]) -> None:
    day = short_day(example_file, ["departments-demo"], 4_000)
    assert day.groups[0]["id"] == "departments-demo-2"
    assert day.slots[0]["id"] == "d1-demo-2"
    assert all(is_short(slot["id"]) for slot in day.slots)
    assert not any(is_short(slot["id"]) for slot in example_file["slots"])


def test_the_county_with_the_day_is_a_broadcast_and_the_countys_own_slots_follow(
    example_file: dict[str, Any],
) -> None:
    text = str(with_day(example_file, short_day(example_file, (), 4_000)))
    broadcast = load(text.replace("None", "null").replace("True", "true"))
    assert isinstance(broadcast, Broadcast)
    assert [slot.id for slot in broadcast.slots][8:10] == ["h3-demo", "d1"]


def test_a_day_comes_after_what_began_and_keeps_what_is_loaded(
    example_file: dict[str, Any],
) -> None:
    first = short_day(example_file, (), 4_000)
    loaded = with_day(example_file, first)
    order = list(reversed(loaded["slots"]))
    second = short_day(example_file, (group["id"] for group in loaded["groups"]), 4_000)
    statuses = ["done", "skipped", *["waiting"] * (len(order) - 2)]
    again = with_day(example_file, second, loaded, order, statuses)
    assert again["slots"] == [*order[:2], *second.slots, *order[2:]]
    assert [group["id"] for group in again["groups"]][-3:] == [
        entry["id"] for entry in second.groups
    ]
    assert again["evaluators"] == example_file["evaluators"]


def test_every_place_that_the_county_may_be_in_is_a_file_of_that_name() -> None:
    assert {place.name for place in PLACES} == {"county.yaml"}
