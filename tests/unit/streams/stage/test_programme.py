"""What of the log may cause anything on the stage."""

from typing import Any

import pytest
from msgspec import structs

from agents.reducers.scene import Scene
from agents.reducers.turns import Turns
from schemas.scores import GroupClosed, RowRevealed
from schemas.sessions import PresentationStarted, TriggerTaken
from schemas.topics import Topic
from schemas.wire import encode
from streams.stage.programme import Programme
from tests.support.stage_evening import StageEvening


class Controller:
    """Serves what it is told to."""

    def __init__(self) -> None:
        self.scene: Scene | None = None
        self.turns = Turns("here")
        self.served = 0

    def serve(self, scene: Scene | None) -> None:
        self.scene = scene
        self.served += 1

    def focus(self, _broadcast: str | None) -> None: ...


class Record:
    def __init__(self, offset: int, value: bytes) -> None:
        self.offset, self.value = offset, value


class Stage(StageEvening):
    """A programme that reads what an evening says."""

    def __init__(self) -> None:
        self.controller, self.heard = Controller(), list[Any]()
        self.programme = Programme(
            Any,  # the log is never asked here
            self.controller,
            lambda fact, _: self.heard.append(fact),
            lambda _: None,
        )
        super().__init__()
        self.programme.become_current()
        self.controller.served = 0

    def broadcast(self, fact: Any) -> set[str]:
        self.read(Topic.BROADCASTS, fact)
        return super().broadcast(fact)

    def say(self, fact: Any) -> set[str]:
        self.read(Topic.SESSIONS, fact)
        return super().say(fact)

    def score(self, fact: Any) -> set[str]:
        self.read(Topic.SCORES, fact)
        return super().score(fact)

    def read(self, topic: Topic, fact: Any) -> None:
        self.programme.take(topic, Record(self.ends[str(topic)], encode(fact)))


def test_a_fact_that_had_an_effect_is_served_and_heard_once() -> None:
    stage = Stage()
    fact = stage.press("start_presentation", 0)
    assert stage.controller.served == 1
    assert stage.heard == [fact]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"id": "other"},
        {"id": "other", "slot": "s2"},
        {"id": "other", "after": 0},
    ],
    ids=["said twice", "while one is on", "another slot meanwhile", "judged by an older state"],
)
def test_a_fact_without_effect_causes_nothing(change: dict[str, Any]) -> None:
    stage = Stage()
    fact = stage.press("start_presentation", 0)
    again = structs.replace(fact, **change)
    assert isinstance(again, PresentationStarted)
    stage.say(again)
    assert stage.controller.served == 1
    assert stage.heard == [fact]


def test_a_row_that_was_revealed_already_is_not_heard_again() -> None:
    stage = Stage()
    closed = GroupClosed(at=1, broadcast="county", group="heads")
    row = RowRevealed(at=2, broadcast="county", group="heads", rows=1)
    for fact in (closed, row, structs.replace(row, at=3), closed):
        stage.score(fact)
    assert stage.heard == [closed, row]


def test_who_gives_a_cue_is_heard_as_the_turns_judge_it_themselves() -> None:
    stage = Stage()
    taken = TriggerTaken(
        at=1, id="x", broadcast="county", cue="go:start", trigger="lights", controller="there"
    )
    stage.say(taken)
    assert stage.heard == [taken]
