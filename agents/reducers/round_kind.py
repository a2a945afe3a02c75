"""The kind of a round's board, `satisfaction:ROUND`: of what each partition of `votes` counts."""

from collections.abc import Generator, Iterable, Mapping
from functools import partial
from typing import Any

from agents.reducers import round_board, rounds, tally
from agents.reducers.board_kind import (
    Again,
    BoardKind,
    CannotRecompute,
    Held,
    Read,
    Recount,
    from_start,
)
from agents.reducers.round_board import Parts, RoundParts
from agents.reducers.rounds import VotingRound
from agents.reducers.tally import PartitionTally
from schemas.boards import Board
from schemas.seals import GroupKey
from schemas.tallies import RoundTally, VoteTally
from schemas.topics import VOTE_PARTITIONS, Topic


def recount(published: Board, _key_of: GroupKey) -> Recount:
    """Make a round's board again."""
    parts = yield from round_parts(published.round, published.positions)
    held = Parts({published.round: parts})
    return Again(round_board.board(held, published.round))


def round_parts(
    round_id: str, positions: Mapping[str, Mapping[str, int]]
) -> Generator[Read, None, RoundParts]:
    """A round's parts as of the positions that a board stands on."""
    state = rounds.Broadcasts()
    of_group = positions.get(f"broadcasts of {round_id}")
    end = (of_group or positions["broadcasts"])["0"]
    yield from_start(Topic.BROADCASTS, end, partial(rounds.step, state))
    held = state.rounds.get(round_id)
    if held is None:
        raise CannotRecompute(f"the log has no round {round_id} before offset {end}")
    votes = yield from _votes(held, positions["votes"])
    parts = RoundParts(held.tally(state.incarnation))
    parts.votes = {number: entry.tally(round_id) for number, entry in votes.items()}
    return parts


def _votes(
    held: VotingRound, positions: Mapping[str, int]
) -> Generator[Read, None, dict[int, PartitionTally]]:
    starts = {n: (held.votes_from or {}).get(str(n), 0) for n in range(VOTE_PARTITIONS)}
    votes = {n: PartitionTally(n, counts_from={held.id: start}) for n, start in starts.items()}

    def fold(partition: int, offset: int, frame: Any) -> None:
        if frame is not None:
            own = [row for row in frame[1] if row[0] == held.id]
            tally.step(votes[partition], offset, frame[0], own)

    yield Read(Topic.VOTES, {n: (start, positions[str(n)]) for n, start in starts.items()}, fold)
    final = held.final_positions or {}
    for number, entry in votes.items():
        tally.skip_to(entry, max(positions[str(number)], final.get(str(number), 0)))
    return votes


def _touched(_held: Held, tally: Any) -> Iterable[str]:
    return [tally.round] if isinstance(tally, VoteTally | RoundTally) else []


def _make(held: Held, round_id: str, _key_of: GroupKey) -> Board | None:
    return round_board.board(held[KIND.prefix], round_id)


KIND = BoardKind(
    prefix=round_board.PREFIX,
    shape=Board,
    tallies=(VoteTally, RoundTally),
    fresh=Parts,
    take=lambda own, tally, _: round_board.step(own, tally) is not None,
    ids=lambda own: own.rounds,
    touched=_touched,
    make=_make,
    recount=recount,
    urgent=(RoundTally,),
    moving=frozenset({"live", "provisional"}),
)
