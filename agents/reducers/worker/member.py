"""A worker's name in its group, and whether another one goes by it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

BETWEEN = "/"


class Holder(NamedTuple):
    """A member of the group, as its coordinator lists it."""

    client_id: str
    host: str


@dataclass(frozen=True, slots=True)
class Member:
    """Who a worker is.

    Whoever joins under `name` gets the part that this name had before (Kafka's group.instance.id).
    `token` is that of one data folder: it tells this worker's own earlier lives from others.
    """

    name: str
    token: str

    @property
    def client_id(self) -> str:
        """What the coordinator lists for it."""
        return f"{self.name}{BETWEEN}{self.token}"


def taken_by(member: Member, holders: Iterable[Holder]) -> Holder | None:
    """The first holder that has this member's name and another data folder."""
    for holder in holders:
        name, _, token = holder.client_id.rpartition(BETWEEN)
        if name == member.name and token != member.token:
            return holder
    return None
