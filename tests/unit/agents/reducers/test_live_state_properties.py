"""What holds whatever two operators press on two broadcasts, and whoever answers them."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from agents.reducers.live_state import LiveState, decide, step_broadcasts, step_sessions
from agents.reducers.session_view import view
from schemas.broadcasts import Broadcast, Slot, Text
from schemas.facts import BroadcastLoaded, LogOpened
from schemas.sessions import CommandName, MicrophoneOrdered, SessionCommand
from schemas.wire import encode
from tests.support.stage_evening import COUNTY

TOWN = Broadcast(
    id="town",
    title=Text(zh="镇"),
    units=COUNTY.units,
    groups=COUNTY.groups,
    slots=[Slot(id=f"t{n}", group="heads", unit="u1", allotted_ms=60_000) for n in (1, 2, 3)],
)
LOADED = [
    LogOpened(at=0, incarnation=1),
    BroadcastLoaded(at=0, broadcast=COUNTY),
    BroadcastLoaded(at=0, broadcast=TOWN),
]


def fold() -> LiveState:
    state = LiveState()
    for offset, fact in enumerate(LOADED):
        step_broadcasts(state, offset, fact)
    return state


@dataclass
class Hall:
    """A log, the fold of all of it, and a second agent that has folded only a part of it."""

    log: list[Any] = field(default_factory=list)
    state: LiveState = field(default_factory=fold)
    behind: LiveState = field(default_factory=fold)

    def say(self, message: Any) -> None:
        step_sessions(self.state, len(self.log), message)
        self.log.append(message)

    def catch_up(self, share: int) -> None:
        """The second agent reads some more."""
        start = self.behind.folded_to.sessions
        for offset in range(start, start + (len(self.log) - start) * share // 4):
            step_sessions(self.behind, offset, self.log[offset])


PRESS = st.fixed_dictionaries(
    {
        "command": st.sampled_from(get_args(CommandName)),
        "broadcast": st.sampled_from(["county", "town"]),
        "wait": st.integers(0, 80_000),
        "lag": st.sampled_from([0, 20, 1_999, 2_001]),
        "skew": st.sampled_from([0, 0, 300, -300]),
        "added_ms": st.integers(-90_000, 90_000),
        "reason": st.sampled_from(["", "asked back"]),
        "slot": st.none() | st.sampled_from(["s1", "s2", "t1", "t3"]),
        "is_guarded": st.booleans(),
        "order": st.permutations(range(3)),
        "answers": st.sampled_from([["us"], ["us", "other"], ["other", "us"], ["other"]]),
        "share": st.integers(0, 4),
    }
)


@given(st.lists(PRESS, max_size=25))
def test_one_microphone_at_most_time_conserved_and_no_opening_without_a_reason(
    presses: list[dict[str, Any]],
) -> None:
    hall, now, seen = Hall(), 10_000, Counter[str]()
    for number, press in enumerate(presses):
        now += press["wait"]
        command = wish(hall, press, number, now, seen)
        hall.say(command)
        for who in press["answers"]:
            state = hall.state if who == "us" else hall.behind
            hall.say(decide(state, command, now + press["lag"]))
        hall.catch_up(press["share"])
        seen[press["broadcast"]] = hall.state.decision(press["broadcast"])
        check(hall, now)
    assert not hall.state.waiting
    check_same(hall)


def wish(
    hall: Hall, press: dict[str, Any], number: int, now: int, seen: Counter[str]
) -> SessionCommand:
    slots = list(hall.state.slots(press["broadcast"]))
    order = [slots[n] for n in press["order"] if n < len(slots)]
    return SessionCommand(
        at=now + press["skew"],
        id=f"c{number}",
        broadcast=press["broadcast"],
        command=press["command"],
        slot=press["slot"],
        added_ms=press["added_ms"],
        reason=press["reason"],
        slots=order if press["command"] == "change_rundown" else None,
        if_seq=(seen[press["broadcast"]] or None) if press["is_guarded"] else None,
        broadcasts_to=len(LOADED),
    )


def check(hall: Hall, now: int) -> None:
    opened = 0
    for evening in hall.state.broadcasts.values():
        session = evening.session
        running = [run for run in session.runs.values() if run.finished_at is None]
        assert [run.slot for run in running] == ([session.current] if session.current else [])
        for run in session.runs.values():
            at = max(now, session.at)
            left = run.remaining_ms(at)
            assert run.spent_ms(at) + left == run.allotted_ms + run.added_ms
            clock = (run.finished_at or at) - run.started_at - run.pauses_ms(at)
            assert run.spent_ms(at) + run.overtime_ms(at) == clock
            if run.is_microphone_open(at):
                opened += 1
                assert at < run.ends_at or has_reason(hall, run.slot)
        assert {slot.id for slot in evening.slots} >= set(session.runs)
    assert opened <= 1


def has_reason(hall: Hall, slot: str) -> bool:
    """Whether the last order for a slot was to open it, for a reason."""
    orders = [
        fact for fact in hall.log if isinstance(fact, MicrophoneOrdered) and fact.slot == slot
    ]
    return bool(orders) and orders[-1].is_open and bool(orders[-1].reason)


def check_same(hall: Hall) -> None:
    """Whoever folds the log, once or twice, sees the same."""
    other = fold()
    for _ in range(2):
        for offset, message in enumerate(hall.log):
            step_sessions(other, offset, message)
    for broadcast in ("county", "town"):
        assert encode(view(other, broadcast)) == encode(view(hall.state, broadcast))
