from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as draw

from agents.reducers.turns import (
    GRACE_MS,
    LATE_MS,
    Give,
    Outcome,
    Take,
    Turns,
    Wanted,
    believe,
    due,
    hear,
    note,
    wake_at,
    want,
)
from schemas.sessions import TriggerFired, TriggerTaken

AT = 1_000_000
STEP = 20
GO = Wanted("go:start", "lights", AT)
CUT = Wanted("go:cut", "lights", AT + 10_000)


def fired(wanted: Wanted, controller: str) -> TriggerFired:
    return TriggerFired(
        at=wanted.at,
        id=f"{wanted.cue}:{wanted.trigger}",
        broadcast="county",
        cue=wanted.cue,
        trigger=wanted.trigger,
        controller=controller,
        sent_at=wanted.at,
    )


def taken(wanted: Wanted, controller: str) -> TriggerTaken:
    return TriggerTaken(
        at=wanted.at,
        id=f"{wanted.cue}:{wanted.trigger}:taken:{controller}",
        broadcast="county",
        cue=wanted.cue,
        trigger=wanted.trigger,
        controller=controller,
    )


def test_who_gave_the_last_cue_gives_the_next_one_at_once() -> None:
    assert want(Turns("a", {"lights": "a"}), GO) == [Give(GO)]


def test_another_one_waits_for_its_word_and_gives_nothing() -> None:
    second = Turns("b", {"lights": "a"})
    assert want(second, GO) == []
    assert wake_at(second) == AT + GRACE_MS
    assert hear(second, fired(GO, "a"), AT + 50) == []
    assert wake_at(second) is None
    assert due(second, AT + GRACE_MS) == []


def test_without_a_word_it_takes_the_cue_and_gives_it_once_the_log_has_that() -> None:
    second = Turns("b", {"lights": "a"})
    want(second, GO)
    assert due(second, AT + GRACE_MS) == [Take(GO)]
    assert due(second, AT + GRACE_MS + 1) == []
    assert hear(second, taken(GO, "b"), AT + GRACE_MS + 20) == [Give(GO)]
    assert want(second, CUT) == [Give(CUT)]


def test_a_cue_whose_word_came_first_is_not_given_though_it_was_taken_then() -> None:
    second = Turns("b", {"lights": "a"})
    want(second, GO)
    due(second, AT + GRACE_MS)
    assert hear(second, fired(GO, "a"), AT + GRACE_MS + 10) == []
    assert hear(second, taken(GO, "b"), AT + GRACE_MS + 20) == []
    assert second.holders == {"lights": "a"}


def test_on_a_new_log_the_first_to_take_a_cue_gives_it() -> None:
    first, second = Turns("a"), Turns("b")
    for state in (first, second):
        assert want(state, GO) == [Take(GO)]
    told = [taken(GO, "b"), taken(GO, "a")]
    assert [hear(first, fact, AT + 9) for fact in told] == [[], []]
    assert [hear(second, fact, AT + 9) for fact in told] == [[Give(GO)], []]


def test_without_the_log_what_is_anothers_is_not_given_and_late_it_is_not_either() -> None:
    second = Turns("b", {"lights": "a"})
    want(second, GO)
    due(second, AT + GRACE_MS)
    assert hear(second, taken(GO, "b"), AT + LATE_MS + 1) == []
    other = Turns("b", {"lights": "a"})
    want(other, GO)
    assert due(other, AT + LATE_MS + 1) == []
    assert wake_at(other) is None


def test_triggers_have_a_holder_each() -> None:
    state = Turns("a", {"lights": "a", "sounds": "b"})
    gong = Wanted("go:start", "sounds", AT)
    assert want(state, GO) == [Give(GO)]
    assert want(state, gong) == []


def test_a_cue_that_the_log_has_is_not_wanted_again() -> None:
    state = Turns("a", {"lights": "a"})
    note(state, fired(GO, "a"))
    assert want(state, GO) == []


def test_a_log_that_was_read_to_its_end_goes_before_what_was_known() -> None:
    state, read = Turns("b", {"lights": "a", "sounds": "b"}), Turns()
    want(state, GO)
    assert note(read, taken(GO, "c"))
    believe(state, read)
    assert state.holders == {"lights": "c", "sounds": "b"}
    assert wake_at(state) is None


@dataclass
class Stage:
    """A controller of the property below: what it was told so far, and what it gave."""

    turns: Turns
    read_to: int = 0
    said: list[TriggerFired | TriggerTaken] = field(default_factory=list)
    gave: list[str] = field(default_factory=list)

    def act(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Give):
                self.gave.append(outcome.wanted.cue)
                self.said.append(fired(outcome.wanted, self.turns.name))
            else:
                self.said.append(taken(outcome.wanted, self.turns.name))


@given(
    hops=draw.lists(draw.integers(1, GRACE_MS // 2 // STEP - 1), min_size=4, max_size=4),
    skew=draw.integers(0, 2),
    killed=draw.none() | draw.integers(0, 3),
    holder=draw.sampled_from(["a", "b", "gone", ""]),
)
def test_every_cue_is_given_exactly_once_whichever_controller_dies_before_it(
    hops: list[int], skew: int, killed: int | None, holder: str
) -> None:
    held = {"lights": holder} if holder else {}
    stages = [Stage(Turns(name, dict(held))) for name in ("a", "b")]
    log: list[TriggerFired | TriggerTaken] = []
    for number, hop in enumerate(hops):
        at = AT + number * 10_000
        if number == killed and len(stages) > 1:
            last = log[-1].controller if log else holder
            stages = [one for one in stages if one.turns.name != last] or stages
        for turn in range(GRACE_MS * 3 // STEP):
            now = at + turn * STEP
            for place, stage in enumerate(stages):
                if turn == place * skew:
                    stage.act(want(stage.turns, Wanted(f"{number}", "lights", now)))
                stage.act(due(stage.turns, now))
            if turn % hop == 0:
                for stage in stages:
                    log += stage.said
                    stage.said.clear()
                for stage in stages:
                    while stage.read_to < len(log):
                        stage.act(hear(stage.turns, log[stage.read_to], now))
                        stage.read_to += 1
    gave = [cue for stage in stages for cue in stage.gave]
    assert all(gave.count(cue) <= 1 for cue in gave)
    first = killed or 0
    assert {str(number) for number in range(first, len(hops))} <= set(gave)
