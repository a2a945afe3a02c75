"""Whose a name in the workers' group is."""

from agents.reducers.worker.member import Holder, Member, taken_by

ME = Member("tribune.hall-1-0", "aa11")


def holders(*client_ids: str) -> list[Holder]:
    return [Holder(client_id, "/10.0.0.7") for client_id in client_ids]


def test_nobody_of_another_name_takes_it() -> None:
    assert taken_by(ME, holders("tribune.hall-2-0/bb22", "tribune.hall-1-01/cc", "console")) is None


def test_its_own_earlier_life_does_not_take_it() -> None:
    assert taken_by(ME, holders(ME.client_id)) is None


def test_the_same_name_of_another_folder_takes_it() -> None:
    other = Holder("tribune.hall-1-0/bb22", "/10.0.0.8")
    assert taken_by(ME, [*holders(ME.client_id), other]) == other


def test_a_name_may_hold_what_stands_between_it_and_the_token() -> None:
    member = Member("a/b", "t")
    assert taken_by(member, holders("a/b/t", "a/b/c/t")) is None
    assert taken_by(member, holders("a/b/u")) == Holder("a/b/u", "/10.0.0.7")
