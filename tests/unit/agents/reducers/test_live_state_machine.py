"""LiveState as a machine that operators, agents, devices and files push about in any order.

Two agents fold the same log: one at once, the other as far as it is let, and both may answer.
"""

from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import structs

from agents.reducers.live_state import (
    LiveState,
    decide,
    step_broadcasts,
    step_scores,
    step_sessions,
)
from agents.reducers.session_view import view
from schemas.facts import BroadcastLoaded, BroadcastRetired, LogOpened
from schemas.scores import GroupClosed, RowRevealed
from schemas.sessions import (
    CommandName,
    DeviceReported,
    MicrophoneCut,
    MicrophoneOpened,
    MicrophoneOrdered,
    PageTurned,
    ScreenTold,
    SessionCommand,
)
from schemas.wire import encode
from tests.support.stage_evening import COUNTY

STEPS = {"broadcasts": step_broadcasts, "sessions": step_sessions, "scores": step_scores}
OBSERVED = (MicrophoneCut, MicrophoneOpened, DeviceReported, PageTurned, ScreenTold)


class Sittings(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.logs: dict[str, list[Any]] = {topic: [] for topic in STEPS}
        self.here, self.behind = LiveState(), LiveState()
        self.behind_to = dict.fromkeys(STEPS, 0)
        self.now, self.shown = 10_000, 0
        self.presses: list[SessionCommand] = []
        self.say("broadcasts", LogOpened(at=0, incarnation=1))
        self.say("broadcasts", BroadcastLoaded(at=0, broadcast=COUNTY))

    def say(self, topic: str, message: Any) -> None:
        STEPS[topic](self.here, len(self.logs[topic]), message)
        self.logs[topic].append(message)

    @rule(wait=st.integers(0, 200_000))
    def time_passes(self, wait: int) -> None:
        self.now += wait

    @rule(
        command=st.sampled_from(get_args(CommandName)),
        slot=st.none() | st.sampled_from(["s1", "s2", "s3", "s9"]),
        added_ms=st.integers(-90_000, 90_000),
        skew=st.sampled_from([0, 0, -300, 300, -2_500]),
        is_guarded=st.booleans(),
    )
    def press(
        self, command: Any, slot: str | None, added_ms: int, skew: int, is_guarded: bool
    ) -> None:
        wish = SessionCommand(
            at=self.now + skew,
            id=f"c{len(self.presses)}",
            broadcast="county",
            command=command,
            slot=slot,
            added_ms=added_ms,
            reason="asked back",
            slots=list(self.here.slots("county"))[::-1] if command == "change_rundown" else None,
            if_seq=self.here.decision("county") if is_guarded else None,
        )
        self.presses.append(wish)
        self.say("sessions", wish)

    @precondition(lambda self: self.here.waiting)
    @rule(lag=st.sampled_from([0, 30, 1_999, 2_001]))
    def answer(self, lag: int) -> None:
        command = next(iter(self.here.waiting.values()))
        self.say("sessions", decide(self.here, command, self.now + lag))

    @precondition(lambda self: self.presses)
    @rule(which=st.integers(0, 30), lag=st.sampled_from([0, 5_000]))
    def answer_from_behind(self, which: int, lag: int) -> None:
        command = self.presses[which % len(self.presses)]
        self.say("sessions", decide(self.behind, command, self.now + lag))

    @rule(share=st.integers(1, 4), topic=st.sampled_from([*STEPS]))
    def catch_up(self, share: int, topic: str) -> None:
        start, end = self.behind_to[topic], len(self.logs[topic])
        stop = start + -(-(end - start) * share // 4)
        for offset in range(start, stop):
            STEPS[topic](self.behind, offset, self.logs[topic][offset])
        self.behind_to[topic] = stop

    @rule(topic=st.sampled_from([*STEPS]), which=st.integers(0, 99))
    def read_again(self, topic: str, which: int) -> None:
        log = self.logs[topic]
        if log:
            before = encode(view(self.here, "county", self.now))
            assert STEPS[topic](self.here, which % len(log), log[which % len(log)]) == set()
            assert encode(view(self.here, "county", self.now)) == before

    @rule(kind=st.sampled_from(OBSERVED), device=st.sampled_from("ab"), late=st.booleans())
    def see(self, kind: Any, device: str, late: bool) -> None:
        at = self.now - (5_000 if late else 0)
        fields: dict[Any, dict[str, Any]] = {
            MicrophoneCut: {"slot": "s1", "device": device, "planned_at": at, "sent_at": at},
            MicrophoneOpened: {"slot": "s1", "device": device, "sent_at": at},
            DeviceReported: {"device": device, "controller": "x", "state": "by_hand"},
            PageTurned: {"slot": "s1", "page": 3},
            ScreenTold: {"screen": "all", "message": "hello"},
        }
        asked = {"confirmed_at": at, "attempts": 1} if kind in OBSERVED[:2] else {}
        self.say("sessions", kind(at=at, id=f"o{at}", broadcast="county", **fields[kind], **asked))

    @rule(seconds=st.integers(60, 90))
    def load_anew(self, seconds: int) -> None:
        slots = [structs.replace(slot, allotted_ms=seconds * 1_000) for slot in COUNTY.slots]
        self.say(
            "broadcasts",
            BroadcastLoaded(at=self.now, broadcast=structs.replace(COUNTY, slots=slots)),
        )

    @rule(kind=st.sampled_from([GroupClosed, RowRevealed]), rows=st.integers(0, 3))
    def score(self, kind: Any, rows: int) -> None:
        more = {"rows": rows} if kind is RowRevealed else {}
        self.say("scores", kind(at=self.now, broadcast="county", group="heads", **more))

    @precondition(lambda self: len(self.presses) > 8)
    @rule()
    def retire(self) -> None:
        self.say("broadcasts", BroadcastRetired(at=self.now, broadcast="county"))

    @rule()
    def torn(self) -> None:
        self.say("sessions", None)

    @invariant()
    def one_microphone_at_most_and_time_is_conserved(self) -> None:
        session = self.here.session("county")
        at = max(self.now, session.at)
        running = [run for run in session.runs.values() if run.finished_at is None]
        assert [run.slot for run in running] == ([session.current] if session.current else [])
        for run in session.runs.values():
            assert run.spent_ms(at) + run.remaining_ms(at) == run.allotted_ms + run.added_ms
            assert at < run.ends_at or not run.is_microphone_open(at) or self.was_opened(run.slot)

    def was_opened(self, slot: str) -> bool:
        orders = [
            fact
            for fact in self.logs["sessions"]
            if isinstance(fact, MicrophoneOrdered) and fact.slot == slot
        ]
        return any(order.is_open and order.reason for order in orders)

    @invariant()
    def the_number_only_grows(self) -> None:
        seq = self.here.seq("county")
        assert seq >= self.shown
        assert self.here.decision("county") <= seq
        self.shown = seq

    def teardown(self) -> None:
        """Whoever folds all of it, in whatever order of the topics, shows the same."""
        for topic in STEPS:
            self.catch_up(4, topic)
        shown = encode(view(self.here, "county", self.now))
        assert encode(view(self.behind, "county", self.now)) == shown
        for command in list(self.here.waiting.values()):
            self.say("sessions", decide(self.here, command, self.now + 9_999))
        assert not self.here.waiting


TestSittings = Sittings.TestCase
