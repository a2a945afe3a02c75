"""What must hold of marks and of a group's board: none lost or told too early, exact ranks."""

from fractions import Fraction
from typing import Any

import orjson

from schemas.markings import open_marking
from schemas.scores import MarksCorrected, MarksSealed
from schemas.topics import Topic
from schemas.wire import Unreadable, decode
from streams.keys import group_key
from tests.sim.actors.evaluators import CANARY, Given
from tests.sim.evening import GROUP
from tests.sim.oracles.commands import reckon
from tests.sim.oracles.log import WatchedBroker
from tests.sim.roles.gateway import SECRET

EVERY_ROW = 1_000
KEY_OF = group_key(SECRET)


def marks_in(broker: WatchedBroker) -> list[Given]:
    """Every marking before the group's close, in the log's order, each where it stands first."""
    found: dict[str, Given] = {}
    for record in broker.everything.get((Topic.SCORES, 0), []):
        try:
            kind = orjson.loads(record.value or b"")["type"]
            if kind == "group_closed":
                break
            fact = decode(record.value, MarksSealed)
            marking = open_marking(KEY_OF, fact)
        except (Unreadable, orjson.JSONDecodeError, TypeError, KeyError):
            continue
        if marking is not None:
            found.setdefault(fact.nonce, Given(fact.slot, fact.evaluator, marking))
    return list(found.values())


def lost_marks(broker: WatchedBroker, acked: list[Given]) -> list[Given]:
    """What a console said that it has, and the log has not."""
    held = marks_in(broker)
    return [given for given in acked if given not in held]


def corrections_in(broker: WatchedBroker) -> list[tuple[str, Given]]:
    """Every correction after the close, in the log's order, with its reason.

    A copy counts where it stands first; what says the last one of its place again is none. But an
    older one that an operator sends again after a newer one is the newest.
    """
    found: list[tuple[str, Given]] = []
    nonces: set[str] = set()
    last: dict[tuple[str, str], tuple[str, Given]] = {}
    for record in broker.everything.get((Topic.SCORES, 0), []):
        try:
            fact = decode(record.value, MarksCorrected)
            marking = open_marking(KEY_OF, fact)
        except Unreadable:
            continue
        if marking is None or fact.nonce in nonces:
            continue
        nonces.add(fact.nonce)
        place, said = (fact.slot, fact.evaluator), Given(fact.slot, fact.evaluator, marking)
        if last.get(place) != (fact.reason, said):
            last[place] = fact.reason, said
            found.append(last[place])
    return found


def wrong_corrections(broker: WatchedBroker, acked: list[str]) -> list[str]:
    """How the versions of the group's board differ from a slow reckoning of each.

    Of what is not public nobody can say it.
    """
    corrections, marks = corrections_in(broker), marks_in(broker)
    held = [reason for reason, _ in corrections]
    found = [f"the {reason} is lost" for reason in acked if reason not in held]
    for board in broker.boards(f"presentations:{GROUP}"):
        told, version = [each["reason"] for each in board["corrections"]], board["version"]
        if told != held[: len(told)] or version != 1 + len(told):
            found.append(f"version {version} tells of {told}, the log of {held}")
        elif board["revealed"] == board["of"]:
            given = [*marks, *(given for _, given in corrections[: version - 1])]
            found += [f"version {version}: {wrong}" for wrong in _wrong_rows(board, given)]
    return found


def board_wrong(broker: WatchedBroker) -> list[str]:
    """How the newest group board differs from a slow reckoning, once all its rows are shown."""
    board: dict[str, Any] | None = broker.newest_board(f"presentations:{GROUP}")
    if board is None or board["revealed"] != board["of"]:
        return ["the group's board does not show all its rows"]
    wanted = {slot["id"] for slot in reckon(broker).slots if slot["group"] == GROUP}
    if (shown := {row["slot"] for row in board["rows"]}) != wanted:
        return [f"the board is of {sorted(shown)}, the rundown of {sorted(wanted)}"]
    corrections = [given for _, given in corrections_in(broker)]
    found = _wrong_rows(board, [*marks_in(broker), *corrections])
    status = "corrected" if corrections else "final"
    if (board["status"], board["version"]) != (status, 1 + len(corrections)):
        found.append(f"{board['status']}, version {board['version']}, of {len(corrections)}")
    return found


def _wrong_rows(board: dict[str, Any], given: list[Given]) -> list[str]:
    newest = {(each.slot, each.evaluator): each.marking for each in given}
    found: list[str] = []
    for row in board["rows"]:
        score = _score(row["slot"], newest)
        if row["status"] != "skipped" and row["score"] != score:
            found.append(f"{row['slot']}: the board says {row['score']}, the reckoning {score}")
    return found


def _score(slot: str, newest: dict[tuple[str, str], Any]) -> int | None:
    totals = [
        sum(marking.marks.values())
        for (held, _), marking in newest.items()
        if held == slot and marking.submitted and len(marking.marks or {}) == 2
    ]
    if not totals:
        return None
    share = Fraction(sum(totals), len(totals)) / 100
    return int(share * 10_000 + Fraction(1, 2))


def shown_rows(broker: WatchedBroker) -> int:
    """How many rows of the group's board the log allows to be shown now."""
    rows, is_closed = 0, False
    for record in broker.everything.get((Topic.SCORES, 0), []):
        try:
            fact = orjson.loads(record.value or b"")
            kind = fact["type"]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            continue
        is_closed = is_closed or kind == "group_closed"
        if is_closed and kind == "row_revealed":
            rows = max(rows, fact["rows"])
        if is_closed and kind == "key_published":
            return EVERY_ROW
    return rows


def told_too_early(broker: WatchedBroker, value: bytes) -> str | None:
    """Whether a text of the outside world tells what is sealed."""
    if CANARY.encode() in value:
        return "what an evaluator said in confidence stands in the clear"
    try:
        board = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(board, dict) or board.get("board") != f"presentations:{GROUP}":
        return None
    told = [row for row in board["rows"] if row["rank"] is not None]
    allowed = shown_rows(broker)
    if len(told) > allowed:
        return f"{len(told)} rows are shown, {allowed} may be"
    return None
