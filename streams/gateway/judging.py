"""Judges votes by the fold of `broadcasts`: which are taken, and why one is not."""

from collections.abc import Sequence

from agents.reducers.rounds import Broadcasts, Refusal
from schemas.broadcasts import Door
from streams.gateway.votes import Vote, VoteRefused

STATUS: dict[Refusal, int] = {
    "unknown_round": 400,
    "unknown_unit": 400,
    "round_not_open": 403,
    "door_not_accepted": 403,
}
DETAIL: dict[Refusal, str] = {
    "unknown_round": "no round of this id is loaded",
    "unknown_unit": "the round has no unit of this id",
    "round_not_open": "the round does not take ballots now",
    "door_not_accepted": "the round does not take ballots by this way",
}
FIELD: dict[Refusal, str] = {
    "unknown_round": "round",
    "unknown_unit": "unit",
    "round_not_open": "round",
    "door_not_accepted": "round",
}


def judge(
    broadcasts: Broadcasts, door: Door, votes: Sequence[Vote], now: int
) -> VoteRefused | None:
    """Say which vote is refused first, and why; None takes all of them."""
    for item, vote in enumerate(votes):
        refusal = broadcasts.judge(vote.round, vote.unit, door, now)
        if refusal == "round_not_open" and _was_in_time(broadcasts, door, vote):
            continue
        if refusal is not None:
            return VoteRefused(
                STATUS[refusal], refusal, DETAIL[refusal], item, field=FIELD[refusal]
            )
    return None


def _was_in_time(broadcasts: Broadcasts, door: Door, vote: Vote) -> bool:
    """WeChat vouches for when its messages were written, and may bring them after the close.

    How long after is the WeChat door's to say; a board that was final by then is corrected.
    """
    voting_round = broadcasts.rounds[vote.round]
    return (
        door == "wechat"
        and door in voting_round.definition.accepts
        and voting_round.was_open(vote.created_at)
    )
