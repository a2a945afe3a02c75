"""Which cues an evening has, by which names, and when."""

from typing import Any

from agents.reducers.cues import FRESH_MS, Cue, Cues, begin, hear, look, turn, wake_at
from agents.reducers.scene import Scene, follow
from schemas.broadcasts import Broadcast
from schemas.facts import BroadcastLoaded
from schemas.scores import GroupClosed, RowRevealed
from schemas.sessions import SessionsMessage
from tests.support.stage_evening import COUNTY, StageEvening

LIMIT = 300_000


class Hall(StageEvening):
    """An evening whose facts give cues, at the time of each."""

    def __init__(self) -> None:
        self.cues, self.scene, self.given = Cues(), None, list[Cue]()
        super().__init__()
        begin(self.cues, self.state)

    def say(self, fact: SessionsMessage | None) -> set[str]:
        touched = super().say(fact)
        if fact is not None and touched:
            offset = self.ends["sessions"] - 1
            self.take(hear(self.cues, fact, self.state, fact.at))
            scene: Scene | None = follow(self.scene, self.state, offset, fact)
            if scene is not self.scene:
                self.scene = scene
                self.take(turn(self.cues, scene, fact.at))
        return touched

    def score(self, fact: Any) -> set[str]:
        touched = super().score(fact)
        if touched:
            self.take(hear(self.cues, fact, self.state, fact.at))
        return touched

    def wait(self, until: int) -> None:
        """Let the timer ring, each time that it is set for."""
        now = 0
        while (at := wake_at(self.cues, now)) is not None and at <= until:
            now = at
            self.take(look(self.cues, now))

    def take(self, cues: list[Cue]) -> None:
        self.given += cues

    @property
    def told(self) -> list[tuple[str, int]]:
        return [(cue.cue, cue.at) for cue in self.given]


def test_a_presentation_gives_each_of_its_cues_once_at_its_time() -> None:
    hall = Hall()
    hall.press("start_presentation", 0)
    hall.wait(LIMIT + 5_000)
    hall.press("finish_presentation", LIMIT + 6_000)
    assert hall.told == [
        ("start", 0),
        ("warning", LIMIT - 10_000),
        ("danger", LIMIT - 3_000),
        ("cut", LIMIT),
        ("finish", LIMIT + 6_000),
        ("load", LIMIT + 6_000),
    ]
    assert {cue.slot for cue in hall.given[:-1]} == {"s1"}
    assert hall.given[-1].slot == "s2"


def test_the_ids_are_the_same_wherever_they_are_found() -> None:
    first, second = Hall(), Hall()
    for hall in (first, second):
        hall.press("start_presentation", 0)
        hall.wait(LIMIT)
    assert [cue.id for cue in first.given] == [cue.id for cue in second.given]
    assert first.given[0].id.endswith(":start")
    assert len({cue.id for cue in first.given}) == len(first.given)


def test_while_it_is_paused_no_timer_rings_and_a_pause_is_no_cut() -> None:
    hall = Hall()
    hall.press("start_presentation", 0)
    hall.press("pause_presentation", 1_000)
    assert wake_at(hall.cues, 1_000) is None
    hall.press("resume_presentation", 60_000)
    hall.wait(LIMIT + 59_000)
    assert [name for name, _ in hall.told] == ["start", "pause", "warning", "danger", "cut"]


def test_a_log_that_was_read_to_its_end_gives_no_cue_for_what_it_holds_already() -> None:
    hall = Hall()
    assert hall.given == []
    hall.press("skip_slot", 10, slot="s1")
    assert [(cue.cue, cue.slot) for cue in hall.given] == [("load", "s2")]


def test_what_is_loaded_live_is_cued() -> None:
    hall = Hall()
    loaded = BroadcastLoaded(at=5, broadcast=Broadcast("town", COUNTY.title, slots=COUNTY.slots))
    hall.broadcast(loaded)
    found = hear(hall.cues, loaded, hall.state, 5)
    assert [(cue.cue, cue.broadcast, cue.slot) for cue in found] == [("load", "town", "s1")]


def test_what_a_log_brings_late_is_no_cue_any_more() -> None:
    hall = Hall()
    fact = hall.press("start_presentation", 0)
    assert hear(Cues(), fact, hall.state, FRESH_MS - 1) != []
    assert hear(Cues(), fact, hall.state, FRESH_MS) == []


def test_a_row_is_cued_when_it_is_revealed_and_not_again() -> None:
    hall = Hall()
    row = RowRevealed(at=7, broadcast="county", group="heads", rows=1)
    assert hall.score(row) == set()
    hall.score(GroupClosed(at=8, broadcast="county", group="heads"))
    for at in (9, 10):
        hall.score(RowRevealed(at=at, broadcast="county", group="heads", rows=1))
    assert [(cue.id, cue.group) for cue in hall.given] == [("heads:9:reveal", "heads")]


def test_a_scene_that_is_taken_up_in_its_middle_gives_no_cue_for_what_is_past() -> None:
    hall = Hall()
    hall.press("start_presentation", 0)
    late = Cues()
    assert turn(late, hall.scene, LIMIT - 5_000) == []
    assert [cue.cue for cue in look(late, LIMIT - 3_000)] == ["danger"]
    assert [cue.cue for cue in look(late, LIMIT)] == ["cut"]
