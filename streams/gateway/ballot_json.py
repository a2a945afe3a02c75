"""Reads the JSON of `POST /votes`: one ballot or a list, whole or not at all."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from schemas.ballots import CHOICE_BY_WORD, CHOICES
from schemas.ids import Millis
from streams.gateway.votes import Vote

# CONTRACT, Gateway; a list is never more than one full frame (FrameBounds.ballots)
MOST_BALLOTS = 500
# As much as a signature may be ahead (streams.signatures.FRESH_S); a ballot from the future would
# win over every later change of mind
AHEAD_MS = 300_000


class BallotJson(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One ballot as a partner sends it; `voted_at` is its own time, ms."""

    # 64 as schemas.ids; a voter's name may be a hash in hexadecimal, or an address
    round: Annotated[str, Meta(max_length=64)]
    unit: Annotated[str, Meta(max_length=64)]
    choice: str
    voter: Annotated[str, Meta(min_length=1, max_length=256)]
    voted_at: Millis | None = None


class BadBallot(ValueError):
    """Which field is wrong (`[3].unit`, or None for the whole), and what it must be."""

    def __init__(self, field: str | None, detail: str, reason: str = "bad_ballot") -> None:
        super().__init__(detail)
        self.field, self.detail, self.reason = field, detail, reason


Ballots = BallotJson | Annotated[list[BallotJson], Meta(min_length=1, max_length=MOST_BALLOTS)]
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Ballots)
_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
_NAMED = re.compile(r"^Object (missing required|contains unknown) field `(.*?)`")


def read_ballots(body: bytes, sent_at: int, now: int) -> tuple[bool, list[Vote]]:
    """Read a body that was sent at `sent_at` (ms), which is the time of ballots without their own.

    Returns:
        Whether it was a list, and the votes.

    Raises:
        BadBallot: not JSON, not ballots, or a ballot of a time more than five minutes ahead; the
            detail quotes no content.
    """
    try:
        found = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadBallot(None, "the body is not JSON in UTF-8", "bad_json") from None
    if type(found) is list:
        return True, [_vote(each, f"[{item}].", sent_at, now) for item, each in enumerate(found)]
    return False, [_vote(found, "", sent_at, now)]


def _vote(ballot: BallotJson, path: str, sent_at: int, now: int) -> Vote:
    choice = CHOICE_BY_WORD.get(ballot.choice)
    if choice is None:
        raise BadBallot(f"{path}choice", "must be one of " + ", ".join(CHOICES))
    created_at = sent_at if ballot.voted_at is None else ballot.voted_at
    if created_at > now + AHEAD_MS and ballot.voted_at is not None:
        raise BadBallot(f"{path}voted_at", "is more than five minutes from now, in milliseconds")
    return Vote(ballot.round, ballot.unit, choice, ballot.voter, created_at)


def _explained(message: str) -> BadBallot:
    at = _PATH.search(message)
    path = at.group(1) if at else ""
    named = _NAMED.match(message)
    if named and named.group(1) == "missing required":
        return BadBallot(_joined(path, named.group(2)), "is missing")
    if named:
        return BadBallot(path or None, "has a field that is not known here")
    return BadBallot(path or None, _PATH.sub("", message).replace("`", ""))


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
