"""A broadcast's questions: the fold of their facts, and the board `questions:BROADCAST`.

No rule lets a question through yet, so the board has no rows; what it stands on is true all the
same, and whoever follows it sees the first one at once.
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from agents.reducers.board_kind import Again, BoardKind, Held, Recount, TopicFold, from_start
from schemas.boards import INCARNATION_STEP, sequence
from schemas.broadcasts import Text
from schemas.facts import BroadcastLoaded, BroadcastRetired, BroadcastsFact, LogOpened
from schemas.questions import QuestionsBoard, QuestionsFact, QuestionsTally
from schemas.seals import GroupKey
from schemas.topics import Topic

NOBODY = Text()


@dataclass(slots=True)
class Asked:
    """What is known of one broadcast; positions are after the last message that touched it."""

    title: Text = NOBODY
    is_loaded: bool = False
    is_retired: bool = False
    broadcasts: int = 0
    broadcasts_at: int = 0
    questions: int = 0
    questions_at: int = 0


@dataclass(slots=True)
class Questions:
    """Every broadcast's questions; `folded_to` are the next offsets to fold."""

    asked: dict[str, Asked] = field(default_factory=dict[str, Asked])
    incarnation: int = 0
    folded_to: dict[Topic, int] = field(default_factory=dict[Topic, int])


def hear(state: Questions, topic: Topic, offset: int, fact: Any) -> list[str]:
    """Fold one message of `questions` or `broadcasts`; None is one that could not be read.

    Returns:
        The broadcasts that it touched; an offset that was folded before touches none.
    """
    if offset < state.folded_to.get(topic, 0):
        return []
    state.folded_to[topic] = offset + 1
    if fact is None:
        return []
    return (_ask if topic is Topic.QUESTIONS else _load)(state, offset, fact)


def forget(state: Questions) -> None:
    """Forget what `questions` said: it is folded anew from its start."""
    state.folded_to.pop(Topic.QUESTIONS, None)
    for held in state.asked.values():
        held.questions = held.questions_at = 0


def tally(state: Questions, broadcast: str) -> QuestionsTally | None:
    """What a board is made of, or None for a broadcast that is not there, or not any more."""
    held = state.asked.get(broadcast)
    if held is None or not held.is_loaded or held.is_retired:
        return None
    return QuestionsTally(
        broadcast=broadcast,
        title=held.title,
        incarnation=state.incarnation,
        positions={"questions": held.questions, "broadcasts": held.broadcasts},
        at=max(held.broadcasts_at, held.questions_at),
    )


def board(tally: QuestionsTally) -> QuestionsBoard:
    """The board as it is published."""
    positions = {topic: {"0": at} for topic, at in tally.positions.items()}
    return QuestionsBoard(
        board=KIND.name(tally.broadcast),
        seq=sequence(tally.incarnation, positions),
        as_of=tally.at,
        status="live",
        positions=positions,
        rows=[],
        broadcast=tally.broadcast,
        title=tally.title,
    )


def recount(published: QuestionsBoard, _key_of: GroupKey) -> Recount:
    """Make a board again from the facts before its positions."""
    state = Questions()
    for name, ends in published.positions.items():
        topic = Topic(name)
        yield from_start(topic, ends["0"], partial(hear, state, topic))
    state.incarnation = published.seq // INCARNATION_STEP
    again = tally(state, published.broadcast)
    return Again(board(again) if again else None)


def _ask(state: Questions, offset: int, fact: QuestionsFact) -> list[str]:
    held = state.asked.setdefault(fact.broadcast, Asked())
    held.questions, held.questions_at = offset + 1, max(held.questions_at, fact.at)
    return [fact.broadcast]


def _load(state: Questions, offset: int, fact: BroadcastsFact) -> list[str]:
    match fact:
        case LogOpened():
            state.incarnation = max(state.incarnation, fact.incarnation)
            return list(state.asked)
        case BroadcastLoaded(broadcast=broadcast):
            held = state.asked.setdefault(broadcast.id, Asked())
            held.title, held.is_loaded = broadcast.title, True
            touched = broadcast.id
        case BroadcastRetired(broadcast=broadcast_id):
            held = state.asked.setdefault(broadcast_id, Asked())
            held.is_retired = True
            touched = broadcast_id
        case _:
            return []
    held.broadcasts, held.broadcasts_at = offset + 1, max(held.broadcasts_at, fact.at)
    return [touched]


def _take(own: dict[str, QuestionsTally], tally: QuestionsTally, _key_of: GroupKey) -> bool:
    """Hold a tally, unless one of its positions is behind what is held."""
    held = own.get(tally.broadcast)
    if held is not None:
        if tally.incarnation < held.incarnation:
            return False
        ahead = [tally.positions[topic] - at for topic, at in held.positions.items()]
        if tally.incarnation == held.incarnation and (min(ahead) < 0 or max(ahead) == 0):
            return False
    own[tally.broadcast] = tally
    return True


def _make(held: Held, broadcast: str, _key_of: GroupKey) -> QuestionsBoard | None:
    own = held[KIND.prefix].get(broadcast)
    return board(own) if own else None


KIND = BoardKind(
    prefix="questions",
    shape=QuestionsBoard,
    tallies=(QuestionsTally,),
    fresh=dict[str, QuestionsTally],
    take=_take,
    ids=lambda own: own,
    touched=lambda _, tally: [tally.broadcast] if isinstance(tally, QuestionsTally) else [],
    make=_make,
    recount=recount,
    own_channel=True,
    fold=TopicFold(
        topic=Topic.QUESTIONS,
        follows=(Topic.BROADCASTS,),
        fresh=Questions,
        hear=hear,
        forget=forget,
        ids=lambda state: state.asked,
        tally=tally,
    ),
)
