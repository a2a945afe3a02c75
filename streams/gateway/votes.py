"""Votes as every door hands them in: who sent them, and why they are refused.

A door takes its own kind of request apart, checks who speaks, and hands votes to the intake. The
intake judges them, turns voters into pseudonyms, and answers when the log has them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from msgspec import Struct

from agents.reducers.rounds import Broadcasts
from schemas.ballots import Choice
from schemas.broadcasts import Door

Reason = Literal[
    "unknown_round",
    "unknown_unit",
    "round_not_open",
    "door_not_accepted",
    "too_many_ballots",
    "log_unavailable",
    "not_caught_up",
    "queue_full",
]


class Vote(Struct, frozen=True, gc=False):
    """One citizen's choice as a door understood it.

    `voter` is the openid, the partner's voter id or the cookie's: it goes no further than the
    intake. `created_at` is the ballot's own time, ms.
    """

    round: str
    unit: str
    choice: Choice
    voter: str
    created_at: int


class Sender(Struct, frozen=True, gc=False):
    """Which door a request came by, whose account there, and the request's own id.

    `account` is the official account, the partner's name, or empty for the page. The same request
    (its id: `webhook-id`, MsgId) gets the same receipts, also after a restart.
    """

    door: Door
    account: str
    request: str

    @property
    def source(self) -> str:
        """How a ballot names it: `wechat:ACCOUNT`, `partner:NAME` or `web`."""
        return f"{self.door}:{self.account}" if self.account else self.door


@dataclass(frozen=True, slots=True)
class VoteRefused:
    """Why no vote of a request was taken; `item` and its `field` are at fault, when one is.

    `status` is the HTTP status that says it; `retry_after_s` is set where trying again may help.
    """

    status: int
    reason: Reason
    detail: str
    item: int | None = None
    retry_after_s: int | None = None
    field: str | None = None


class Intake(Protocol):
    """Where every door hands its votes in (streams.gateway.intake)."""

    @property
    def broadcasts(self) -> Broadcasts:
        """The fold of `broadcasts`: rounds, units, what is open. Read it, do not change it."""
        ...

    def board(self, board: str) -> bytes | None:
        """The latest board of an id (`satisfaction:ROUND`) as the log has it, or None."""
        ...

    def now(self) -> int:
        """The time, ms."""
        ...

    def unready(self) -> VoteRefused | None:
        """Why nothing can be taken now, or None; what `broadcasts` says may be old then."""
        ...

    async def cast(self, sender: Sender, votes: Sequence[Vote]) -> list[str] | VoteRefused:
        """Take votes whole or not at all; the receipts come after the log has every one.

        Judged by the time of now; by WeChat also by the vote's own time (CreateTime): how late
        such a vote may come is that door's to say. Takes 3 s at the longest.
        """
        ...
