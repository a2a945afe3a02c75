"""An evening in memory for tests: commands go in, facts come back and are folded."""

from typing import Any

from agents.reducers.live_broadcast import LiveBroadcast
from agents.reducers.live_state import (
    LiveState,
    decide,
    step_broadcasts,
    step_scores,
    step_sessions,
)
from schemas.broadcasts import Broadcast, Group, Slot, Text, Unit
from schemas.facts import BroadcastLoaded, BroadcastsFact, LogOpened
from schemas.scores import ScoresFact
from schemas.sessions import CommandName, SessionCommand, SessionFact

COUNTY = Broadcast(
    id="county",
    title=Text(zh="县"),
    units=[
        Unit(id=f"u{number}", number=number, kind="department", name=Text(en=f"Bureau {number}"))
        for number in (1, 2, 3, 4)
    ],
    groups=[Group(id="heads", title=Text(en="Heads"))],
    slots=[Slot(id=f"s{number}", group="heads", unit=f"u{number}") for number in (1, 2, 3)],
)


class StageEvening:
    """The three topics, and the fold of them."""

    def __init__(self, broadcast: Broadcast = COUNTY) -> None:
        self.id = broadcast.id
        self.state = LiveState()
        self.ends = {"broadcasts": 0, "sessions": 0, "scores": 0}
        self.broadcast(LogOpened(at=0, incarnation=1))
        self.broadcast(BroadcastLoaded(at=0, broadcast=broadcast))

    @property
    def live(self) -> LiveBroadcast:
        return self.state.broadcasts[self.id]

    def broadcast(self, fact: BroadcastsFact | None) -> set[str]:
        return step_broadcasts(self.state, self._next("broadcasts"), fact)

    def score(self, fact: ScoresFact | None) -> set[str]:
        return step_scores(self.state, self._next("scores"), fact)

    def say(self, fact: SessionFact | SessionCommand | None) -> set[str]:
        return step_sessions(self.state, self._next("sessions"), fact)

    def command(self, name: CommandName, at: int, **more: Any) -> SessionCommand:
        fields: dict[str, Any] = {"id": f"c{self.ends['sessions']}", "broadcast": self.id}
        return SessionCommand(**fields | {"at": at, "command": name} | more)

    def press(self, name: CommandName, at: int, *, now: int | None = None, **more: Any) -> Any:
        """Press a key at a time; the agent reads it `now`, and its fact is folded."""
        command = self.command(name, at, **more)
        self.say(command)
        fact = decide(self.state, command, at if now is None else now)
        self.say(fact)
        return fact

    def _next(self, topic: str) -> int:
        self.ends[topic] += 1
        return self.ends[topic] - 1
