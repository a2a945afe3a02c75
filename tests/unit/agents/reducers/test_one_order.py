"""Whole workers in small: what makes a board's number its whole identity."""

from collections.abc import Iterator
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agents.reducers import round_board as boards
from agents.reducers import rounds, tally
from schemas.ballots import Row
from schemas.boards import Board
from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.facts import BroadcastLoaded, BroadcastsFact, RoundClosed, RoundFinalised, RoundOpened
from schemas.tallies import Tally
from schemas.topics import VOTE_PARTITIONS
from schemas.wire import encode

UNITS = [Unit(f"u{n}", n, "department", Text(en=f"U{n}")) for n in range(1, 4)]
COUNTY = Broadcast(
    "b", Text(en="B"), units=UNITS, rounds=[Round("r", Text(en="R"), minimum_ballots=2)]
)
Log = list[tuple[int, list[Row]]]


def some_log(chance: Random) -> tuple[Log, list[BroadcastsFact]]:
    """Frames in the order of their arrival, each with its partition, and the facts of a round."""
    log = [
        (chance.randrange(VOTE_PARTITIONS), [some_row(chance) for _ in range(chance.randrange(3))])
        for _ in range(chance.randrange(40))
    ]
    settled = log[: len(log) - chance.randrange(3)]
    ends = {
        str(number): sum(partition == number for partition, _ in settled)
        for number in range(VOTE_PARTITIONS)
    }
    facts: list[BroadcastsFact] = [
        BroadcastLoaded(at=1, broadcast=COUNTY),
        RoundOpened(at=2, round="r", votes_from={}),
        RoundClosed(at=90, round="r"),
        RoundFinalised(at=95, round="r", positions=ends),
    ]
    return log, facts


def some_row(chance: Random) -> Row:
    number = chance.randrange
    return ("r", f"u{number(1, 4)}", number(3), number(5), number(9), "web")


def a_votes_agent(chance: Random, log: Log) -> Iterator[Tally]:
    """One owner of all partitions: folds on, speaks now and then, repeats itself; may be slow."""
    held = [tally.PartitionTally(number) for number in range(VOTE_PARTITIONS)]
    for at, (partition, rows) in enumerate(log):
        tally.step(held[partition], held[partition].folded_to, at, rows)
        if chance.random() < 0.4:
            yield chance.choice(held).tally("r")
    yield from (part.tally("r") for part in held)


def a_rounds_agent(facts: list[BroadcastsFact]) -> Iterator[Tally]:
    state = rounds.Broadcasts()
    for offset, fact in enumerate(facts):
        for round_id in rounds.step(state, offset, fact):
            yield state.rounds[round_id].tally(1)


def in_any_order(chance: Random, *voices: Iterator[Tally]) -> list[Tally]:
    said, open_voices = list[Tally](), list(voices)
    while open_voices:
        voice = chance.choice(open_voices)
        word = next(voice, None)
        if word is None:
            open_voices.remove(voice)
        else:
            said.append(word)
    return said


def a_rankings_agent(chance: Random, said: list[Tally]) -> list[Board]:
    """Rereads up to somewhere, follows from there, makes a board now and then and at the end."""
    parts, made = boards.Parts(), list[Board | None]()
    rereads = chance.randrange(len(said))
    for place, word in enumerate(said):
        boards.step(parts, word)
        if place >= rereads and chance.random() < 0.3:
            made.append(boards.board(parts, "r"))
    made.append(boards.board(parts, "r"))
    return [board for board in made if board is not None]


@given(st.integers(0, 1 << 32))
def test_boards_of_one_number_are_one_board_whoever_makes_them_and_numbers_only_grow(
    seed: int,
) -> None:
    chance = Random(seed)
    log, facts = some_log(chance)
    voices = [a_votes_agent(chance, log), a_votes_agent(chance, log)]
    said = in_any_order(chance, *voices, a_rounds_agent(facts), a_rounds_agent(facts))
    made = [a_rankings_agent(chance, said) for _ in range(3)]
    bytes_of: dict[int, bytes] = {}
    for agent in made:
        assert [board.seq for board in agent] == sorted(board.seq for board in agent)
        for board in agent:
            assert bytes_of.setdefault(board.seq, encode(board)) == encode(board)
    assert {agent[-1].seq for agent in made} == {made[0][-1].seq}
    assert made[0][-1].status in ("final", "corrected")
