"""The kind of a group's board, `presentations:GROUP`: sealed until its rows are revealed."""

from collections.abc import Generator, Iterable
from functools import partial
from typing import Any

from msgspec.structs import asdict

from agents.reducers import group_board, groups
from agents.reducers.board_kind import (
    Again,
    BoardKind,
    CannotRecompute,
    Held,
    Read,
    Recount,
    from_start,
)
from agents.reducers.group_board import GroupPart, round_of
from agents.reducers.groups import Groups
from agents.reducers.marks import GroupName
from agents.reducers.round_board import PREFIX as ROUND
from agents.reducers.round_board import Parts
from agents.reducers.round_kind import round_parts
from schemas.boards import INCARNATION_STEP, GroupBoard, GroupPreview, GroupRow, SealedRows
from schemas.markings import open_marking
from schemas.scores import KeyPublished, Marking, ScoresFact
from schemas.seals import GroupKey, NotOpened, Sealed, read_key, unseal
from schemas.tallies import GroupTally, RoundTally, SlotCounts, VoteTally
from schemas.topics import Topic
from schemas.wire import Unreadable, decode

Own = dict[str, GroupPart]


def opened(board: GroupBoard, key_of: GroupKey) -> GroupPreview:
    """A board as its operator sees it: every row, and the one that is to be revealed next.

    Raises:
        NotOpened: it is sealed with another secret than this one.
    """
    found = _sealed_rows(board, key_of)
    if found is None:
        found = SealedRows(board.rows, sum(row.missing for row in board.rows))
    fields: dict[str, Any] = asdict(board)
    fields |= {"rows": found.rows, "sealed": None}
    return GroupPreview(**fields, missing=found.missing, next=_next(found.rows, board.revealed))


def _next(rows: list[GroupRow], revealed: int) -> GroupRow | None:
    ranked = [row for row in rows if row.rank is not None]
    return ranked[-1 - revealed] if revealed < len(ranked) else None


def _sealed_rows(board: GroupBoard, key_of: GroupKey) -> SealedRows | None:
    if board.sealed is None:
        return None
    about = group_board.about_sealed(board.broadcast, board.board, board.seq)
    return decode(unseal(key_of(board.broadcast, board.group), board.sealed, about), SealedRows)


def recount(published: GroupBoard, key_of: GroupKey) -> Recount:
    """Make a group's board again; with the key that its reveal published, or this system's."""
    name = GroupName(published.broadcast, published.group)
    keys: list[GroupKey] = [key_of]
    yield from_start(Topic.SCORES, None, partial(_note_key, keys, name))
    key_of = keys[-1]
    state = yield from _facts(published, key_of)
    found = groups.standing(state, name)
    if found is None:
        detail = f"the log has no group {published.group} before the board's positions"
        raise CannotRecompute(detail)
    part = GroupPart(groups.tally(state, found, Sealed("", "")), found.counts())
    round_id = round_of(found.formula)
    votes = (yield from round_parts(round_id, published.positions)) if round_id else None
    made = group_board.make(part, votes)
    if made is None:
        return Again(None)
    sealed = None if made.is_public else group_board.seal_rows(made, key_of(*name))
    rows = made.all if published.sealed else None
    return Again(group_board.board(made, sealed), _published_rows(published, key_of), rows)


def _note_key(keys: list[GroupKey], name: GroupName, _offset: int, fact: ScoresFact | None) -> None:
    if isinstance(fact, KeyPublished) and (fact.broadcast, fact.group) == name and len(keys) == 1:
        key = read_key(fact.key)
        keys.append(lambda _broadcast, _group: key)


def _facts(published: GroupBoard, key_of: GroupKey) -> Generator[Read, None, Groups]:
    state = Groups()
    ends = {topic: at["0"] for topic, at in published.positions.items()}
    hear_broadcasts = partial(groups.hear_broadcasts, state)
    yield from_start(Topic.BROADCASTS, ends[Topic.BROADCASTS], hear_broadcasts)
    yield from_start(Topic.SESSIONS, ends[Topic.SESSIONS], partial(groups.hear_sessions, state))

    def hear_scores(offset: int, fact: ScoresFact | None) -> None:
        groups.hear_scores(state, offset, fact, _marking(key_of, fact))

    yield from_start(Topic.SCORES, ends[Topic.SCORES], hear_scores)
    state.live.incarnation = published.seq // INCARNATION_STEP
    return state


def _marking(key_of: GroupKey, fact: ScoresFact | None) -> Marking | None:
    try:
        return open_marking(key_of, fact) if fact else None
    except Unreadable:
        return None


def _published_rows(published: GroupBoard, key_of: GroupKey) -> SealedRows | None:
    try:
        return _sealed_rows(published, key_of)
    except NotOpened:
        detail = "its key is not published, and this system's secret is another one"
        raise CannotRecompute(f"{published.board} does not open: {detail}") from None


def _take(own: Own, tally: GroupTally, key_of: GroupKey) -> bool:
    if not group_board.is_newer(tally, own.get(tally.group)):
        return False
    name = GroupName(tally.broadcast, tally.group)
    try:
        text = unseal(key_of(*name), tally.counts, groups.about_tally(name, tally.positions))
    except NotOpened:
        raise Unreadable("seal: it does not open with its group's key") from None
    own[tally.group] = GroupPart(tally, decode(text, dict[str, SlotCounts]))
    return True


def _touched(held: Held, tally: Any) -> Iterable[str]:
    """A tally of a group touches it; one of a round every group in which its citizens count."""
    if isinstance(tally, GroupTally):
        return [tally.group]
    if not isinstance(tally, VoteTally | RoundTally):
        return []
    own: Own = held[KIND.prefix]
    return [key for key, part in own.items() if round_of(part.tally.formula) == tally.round]


def _make(held: Held, group: str, key_of: GroupKey) -> GroupBoard | None:
    own: Own = held[KIND.prefix]
    rounds: Parts = held[ROUND]
    part = own.get(group)
    if part is None:
        return None
    made = group_board.make(part, rounds.rounds.get(round_of(part.tally.formula) or ""))
    if made is None:
        return None
    key = key_of(part.tally.broadcast, group)
    return group_board.board(made, None if made.is_public else group_board.seal_rows(made, key))


KIND = BoardKind(
    prefix=group_board.PREFIX,
    shape=GroupBoard,
    tallies=(GroupTally,),
    fresh=dict[str, GroupPart],
    take=_take,
    ids=lambda own: own,
    touched=_touched,
    make=_make,
    recount=recount,
    is_public=lambda board: board.revealed > 0,
    opened=opened,
    has_versions=True,
)
