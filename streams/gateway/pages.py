"""What the gateway asks of whoever draws the public vote page."""

from dataclasses import dataclass
from typing import Literal, Protocol

from agents.reducers.rounds import VotingRound
from schemas.ballots import Choice
from schemas.broadcasts import Lang, Unit

VoteError = Literal[
    "unknown_round",
    "unknown_unit",
    "unknown_choice",
    "round_not_open",
    "door_not_accepted",
    "too_many_ballots",
    "bad_form",
    "not_from_this_page",
    "try_again",
]


@dataclass(frozen=True, slots=True)
class VoteView:
    """What the page shows.

    `rounds` are those open now that accept the web, the one opened last first; `round`, `unit` and
    `choice` are what the address or the form names, None when it names nothing known, and the
    round opened last when it names no round; `receipt` is set when the log has the ballot, `error`
    when it was refused; `now` is ms.

    The form posts `round`, `unit` and `choice` (its word) to `/vote?lang=..`; the same three may
    stand in the address of a GET (`choice` only for showing). A script posts the three as JSON and
    gets `{"receipt"}` or `{"error"}`. The page's own policy lets it load nothing: what it needs
    stands in it.
    """

    lang: Lang
    rounds: list[VotingRound]
    round: VotingRound | None
    unit: Unit | None
    choice: Choice | None
    receipt: str | None
    error: VoteError | None
    now: int


class VotePages(Protocol):
    """Draws the vote page; `dashboards` implements it."""

    def vote(self, view: VoteView) -> bytes:
        """Give the page as UTF-8 HTML."""
        ...
