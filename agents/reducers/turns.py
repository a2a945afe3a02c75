"""Which of several stage controllers gives a cue to a trigger: each cue once, and none is missed.

Every trigger has a holder by the log: the controller that gave its last cue. The holder gives the
next one at once, and says so afterwards. Another one waits a moment for that word; then it writes
that it takes the cue, and gives it when the log has that first. So whom the log does not answer
gives nothing that is another's. Times are ms on the log's clock, given by the shell.
"""

from dataclasses import dataclass, field

from schemas.sessions import TriggerFired, TriggerTaken

# Three times the 0.1 s after which the holder says so at the latest (SAID_AFTER_S of
# streams.stage.receivers); a holder that is gone costs one cue so much, once (decisions/0017)
GRACE_MS = 300
# A light that turns on later is worse than one that does not
LATE_MS = 2_000
# A cue is asked after for 2 s; so many are given in hours
MOST_KNOWN = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A cue that a trigger is to be given, by its id, and when it was due."""

    cue: str
    trigger: str
    at: int

    @property
    def key(self) -> tuple[str, str]:
        """What the log counts it by."""
        return self.cue, self.trigger


@dataclass(frozen=True, slots=True)
class Give:
    """Give it now."""

    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Take:
    """Write that it is taken."""

    wanted: Wanted


Outcome = Give | Take


@dataclass(slots=True)
class _Waiting:
    wanted: Wanted
    take_at: int
    is_asked: bool = False


@dataclass(slots=True)
class Turns:
    """The turns of one controller, by its name; `holders` by trigger, as far as they are known."""

    name: str = ""
    holders: dict[str, str] = field(default_factory=dict[str, str])
    given: dict[tuple[str, str], None] = field(default_factory=dict[tuple[str, str], None])
    waiting: dict[tuple[str, str], _Waiting] = field(
        default_factory=dict[tuple[str, str], _Waiting]
    )


def want(state: Turns, wanted: Wanted) -> list[Outcome]:
    """Take that a cue is due for a trigger."""
    if wanted.key in state.given or wanted.key in state.waiting:
        return []
    holder = state.holders.get(wanted.trigger)
    if holder == state.name:
        return [Give(wanted)]
    grace_ms = GRACE_MS if holder is not None else 0
    state.waiting[wanted.key] = _Waiting(wanted, wanted.at + grace_ms)
    return due(state, wanted.at)


def due(state: Turns, now: int) -> list[Outcome]:
    """Say what must be taken at a time (ms); what is late by then is nobody's any more."""
    for key, each in list(state.waiting.items()):
        if now > each.wanted.at + LATE_MS:
            del state.waiting[key]
    asked = [each for each in state.waiting.values() if not each.is_asked and each.take_at <= now]
    for each in asked:
        each.is_asked = True
    return [Take(each.wanted) for each in asked]


def wake_at(state: Turns) -> int | None:
    """When `due` must be asked next (ms), if at all."""
    return min((each.take_at for each in state.waiting.values() if not each.is_asked), default=None)


def hear(state: Turns, fact: TriggerFired | TriggerTaken, now: int) -> list[Outcome]:
    """Take from the log who gave a cue, or takes it: the first word of each cue counts."""
    if not note(state, fact):
        return []
    each = state.waiting.pop((fact.cue, fact.trigger), None)
    is_mine = fact.controller == state.name and isinstance(fact, TriggerTaken)
    if each is None or not is_mine or now > each.wanted.at + LATE_MS:
        return []
    return [Give(each.wanted)]


def note(state: Turns, fact: TriggerFired | TriggerTaken) -> bool:
    """Fold one word of the log; whether it is the first of its cue, which alone counts."""
    key = (fact.cue, fact.trigger)
    if key in state.given:
        return False
    state.given[key] = None
    if len(state.given) > MOST_KNOWN:
        del state.given[next(iter(state.given))]
    state.holders[fact.trigger] = fact.controller
    return True


def believe(state: Turns, read: Turns) -> None:
    """Go by a log that was read to its end; what it does not name stays as it was known."""
    state.holders |= read.holders
    state.given = read.given
    for key in read.given.keys() & state.waiting.keys():
        del state.waiting[key]
